"""Reads the tags of audio files."""

import re
import struct
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path

from tinytag import TinyTag, TinyTagException

from indexer.file_tags.tag_info import TagInfo
from models.audio.demux import open_audio
from polymuse.errors import BadAudioError
from polymuse.paths import printable

MAX_TEXT = 500  # characters; damaged tags can hold megabytes
GENRE_SEPARATORS = re.compile(r"[;/,\0]")
YEAR = re.compile(r"(?<!\d)(?:1[89]|20)\d\d")  # also at the start of 20040506
BIDI_CONTROLS = set(range(0x202A, 0x202F)) | set(range(0x2066, 0x206A))  # can reorder a line to look different

# Raised by parsers written in Python on damaged bytes
PARSER_ERRORS = (
    TinyTagException,
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    struct.error,
)


Values = Mapping[str, list[str]]  # field -> values in file order


def read_tags(path: Path) -> TagInfo:
    """The tags of an audio file; only a title if it is damaged or missing. Never raises for the content of a file."""
    values, duration = _by_tinytag(path)
    if not any(values.get(field) for field in ("title", "artist", "album")):
        other, other_duration = _by_ffmpeg(path)
        values, duration = {**values, **other}, duration or other_duration
    return TagInfo(
        title=_text(values, "title") or clean(printable(path.stem)),
        artist=_text(values, "artist") or _text(values, "albumartist"),
        album=_text(values, "album"),
        year=_year(values.get("year", [])),
        genres=_genres(values.get("genre", [])),
        duration=duration,
    )


def clean(text: str) -> str:
    """One line of NFC text: no control characters, no lone surrogates, no runs of spaces."""
    kept = (_visible(character) for character in unicodedata.normalize("NFC", text[: 2 * MAX_TEXT]))
    return " ".join("".join(kept).split())[:MAX_TEXT]


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cs":
        return "\ufffd"
    if category == "Cc":
        return " "
    return "" if ord(character) in BIDI_CONTROLS else character


def _by_tinytag(path: Path) -> tuple[Values, float | None]:
    try:
        tag = TinyTag.get(path)
        fields = tag.as_dict()
    except PARSER_ERRORS:
        return {}, None
    return {name: list(map(str, value)) for name, value in fields.items() if isinstance(value, list)}, tag.duration


def _by_ffmpeg(path: Path) -> tuple[Values, float | None]:
    """Tags of formats that tinytag does not read: WavPack, Matroska, AC-3 and others."""
    try:
        with open_audio(path, trailing_tags=True) as audio:
            metadata, duration = audio.tags(), audio.seconds
    except BadAudioError:
        return {}, None
    names = {"album_artist": "albumartist", "date": "year"}
    lower = {key.lower(): value for key, value in metadata.items()}
    return {names.get(key, key): [value] for key, value in lower.items() if value}, duration


def _text(values: Values, field: str) -> str:
    return clean(", ".join(part for part in map(clean, values.get(field, [])) if part))


def _year(values: Iterable[str]) -> int | None:
    found = YEAR.search(" ".join(values))
    return int(found[0]) if found else None


def _genres(values: Iterable[str]) -> tuple[str, ...]:
    """Each genre once, in order, ignoring case."""
    names = [clean(name) for value in values for name in GENRE_SEPARATORS.split(value)]
    return tuple({name.casefold(): name for name in reversed(names) if name}.values())[::-1]
