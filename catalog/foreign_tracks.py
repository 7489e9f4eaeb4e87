"""Tracks from an export or from another engine: whoever wrote them may be anyone."""

import math
import re
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from catalog.field_types import NAME, SLUG
from catalog.track import FileRef, Track
from polymuse.music import StemInfo, Tag
from polymuse.text import MAX_TEXT, clean, clean_lines

MAX_VALUES = 100  # names, stems or models of a track; more are left out
MAX_TAGS = 1000
MAX_FILES = 1000  # of one track
MAX_NUMBER = 1 << 63  # exclusive; what the engines store

_WHOLE = ("year", "original_year", "track_number", "disc_number", "tags_version")
_LISTS = ("artists", "genres", "composers", "isrcs")
_MOMENTS = ("indexed_at", "missing_since")


def cleaned(track: Track) -> Track:
    """The track with each text as it is when file tags are read, and no more of anything than a file can give it.

    Raises ValueError for a value of another type.
    """
    values = {each.name: getattr(track, each.name) for each in fields(track)}
    texts: dict[str, Any] = {
        each.name: _text(values[each.name]) for each in fields(track) if each.type == "str" and each.name != "id"
    }
    texts |= {name: _texts(values[name]) for name in _LISTS}
    texts |= {name: _whole(values[name]) for name in _WHOLE}
    _check(all(_is_moment(texts[name]) for name in _MOMENTS), "not a time")
    _check(isinstance(track.compilation, bool), "neither true nor false")
    return replace(
        track,
        **texts | {"lyrics": clean_lines(track.lyrics)},
        duration=_number(track.duration),
        tag_bpm=None if track.tag_bpm is None else _number(track.tag_bpm),
        files=tuple(map(_file, track.files[:MAX_FILES])),
        stems={_name(name, NAME): _stem(stem) for name, stem in _some(track.stems)},
        tags=tuple(map(_tag, track.tags[:MAX_TAGS])),
        models={_text(role): _text(fingerprint) for role, fingerprint in _some(track.models)},
        musicbrainz={_text(kind): _texts(ids) for kind, ids in _some(track.musicbrainz)},
        replay_gain={_text(name): _number(value) for name, value in _some(track.replay_gain)},
    )


def _check(right: bool, problem: str) -> None:
    if not right:
        raise ValueError(problem)


def _text(value: Any) -> str:
    _check(isinstance(value, str), "not a text")
    return clean(value)


def _texts(values: Any) -> tuple[str, ...]:
    _check(isinstance(values, tuple), "not a list")
    return tuple(text for text in map(_text, values[:MAX_VALUES]) if text)


def _some(values: Any) -> list[tuple[Any, Any]]:
    _check(isinstance(values, Mapping), "not an object")
    return list(values.items())[:MAX_VALUES]


def _name(value: Any, form: re.Pattern[str]) -> str:
    _check(isinstance(value, str) and form.fullmatch(value) is not None, "not a name")
    return value[:MAX_TEXT]


def _whole(value: Any) -> int | None:
    _check(value is None or (type(value) is int and abs(value) < MAX_NUMBER), "not a whole number")
    return value


def _number(value: Any) -> float:
    _check(isinstance(value, int | float) and not isinstance(value, bool), "not a number")
    return float(value)


def _file(file: FileRef) -> FileRef:
    for number in (file.size, file.mtime_ns, file.ctime_ns, file.device):
        _check(number is not None and _whole(number) is not None, "not a size or time")
    return file


def _stem(stem: StemInfo) -> StemInfo:
    level = _number(stem.level_db)
    _check(isinstance(stem.present, bool) and level < math.inf, "not a level")  # minus infinity is silence
    return StemInfo(level, stem.present)


def _tag(tag: Tag) -> Tag:
    return Tag(_name(tag.slug, SLUG), _name(tag.category, SLUG), _number(tag.confidence))


def _is_moment(text: str) -> bool:
    try:
        return not text or datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
