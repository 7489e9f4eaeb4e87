"""Covers: the picture embedded in an audio file, or one in the same folder."""

from collections.abc import Iterable
from pathlib import Path

from models.audio.demux import open_audio

MAX_PICTURE = 20 * 2**20  # bytes; a full-size scan has a few megabytes
NAMES = ("cover", "folder", "front", "Cover", "Folder", "Front")
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
HEAD = 12  # bytes that `picture_type` needs


def write_embedded(source: Path, target: Path) -> None:
    """Write the picture embedded in the audio file; an empty file if there is none that can be shown.

    Raises BadAudioError if the source is not audio.
    """
    with open_audio(source, trailing_tags=True) as audio:
        target.write_bytes(_first_shown(audio.pictures()))


def folder_pictures(audio: Path) -> list[Path]:
    """Paths where the folder of an audio file may have a cover, the most likely first."""
    return [audio.with_name(name + suffix) for name in NAMES for suffix in SUFFIXES]


def picture_type(head: bytes) -> str | None:
    """The media type of a picture that starts with these HEAD bytes; None if browsers must not show it.

    SVG is excluded because it can contain scripts.
    """
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    return "image/webp" if head[:4] == b"RIFF" and head[8:12] == b"WEBP" else None


def _first_shown(pictures: Iterable[bytes]) -> bytes:
    """The first picture of a known type and an acceptable size; empty if there is none."""
    shown = (picture for picture in pictures if picture_type(picture[:HEAD]) and len(picture) <= MAX_PICTURE)
    return next(shown, b"")
