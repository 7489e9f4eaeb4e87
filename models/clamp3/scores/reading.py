"""A file of a score -> the text that the symbolic tower reads."""

from pathlib import Path

from models.clamp3.scores.midi import MAX_BYTES, read_midi
from models.clamp3.scores.score import MEGABYTE, Reading
from polymuse.errors import BadScoreError
from polymuse.paths import printable

MIDI = (".mid", ".midi", ".kar", ".rmi")
SUFFIXES = MIDI


def read_score(path: Path) -> str:
    """The text of a score: MIDI messages as lines, or interleaved ABC. Raises as `read`."""
    return read(path).text


def read(path: Path) -> Reading:
    """Reads a score, strictly as the reference does, else leniently and with a remark.

    Raises BadScoreError for a file that cannot be read as a score. MIDI without notes is read, as by the reference.
    """
    path = Path(path)
    try:
        return _read(path)
    except BadScoreError as error:
        raise type(error)(f"{printable(path)}: {error.message}", error.advice) from error


def _read(path: Path) -> Reading:
    if path.suffix.lower() not in SUFFIXES:
        raise BadScoreError("this is not the name of a score", f"The names of scores end in {', '.join(SUFFIXES)}")
    return read_midi(_content(path))


def _content(path: Path) -> bytes:
    """The bytes of a file. Raises BadScoreError if it is too large, no file or unreadable."""
    try:
        if not path.is_file():
            raise BadScoreError("there is no such file", "Check the path.")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadScoreError(
            f"the file cannot be read: {error.strerror}", "Check the disk and the permissions."
        ) from error
    if len(content) > MAX_BYTES:
        raise BadScoreError(
            f"the file has more than {MAX_BYTES // MEGABYTE} MB, the most that is read of a score of this kind",
            "Give a part of it.",
        )
    if not content:
        raise BadScoreError("the file is empty", "Give a score with notes.")
    return content
