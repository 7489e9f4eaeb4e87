"""Headers that PyAV cannot parse, in files of every family."""

from contextlib import suppress
from pathlib import Path

import pytest

from indexer.file_tags import read_tags
from indexer.identity import track_id
from models.audio.decode import decode
from models.audio.demux import open_audio
from polymuse.errors import BadAudioError
from search_api.media.covers import write_embedded
from search_api.media.waveforms import write_waveform
from tests.helpers.audio_files import encode, remux, sweep

# Numbers of codecs in RIFF that are no characters: 0xFF for AAC, 0xF1AC for FLAC
NUMBERED = [("a.avi", "aac"), ("a.wav", "flac"), ("a.nut", "flac")]


def go_all_ways(path: Path) -> None:
    """What the index and the service do with a file. Raises the first BadAudioError once all have been gone."""
    refusals = []
    target = path.with_suffix(".out")
    for way in (
        track_id,
        decode,
        lambda source: write_embedded(source, target),
        lambda source: write_waveform(source, target),
    ):
        try:
            way(path)
        except BadAudioError as error:
            refusals.append(error)
    assert read_tags(path).title
    if refusals:
        raise refusals[0]


class TestCodecTag:
    @pytest.mark.parametrize(("name", "codec"), NUMBERED)
    def test_a_number_is_no_damage(self, name: str, codec: str, tmp_path: Path) -> None:
        path = encode(tmp_path / name, codec, sweep(0.5, 44_100))
        go_all_ways(path)
        assert decode(path).seconds >= 0.5
        with open_audio(path) as audio:
            assert (audio.codec, audio.sample_rate, audio.channels) == (codec, 44_100, 2)

    def test_the_container_leaves_the_identity_as_it_is(self, tmp_path: Path) -> None:
        path = encode(tmp_path / "a.flac", "flac", sweep(0.5, 44_100))
        assert track_id(remux(path, tmp_path / "a.mka", {})) == track_id(remux(path, tmp_path / "a.nut", {}))

    @pytest.mark.parametrize("tag", [b"\xffp4a", b"\x80\x81\x82\x83", b"\0\0\0\0", b"mp4\xe4"])
    @pytest.mark.parametrize("name", ["a.m4a", "a.mov", "a.3gp"])
    def test_a_damaged_one_is_harmless_if_the_codec_is_named_again(self, name: str, tag: bytes, tmp_path: Path) -> None:
        path = with_tag(encode(tmp_path / name, "aac", sweep(0.5, 44_100)), b"mp4a", tag)
        go_all_ways(path)
        assert decode(path).codec == "aac"  # as its elementary stream descriptor says

    @pytest.mark.parametrize("tag", [b"\xfflac", b"\x80\x81\x82\x83"])
    def test_a_damaged_one_is_refused_if_nothing_else_names_the_codec(self, tag: bytes, tmp_path: Path) -> None:
        path = with_tag(encode(tmp_path / "a.m4a", "alac", sweep(0.5, 44_100), sample_format="s16p"), b"alac", tag)
        with pytest.raises(BadAudioError, match=r"a\.m4a: .*codec") as caught:
            go_all_ways(path)
        assert "\n" not in caught.value.message
        assert caught.value.advice


def with_tag(path: Path, old: bytes, new: bytes) -> Path:
    path.write_bytes(path.read_bytes().replace(old, new, 1))
    return path


class TestAdx:
    """FFmpeg ends the process for these: found by benchmarks/malformed_files.py."""

    @pytest.mark.parametrize(
        ("at", "value"),
        [
            (2, b"\x43\x20"),  # offset of the audio
            (5, b"\xd9"),  # bytes of a block
            (6, b"\x83"),  # bits of a sample
            (7, b"\x09"),  # channels
            (8, b"\x7f\xff\xff\xff"),  # rate
            (30, b"\xd5"),  # the copyright sign that closes the header
            (35, b"#"),
        ],
    )
    @pytest.mark.parametrize("name", ["a.adx", "a.ogg"])
    def test_a_damaged_header(self, name: str, at: int, value: bytes, tmp_path: Path) -> None:
        content = bytearray(encode(tmp_path / "good.adx", "adpcm_adx", sweep(0.7, 48_000), 48_000).read_bytes())
        content[at : at + len(value)] = value
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BadAudioError):
            go_all_ways(tmp_path / name)

    def test_a_sound_one(self, tmp_path: Path) -> None:
        path = encode(tmp_path / "a.adx", "adpcm_adx", sweep(0.7, 48_000), 48_000)
        go_all_ways(path)
        assert decode(path).seconds >= 0.7

    def test_other_files_may_start_like_it(self, tmp_path: Path) -> None:
        path = encode(tmp_path / "a.mp3", "libmp3lame", sweep(4, 44_100), bit_rate=128_000)
        path.write_bytes(b"\x80\0\0\x20\x03" + bytes(95) + path.read_bytes())
        go_all_ways(path)


