import struct
import uuid
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from indexer.identity import identify, track_id
from models.audio.write import write_wav
from polymuse.errors import BadAudioError
from tests.helpers.audio_files import encode, remux, sweep

RETAGGED = {"title": "Another title " * 50, "artist": "Someone else", "genre": "Polka", "date": "1999"}

# name, codec, bit rate
CONTAINERS = [
    ("a.mp3", "libmp3lame", 128_000),
    ("a.m4a", "aac", 128_000),
    ("a.mp4", "aac", 128_000),
    ("a.flac", "flac", None),
    ("a.ogg", "vorbis", 128_000),
    ("a.opus", "libopus", 96_000),
    ("a.mka", "flac", None),
    ("a.wav", "pcm_s16le", None),
    ("a.aiff", "pcm_s16be", None),
    ("a.wma", "wmav2", 128_000),
]


@pytest.fixture(scope="module")
def mp3(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Two seconds, tagged with an ID3v2 header by the muxer, which is cut off here."""
    path = encode(tmp_path_factory.mktemp("i") / "a.mp3", "libmp3lame", sweep(2, 44_100), bit_rate=128_000)
    data = path.read_bytes()
    assert data.startswith(b"ID3")
    return data[10 + unpack_syncsafe(data[6:10]) :]


def unpack_syncsafe(four: bytes) -> int:
    return sum(byte << shift for byte, shift in zip(four, (21, 14, 7, 0), strict=True))


def syncsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def id3v2(padding: int, footer: bool = False) -> bytes:
    frame = b"TIT2" + syncsafe(6) + b"\0\0" + b"\3Title"
    size = syncsafe(len(frame) + padding)
    flags = b"\x10" if footer else b"\0"
    body = b"\4\0" + flags + size + frame + bytes(padding)
    return b"ID3" + body + (b"3DI" + body[:7] if footer else b"")


def id3v1() -> bytes:
    return b"TAG" + b"Title".ljust(30) + b"Artist".ljust(30) + b"Album".ljust(30) + b"1999" + bytes(30) + b"\x11"


def apev2(cover: int = 0) -> bytes:
    items = struct.pack("<II", 5, 0) + b"Title\0Hello"
    if cover:
        items += struct.pack("<II", cover, 2) + b"Cover Art (Front)\0" + np.random.default_rng(0).bytes(cover)

    def edge(flags: int) -> bytes:
        return b"APETAGEX" + struct.pack("<IIII", 2_000, len(items) + 32, 1 + bool(cover), flags) + bytes(8)

    return edge(0xA0000000) + items + edge(0x80000000)


def lyrics3() -> bytes:
    body = b"LYRICSBEGININD00003110LYR00005Hello"
    return body + f"{len(body):06}".encode() + b"LYRICS200"


class TestRetagging:
    @pytest.mark.parametrize(("name", "codec", "bit_rate"), CONTAINERS, ids=str)
    def test_other_tags(self, name: str, codec: str, bit_rate: int | None, tmp_path: Path) -> None:
        rate = 48_000 if codec == "libopus" else 44_100
        path = encode(tmp_path / name, codec, sweep(1, rate), rate, bit_rate=bit_rate, tags={"title": "One"})
        (tmp_path / "new").mkdir()
        retagged = remux(path, tmp_path / "new" / name, RETAGGED)
        assert retagged.read_bytes() != path.read_bytes()
        assert track_id(retagged) == track_id(path)

    @pytest.mark.parametrize(
        "edit",
        [
            lambda audio: id3v2(100) + audio,
            lambda audio: id3v2(300_000) + audio,  # padding for a cover, longer than FFmpeg probes
            lambda audio: id3v2(10) + id3v2(20) + audio,
            lambda audio: audio + id3v1(),
            lambda audio: id3v2(100) + audio + id3v1(),
            lambda audio: audio + apev2(),
            lambda audio: audio + apev2(cover=100_000) + id3v1(),
            lambda audio: audio + lyrics3() + id3v1(),
            lambda audio: audio + id3v2(50, footer=True),
        ],
        ids=["v2", "v2 large", "v2 twice", "v1", "v2 and v1", "ape", "ape with cover", "lyrics", "v2 at the end"],
    )
    @pytest.mark.parametrize("container", ["mp3", "flac"])
    def test_tags_around_the_audio(
        self, edit: Callable[[bytes], bytes], container: str, mp3: bytes, tmp_path: Path
    ) -> None:
        path = tmp_path / f"a.{container}"
        if container == "mp3":
            path.write_bytes(mp3)
        else:
            encode(path, "flac", sweep(1, 44_100))
        before = track_id(path)
        path.write_bytes(edit(path.read_bytes()))
        assert track_id(path) == before

    def test_flac_comment_block_replaced_and_padded(self, tmp_path: Path) -> None:
        path = encode(tmp_path / "a.flac", "flac", sweep(1, 44_100), tags={"title": "One"})
        before = track_id(path)
        data = path.read_bytes()
        blocks, position = [], 4  # after "fLaC": type and last-block bit, 24 bits of length, body
        while not blocks or not blocks[-1][0] & 0x80:
            length = int.from_bytes(data[position + 1 : position + 4], "big")
            blocks.append(data[position : position + 4 + length])
            position += 4 + length
        stream_info = blocks[0]
        comment = struct.pack("<I4sII", 4, b"mine", 1, 9) + b"TITLE=Two"
        new = [b"\x04" + len(comment).to_bytes(3, "big") + comment, b"\x81" + (5_000).to_bytes(3, "big") + bytes(5_000)]
        path.write_bytes(b"fLaC" + stream_info + b"".join(new) + data[position:])
        with av.open(str(path)) as container:
            assert container.metadata["TITLE"] == "Two"
        assert track_id(path) == before

    @pytest.mark.parametrize("name", ["a.mp3", "a.flac"])
    def test_cover_added(self, name: str, tmp_path: Path) -> None:
        codec = {"a.mp3": "libmp3lame", "a.flac": "flac"}[name]
        plain = encode(tmp_path / name, codec, sweep(1, 44_100))
        covered = encode(tmp_path / f"covered-{name}", codec, sweep(1, 44_100), cover=True)
        assert track_id(covered) == track_id(plain)

    def test_chunk_after_the_samples_of_a_wav(self, tmp_path: Path) -> None:
        path = tmp_path / "a.wav"
        write_wav(path, sweep(1, 44_100), 44_100)
        before = track_id(path)
        data = path.read_bytes() + b"LIST" + struct.pack("<I", 18) + b"INFOINAM" + struct.pack("<I", 6) + b"Title\0"
        path.write_bytes(data[:4] + struct.pack("<I", len(data) - 8) + data[8:])
        assert track_id(path) == before


class TestIdentity:
    def test_is_a_uuid_of_version_5(self, mp3: bytes, tmp_path: Path) -> None:
        (tmp_path / "a.mp3").write_bytes(mp3)
        assert uuid.UUID(track_id(tmp_path / "a.mp3")).version == 5

    def test_survives_a_rename_and_a_lost_extension(self, mp3: bytes, tmp_path: Path) -> None:
        path = tmp_path / "a.mp3"
        path.write_bytes(mp3)
        before = track_id(path)
        (tmp_path / "moved").mkdir()
        assert track_id(path.rename(tmp_path / "moved" / "другое имя")) == before

    def test_one_changed_sample_is_another_track(self, tmp_path: Path) -> None:
        samples = sweep(1, 44_100)
        write_wav(tmp_path / "a.wav", samples, 44_100)
        samples[0, 22_050] += 0.001
        write_wav(tmp_path / "b.wav", samples, 44_100)
        assert track_id(tmp_path / "a.wav") != track_id(tmp_path / "b.wav")

    def test_silence_of_equal_bytes_differs_by_rate_and_channels(self, tmp_path: Path) -> None:
        shapes = [(1, 88_200, 44_100), (2, 44_100, 44_100), (1, 88_200, 22_050)]
        for number, (channels, count, rate) in enumerate(shapes):
            write_wav(tmp_path / f"{number}.wav", np.zeros((channels, count)), rate)
        assert len({track_id(tmp_path / f"{number}.wav") for number in range(3)}) == 3

    def test_another_encoding_is_another_track(self, tmp_path: Path) -> None:
        low = encode(tmp_path / "low.mp3", "libmp3lame", sweep(1, 44_100), bit_rate=128_000)
        high = encode(tmp_path / "high.mp3", "libmp3lame", sweep(1, 44_100), bit_rate=192_000)
        assert track_id(low) != track_id(high)

    def test_damaged_file_has_an_id(self, mp3: bytes, tmp_path: Path) -> None:
        data = bytearray(mp3)
        data[10_000:12_000] = bytes(2_000)
        (tmp_path / "a.mp3").write_bytes(data)
        assert track_id(tmp_path / "a.mp3") == track_id(tmp_path / "a.mp3")

    def test_no_packets(self, tmp_path: Path) -> None:
        write_wav(tmp_path / "a.wav", np.zeros((2, 0)), 44_100)
        with pytest.raises(BadAudioError, match=r"a\.wav: contains no audio data"):
            track_id(tmp_path / "a.wav")


@pytest.mark.parametrize(("name", "codec", "bit_rate"), CONTAINERS)
def test_length(name: str, codec: str, bit_rate: int | None, tmp_path: Path) -> None:
    rate = 48_000 if name == "a.opus" else 44_100
    path = encode(tmp_path / name, codec, sweep(2, rate), rate, bit_rate=bit_rate)
    assert identify(path).seconds == pytest.approx(2, abs=0.06)


def test_length_of_an_mp3_file_whose_bit_rate_changes_without_a_header_that_says_so(tmp_path: Path) -> None:
    parts = []
    for seconds, bit_rate in [(1, 320_000), (8, 32_000)]:
        path = encode(tmp_path / "part.mp3", "libmp3lame", sweep(seconds, 44_100), bit_rate=bit_rate)
        data = path.read_bytes()
        data = data[10 + unpack_syncsafe(data[6:10]) :]
        parts.append(data[data.index(b"\xff\xfb", 4) :])  # behind the header of the encoder
    (tmp_path / "a.mp3").write_bytes(b"".join(parts))
    assert identify(tmp_path / "a.mp3").seconds == pytest.approx(9, abs=0.2)
