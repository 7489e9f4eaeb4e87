"""Files with more tags than FFmpeg can read in acceptable time, in every container."""

import struct
from pathlib import Path

import av
import pytest

from indexer.file_tags import read_tags
from indexer.identity import identify
from models.audio.decode import decode
from models.audio.demux import MAX_STREAMS, open_audio
from models.audio.tag_entries import MAX_ENTRIES, OVERLAP, TagEntries
from polymuse.errors import BadAudioError
from search_api.media.covers import write_embedded
from search_api.media.waveforms import write_waveform
from tests.helpers.audio_files import touch
from tests.helpers.hostile_tags import HOSTILE, clip, comments, element, matroska, names, ogg

READ_AT_THE_END = {"ape.mp3", "ape.wv"}  # what stands behind the audio is hidden where only the audio is read


@pytest.mark.parametrize("name", HOSTILE)
def test_as_many_as_music_has(name: str, tmp_path: Path) -> None:
    path = touch(tmp_path / name, HOSTILE[name](200))
    assert decode(path).seconds > 0
    with open_audio(path, trailing_tags=True) as audio:
        assert len(audio.tags()) >= (1 if name[:4] in {"genr", "chap", "ape."} else 200)


@pytest.mark.parametrize("name", HOSTILE)
def test_more_are_refused_before_they_are_parsed(name: str, tmp_path: Path) -> None:
    count = 25_000 if name == "script.flv" else 3 * MAX_ENTRIES
    path = touch(tmp_path / name, HOSTILE[name](count))
    target = tmp_path / "made"
    ways = [lambda: write_embedded(path, target)]
    if name not in READ_AT_THE_END:
        ways += [lambda: identify(path), lambda: decode(path), lambda: write_waveform(path, target)]
    for way in ways:
        with pytest.raises(BadAudioError, match=f"{name}: has more than {MAX_ENTRIES} tags") as caught:
            way()
        assert caught.value.advice
    tags = read_tags(path)
    assert tags.title
    assert len(tags.genres) <= 100


def test_the_comments_of_a_chained_file_are_counted_part_by_part(tmp_path: Path) -> None:
    part = ogg("opus", b"OpusTags" + comments(name + b"=x" for name in names(MAX_ENTRIES - 1)))
    path = touch(tmp_path / "radio.opus", part * 3)
    identify(path)
    many = ogg("opus", b"OpusTags" + comments(name + b"=x" for name in names(MAX_ENTRIES + 1)))
    path.write_bytes(clip("opus") * 100 + many)  # read long after the file was opened
    with pytest.raises(BadAudioError, match="tags"):
        identify(path)


def test_a_damaged_number_of_comments_is_no_tag(tmp_path: Path) -> None:
    data = ogg("opus", b"OpusTags" + bytes(4) + b"\xff\xff\xff\x7f")
    assert len(data) < 6 * MAX_ENTRIES
    assert decode(touch(tmp_path / "a.opus", data)).seconds > 0


def test_markers_across_two_reads_count_once(tmp_path: Path) -> None:
    data = b"data\0\0\0" * MAX_ENTRIES
    with touch(tmp_path / "a", data + b"data\0\0\0").open("rb") as file:
        for size in (1, 10, 64, OVERLAP + 1, 1000, len(data)):
            entries = TagEntries(file)
            parts = [(at, data[at : at + size]) for at in range(0, len(data), size)]
            assert all(entries.add(part, at) for at, part in parts)
            assert not entries.add(b"data\0\0\0", len(data))


def test_frames_are_counted_in_tags_only(tmp_path: Path) -> None:
    path = touch(tmp_path / "a.wav", b"TIT2\0\0\0\0" * 3 * MAX_ENTRIES)
    with path.open("rb") as file:
        assert TagEntries(file).add(path.read_bytes(), 0)


def test_programs_of_a_transport_stream(tmp_path: Path) -> None:
    """FFmpeg compares each program with all others."""
    path = touch(tmp_path / "a.mpg", b"".join(map(table_of_programs, range(60))) + clip("mp3"))
    with pytest.raises(BadAudioError, match="tags"):
        identify(path)
    with touch(tmp_path / "b.mpg", table_of_programs(0) * 1_000).open("rb") as file:
        assert TagEntries(file).add(file.read(), 0)  # the same ones again and again


def table_of_programs(number: int) -> bytes:
    """A packet with 40 programs, without its checksum."""
    programs = b"".join(struct.pack(">HH", 40 * number + n, 0xFFFF) for n in range(40))
    section = b"\0" + struct.pack(">HHBBB", 0xB000 | len(programs) + 9, 1, 0xC1, 0, 0) + programs
    return (b"\x47\x40\0\x10\0" + section).ljust(188, b"\xff")


def test_many_streams_are_refused(tmp_path: Path) -> None:
    """Each takes FFmpeg 200 kB."""
    track = element(b"\x83", b"\2"), element(b"\x86", b"A_OPUS")
    tracks = (element(b"\xae", element(b"\xd7", number), element(b"\x73\xc5", number), *track) for number in names(255))
    path = touch(tmp_path / "a.mka", matroska(element(b"\x16\x54\xae\x6b", *tracks)))
    with pytest.raises(BadAudioError):
        identify(path)
    with av.open(str(path)) as container:
        assert len(container.streams) > MAX_STREAMS
