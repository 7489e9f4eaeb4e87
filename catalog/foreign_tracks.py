"""Tracks from an export or from another engine: whoever wrote them may be anyone."""

import math
import re
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from catalog import stored_marks, stored_measurements
from catalog.field_types import NAME, SLUG
from catalog.track import FileRef, Track
from polymuse.music import TRACK_KINDS, StemInfo, Tag
from polymuse.text import MAX_TEXT, clean, clean_lines

MAX_VALUES = 100  # names of a kind; more are left out, as from files
MAX_PARTS = 100  # stems, models or identifiers of a track
MAX_TAGS = 1000
MAX_FILES = 10_000  # of one track
MAX_NUMBER = (1 << 63) - 1  # what the engines store
MAX_SECONDS = 366 * 24 * 3600  # a year
MAX_YEAR = 9999
MAX_COUNT = 1_000_000  # numbers of tracks, discs and versions
MAX_BPM = 10_000
MAX_GAIN = 1000  # dB, and peaks

_WHOLE = {
    "year": MAX_YEAR,
    "original_year": MAX_YEAR,
    "track_number": MAX_COUNT,
    "disc_number": MAX_COUNT,
    "tags_version": MAX_COUNT,
}
_LISTS = ("artists", "genres", "composers", "isrcs")
_MOMENTS = ("indexed_at", "added_before", "missing_since")


def cleaned(track: Track) -> Track:
    """The track with each text as it is when file tags are read, and no more of anything than a file can give it.

    Raises ValueError that names the attribute, for a value of another type or out of range.
    """
    values = {each.name: getattr(track, each.name) for each in fields(track)}
    texts: dict[str, Any] = {
        each.name: _text(each.name, values[each.name])
        for each in fields(track)
        if each.type == "str" and each.name != "id"
    }
    texts |= {name: _texts(name, values[name]) for name in _LISTS}
    texts |= {name: _whole(name, values[name], 0, high) for name, high in _WHOLE.items() if values[name] is not None}
    for name in _MOMENTS:
        _check(_is_moment(texts[name]), f"{name} is not a time with a time zone, such as 2026-01-31T12:00:00+00:00")
    for name in ("compilation", "titled_by_file"):
        _check(isinstance(getattr(track, name), bool), f"{name} is neither true nor false")
    _check(track.kind in TRACK_KINDS, f"kind is neither {' nor '.join(TRACK_KINDS)}")
    stored_measurements.check(track.measured)
    return replace(
        track,
        **texts | {"lyrics": clean_lines(track.lyrics)},
        marks=stored_marks.checked(track.marks),
        duration=_number("duration", track.duration, 0, MAX_SECONDS),
        tag_bpm=None if track.tag_bpm is None else _number("tag_bpm", track.tag_bpm, 0, MAX_BPM),
        files=tuple(map(_file, _few("files", track.files, MAX_FILES))),
        stems={_name("stems", name, NAME): _stem(stem) for name, stem in _parts("stems", track.stems)},
        tags=tuple(map(_tag, _few("tags", track.tags, MAX_TAGS))),
        models={_text("models", role): _text("models", value) for role, value in _parts("models", track.models)},
        musicbrainz={
            _text("musicbrainz", kind): _texts("musicbrainz", ids)
            for kind, ids in _parts("musicbrainz", track.musicbrainz)
        },
        replay_gain={
            _text("replay_gain", name): _number("replay_gain", value, -MAX_GAIN, MAX_GAIN)
            for name, value in _parts("replay_gain", track.replay_gain)
        },
    )


def _check(right: bool, problem: str) -> None:
    if not right:
        raise ValueError(problem)


def _text(name: str, value: Any) -> str:
    _check(isinstance(value, str), f"{name} is not a text")
    return clean(value)


def _texts(name: str, values: Any) -> tuple[str, ...]:
    _check(isinstance(values, tuple), f"{name} is not a list of texts")
    return tuple(text for text in (_text(name, each) for each in values[:MAX_VALUES]) if text)


def _few(name: str, values: tuple[Any, ...], most: int) -> tuple[Any, ...]:
    _check(len(values) <= most, f"{name} has {len(values)} entries, more than {most}")
    return values


def _parts(name: str, values: Any) -> list[tuple[Any, Any]]:
    _check(isinstance(values, Mapping), f"{name} is not an object")
    return list(_few(name, tuple(values.items()), MAX_PARTS))


def _name(name: str, value: Any, form: re.Pattern[str]) -> str:
    right = isinstance(value, str) and len(value) <= MAX_TEXT and form.fullmatch(value) is not None
    _check(right, f"{name} has a name with other characters than a-z, 0-9, - and _, or a long one")
    return value


def _whole(name: str, value: Any, low: int, high: int) -> int:
    _check(type(value) is int and low <= value <= high, f"{name} is not a whole number from {low} to {high}")
    return value


def _number(name: str, value: Any, low: float, high: float) -> float:
    right = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
    _check(right, f"{name} is not a number from {low} to {high}")
    return float(value)


def _file(file: FileRef) -> FileRef:
    _whole("size of a file", file.size, 0, MAX_NUMBER)
    for name in ("mtime_ns", "ctime_ns", "device"):
        _whole(f"{name} of a file", getattr(file, name), -MAX_NUMBER, MAX_NUMBER)
    return file


def _stem(stem: StemInfo) -> StemInfo:
    _check(isinstance(stem.present, bool), "present of a stem is neither true nor false")
    level = stem.level_db
    silent = isinstance(level, float) and level == -math.inf
    return StemInfo(level if silent else _number("level_db of a stem", level, -MAX_GAIN, MAX_GAIN), stem.present)


def _tag(tag: Tag) -> Tag:
    confidence = _number("confidence of a tag", tag.confidence, 0, 1)
    return Tag(_name("tags", tag.slug, SLUG), _name("tags", tag.category, SLUG), confidence)


def _is_moment(text: str) -> bool:
    try:
        return not text or datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