def test_an_impossible_position_is_no_fault_of_the_disk(tmp_path: Path) -> None:
    # the size of the second object in a Windows Media file leads FFmpeg beyond what a file system can hold
    path = encode(tmp_path / "a.wma", "wmav2", sweep(0.7, 48_000), 48_000, bit_rate=128_000, tags={"title": "Long"})
    content = bytearray(path.read_bytes())
    content[46 + 6] = 0x7F  # the main header has 30 bytes; the second object starts with its GUID and 8 bytes of size
    path.write_bytes(content)
    track_id(path)
    write_embedded(path, tmp_path / "cover")  # reads the tags behind the audio as well
    assert (tmp_path / "cover").read_bytes() == b""


class TestReportedElsewhere:
    """Damage that took other programs down, each with the report: a file is read or refused, in one line."""

    def refused(self, path: Path) -> str:
        with pytest.raises(BadAudioError) as caught:
            go_all_ways(path)
        assert "\n" not in caught.value.message
        return caught.value.message

    def test_no_channels(self, tmp_path: Path) -> None:
        # https://github.com/beetbox/beets/issues/5163
        path = encode(tmp_path / "a.wav", "pcm_s16le", sweep(0.1, 44_100))
        content = path.read_bytes()
        at = content.index(b"fmt ") + 10
        path.write_bytes(content[:at] + b"\0\0" + content[at + 2 :])
        assert "a.wav" in self.refused(path)

    @pytest.mark.parametrize("size", [bytes(4), b"\0\0\0\1" + b"moov" + bytes(8), b"\0\0\0\7", b"\xff\xff\xff\xff"])
    def test_sizes_of_atoms(self, size: bytes, tmp_path: Path) -> None:
        # https://github.com/quodlibet/mutagen/issues/132, https://github.com/navidrome/navidrome/issues/3832
        path = encode(tmp_path / "a.m4a", "aac", sweep(0.5, 44_100))
        content = path.read_bytes()
        at = content.index(b"moov") - 4
        path.write_bytes(content[:at] + size + content[at + len(size) :])
        with suppress(BadAudioError):
            go_all_ways(path)

    def test_zeros_in_the_place_of_atoms(self, tmp_path: Path) -> None:
        # https://github.com/quodlibet/mutagen/issues/109
        path = encode(tmp_path / "a.m4a", "aac", sweep(0.1, 44_100))
        path.write_bytes(path.read_bytes()[:32] + bytes(5_000_000))
        assert "a.m4a" in self.refused(path)

    def test_flac_without_its_first_block(self, tmp_path: Path) -> None:
        # https://github.com/beetbox/beets/issues/2883
        path = encode(tmp_path / "a.flac", "flac", sweep(0.5, 44_100))
        content = path.read_bytes()
        path.write_bytes(content[:4] + content[4 + 38 :])  # STREAMINFO has 4 and 34 bytes
        with suppress(BadAudioError):
            go_all_ways(path)

    def test_tags_that_are_not_utf_8(self, tmp_path: Path) -> None:
        # https://github.com/PyAV-Org/PyAV/issues/629
        path = encode(tmp_path / "a.mka", "libopus", sweep(0.5, 48_000), 48_000, tags={"title": "Musik fuer alle"})
        path.write_bytes(path.read_bytes().replace(b"fuer", b"f\xfc\xffr"))
        go_all_ways(path)
        assert read_tags(path).title == "Musik f\ufffd\ufffdr alle"
