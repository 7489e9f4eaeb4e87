"""Scores are recognised by their first bytes before their names."""

from collections.abc import Callable
from pathlib import Path

import pytest

from models.score_suffix import score_suffix
from polymuse.errors import BadScoreError
from tests.helpers.paths import GOLDEN

SCORES = GOLDEN / "clamp3_symbolic"
MIDI = (SCORES / "midi" / "m01_melody.mid").read_bytes()
TUNE = (SCORES / "abc" / "a01_plain_tune.abc").read_bytes()
MUSICXML = (SCORES / "score" / "x01_single.musicxml").read_bytes()
MXL = (SCORES / "score" / "x04_long.mxl").read_bytes()
RMID = b"RIFF" + (len(MIDI) + 12).to_bytes(4, "little") + b"RMIDdata" + len(MIDI).to_bytes(4, "little") + MIDI
MP3 = b"\xff\xfb\x90\x64" + bytes(413)
SuffixOf = Callable[..., str | None]
SUFFIXES = (".mid", ".midi", ".kar", ".rmi", ".abc", ".musicxml", ".xml", ".mxl")


@pytest.fixture
def suffix_of(tmp_path: Path) -> SuffixOf:
    def call(name: str, content: bytes, suffixes: tuple[str, ...] = SUFFIXES) -> str | None:
        path = tmp_path / name
        path.write_bytes(content)
        return score_suffix(path, suffixes)

    return call


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.mid", MIDI, ".mid"),
        ("a.KAR", MIDI, ".kar"),
        ("a.rmi", RMID, ".rmi"),
        ("a.abc", TUNE, ".abc"),
        ("a.musicxml", MUSICXML, ".musicxml"),
        ("a.xml", MUSICXML, ".xml"),
        ("a.mxl", MXL, ".mxl"),
        ("a.mp3", MIDI, ".mid"),
        ("upload", RMID, ".mid"),
        ("a.wav", TUNE, ".abc"),
        ("a.txt", b"\xef\xbb\xbf% a comment\r\n\r\nX:1\r\nK:C\r\nC|\r\n", ".abc"),
        ("a.mid", MUSICXML, ".musicxml"),
        ("a.txt", MUSICXML.decode().encode("utf-16"), ".musicxml"),
        ("a.zip", MXL, ".mxl"),
        ("a.mid", MXL, ".mxl"),
    ],
)
def test_what_a_file_begins_with_goes_before_its_name(
    suffix_of: SuffixOf, name: str, content: bytes, expected: str
) -> None:
    assert suffix_of(name, content) == expected


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.mid", b"", ".mid"),
        ("a.abc", b"K:C\nC|\n", ".abc"),
        ("a.XML", b"<html/>", ".xml"),
        ("a.mid", bytes(128) + MIDI, ".mid"),  # MacBinary
        ("a.txt", b"X marks the place", None),
        ("a.zip", b"PK\x03\x04" + bytes(100), None),
        ("a", b"", None),
        ("a.mid", MP3, None),
        ("a.mxl", b"OggS" + bytes(60), None),
        ("a.mp3", MP3, None),
        ("a.wav", b"RIFF\x24\0\0\0WAVEfmt ", None),
    ],
)
def test_the_name_counts_where_the_beginning_says_nothing(
    suffix_of: SuffixOf, name: str, content: bytes, expected: str | None
) -> None:
    assert suffix_of(name, content) == expected


@pytest.mark.parametrize(
    ("name", "content", "program"),
    [
        ("a.mscz", MXL, "MuseScore"),  # its archive has a container of the same name
        ("a.MSCX", b'<?xml version="1.0"?><museScore version="4.20"/>', "MuseScore"),
        ("a.sib", b"\x0fSIBELIUS", "Sibelius"),
        ("a.gp", b"PK\x03\x04" + bytes(100), "Guitar Pro"),
    ],
)
def test_a_file_of_a_program_is_refused_with_what_to_do(
    suffix_of: SuffixOf, name: str, content: bytes, program: str
) -> None:
    with pytest.raises(BadScoreError, match=f": this is a file of {program}.*Export it as MusicXML or MIDI") as refusal:
        suffix_of(name, content)
    assert name in str(refusal.value)
    assert suffix_of(name, MIDI) == ".mid"
    assert suffix_of(name, MP3) is None
    assert suffix_of(name, b"words", ()) is None


def test_a_book_is_no_score(suffix_of: SuffixOf) -> None:
    book = b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/epub+zip" + b"PK\x03\x04META-INF/container.xml"
    assert suffix_of("a.epub", book) is None


def test_scores_are_recognised_where_none_are_read(suffix_of: SuffixOf) -> None:
    """So that the error can say that the profile reads none, rather than that the file is not audio."""
    assert suffix_of("a.mid", MIDI, ()) == ".mid"
    assert suffix_of("a.mid", b"", ()) is None
