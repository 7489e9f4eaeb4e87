"""A file of a score -> the text that the symbolic tower reads."""

from collections.abc import Callable
from pathlib import Path

from models.clamp3.scores.mxl import SIGNATURE
from models.clamp3.scores.score import MEGABYTE, Reading
from polymuse.errors import BadScoreError
from polymuse.paths import printable

FORMATS = {  # suffix -> format
    **dict.fromkeys((".mid", ".midi", ".kar", ".rmi"), "midi"),
    ".abc": "abc",
    **dict.fromkeys((".musicxml", ".mxl", ".xml"), "musicxml"),
}
SUFFIXES = tuple(FORMATS)
MAX_BYTES = 32 * MEGABYTE  # of any file
NAMES = {"midi": "MIDI", "abc": "ABC", "musicxml": "MusicXML"}


def read_score(path: Path) -> str:
    """The text of a score: MIDI messages as lines, or interleaved ABC. Raises as `read`."""
    return read(path).text


def read(path: Path) -> Reading:
    """Reads a score, strictly as the reference does, else leniently and with a remark.

    Memory and time are bounded for any file. Raises BadScoreError for a file that cannot be read as a score, and for
    one without notes unless it is MIDI, which the reference reads as well; UnavailableError for MusicXML if the package
    with the converter is missing.
    """
    path = Path(path)
    try:
        return _read(path)
    except BadScoreError as error:
        raise type(error)(f"{printable(path)}: {error.message}", error.advice) from error


def _read(path: Path) -> Reading:
    expected = FORMATS.get(path.suffix.lower())
    if expected is None:
        raise BadScoreError("this is not the name of a score", f"The names of scores end in {', '.join(SUFFIXES)}")
    content = _content(path)
    found = _format(content) or expected
    reader, most = _reader(found, content)
    if len(content) > most:
        raise BadScoreError(
            f"the file has {len(content) / MEGABYTE:.1f} MB, the most that is read of {NAMES[found]} is "
            f"{most / MEGABYTE:g} MB",
            "Give a part of it.",
        )
    reading = reader(content)
    if found == expected:
        return reading
    remark = f"the file is {NAMES[found]}, not {NAMES[expected]} as its name says"
    return Reading(reading.text, found, reading.title, reading.composer, reading.has_notes, (remark, *reading.remarks))


def _content(path: Path) -> bytes:
    """The bytes of a file. Raises BadScoreError if it is too large, empty, no file or unreadable."""
    try:
        if not path.is_file():
            raise BadScoreError("there is no such file", "Check the path.")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadScoreError(f"it cannot be read: {error.strerror}", "Check the disk and the permissions.") from error
    if len(content) > MAX_BYTES:
        raise BadScoreError(
            f"the file has more than {MAX_BYTES // MEGABYTE} MB, the most that is read of a score", "Give a part of it."
        )
    if not content.strip():
        raise BadScoreError("the file is empty", "Give a score with notes.")
    return content


def _format(content: bytes) -> str | None:
    """The format by the first bytes, None if they do not say."""
    start = content[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    if content.startswith(b"MThd"):
        return "midi"
    if content.startswith(SIGNATURE) or start.startswith((b"<?xml", b"<!DOCTYPE", b"<score-")):
        return "musicxml"
    return None


def _reader(name: str, content: bytes) -> tuple[Callable[[bytes], Reading], int]:
    """What reads a format, and the most bytes that it reads. Loads one parser, not all."""
    if name == "midi":
        from models.clamp3.scores import midi

        return midi.read_midi, midi.MAX_BYTES
    if name == "abc":
        from models.clamp3.scores import abc

        return abc.read_abc, abc.MAX_BYTES
    from models.clamp3.scores import music_xml

    compressed = content.startswith(SIGNATURE)
    return music_xml.read_music_xml, music_xml.MAX_BYTES if compressed else music_xml.MAX_XML
