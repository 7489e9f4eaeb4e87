"""Conversion of tracks to payloads, and of filters to conditions on them.

In addition to displayed fields, a payload has fields for searching: `*_key` are folded names, `under` every folder
above a file, `year` and `duration` are numbers, `has` lists the stems that have a vector, `tags_strong` the tags with a
confidence of at least 0.5, and `tag_codes` one number for each tag and its confidence.
`seconds` is the duration in whole seconds, for facets. `segments` is the number of stored segments, if there are any.
"""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from catalog.engine import Between, Condition, Conditions, Engine, Match, Payload, Schema
from catalog.field_types import rounded
from catalog.fields import FIELDS, Filter
from catalog.file_tag_types import YES
from catalog.keys import decode_path, encode_path
from catalog.stored_attributes import from_stored, to_stored
from catalog.track import FileRef, Track
from polymuse.music import MIX, STEMS, StemInfo

SPELLINGS = ("title", "artist", "composers")  # fields whose names are counted as they are spelt, beside facets
_INDEXES = [each.index() for each in FIELDS.values()]
TRACKS = Schema(
    vectors=(MIX, *STEMS),
    keywords=tuple(dict.fromkeys((*(key for index in _INDEXES for key in index.keywords), *SPELLINGS))),
    parts=tuple(key for index in _INDEXES for key in index.parts),
    numbers={key: number for index in _INDEXES for key, number in index.numbers.items()} | {"seconds": int},
)
MISSING = Conditions(must=tuple(FIELDS["missing"].conditions((YES,))))
LEFT_OUT = {  # attribute of Filter that asks for tracks that are left out otherwise -> their flag
    attribute: FIELDS[attribute].name for attribute in ("missing", "hidden")
}
HAS_SEGMENTS = Conditions(must=(Between("segments", 1, None),))


def to_payload(track: Track, stems: frozenset[str], segments: int) -> dict[str, Any]:
    """The payload of a track with vectors of `stems` and this number of segments."""
    payload = {
        **to_stored(track),
        **_fields(track),
        "seconds": round(track.duration),
        "format": track.format,
        "models": dict(track.models),
        "indexed_at": track.indexed_at,
        "files": [_file(file) for file in track.files],
        "stems": {
            name: {"level_db": _level(info.level_db), "present": info.present} for name, info in track.stems.items()
        },
        "has": sorted(stems),
        "segments": segments or None,
    }
    return {key: value for key, value in payload.items() if value not in (None, "", [], {})}


def to_track(id: str, payload: Payload) -> Track:  # noqa: A002  # the field's own word
    """The inverse of `to_payload`. Raises KeyError or TypeError for an invalid payload."""
    stems = payload.get("stems", {})
    attributes = from_stored(payload)
    for each in FIELDS.values():
        attributes |= each.restore(payload)
    return Track(
        id=id,
        files=tuple(map(_stored_file, payload.get("files", ()))),
        format=payload.get("format", ""),
        stems={name: StemInfo(_stored_level(stem["level_db"]), stem["present"]) for name, stem in stems.items()},
        models=payload.get("models", {}),
        indexed_at=payload.get("indexed_at", ""),
        **attributes,
    )


def rewritten(id: str, payload: Payload) -> dict[str, Any]:  # noqa: A002
    """A payload of an earlier version as this version writes it."""
    return to_payload(to_track(id, payload), frozenset(payload["has"]), segment_count(payload))


def with_day(track: Track, stored: Payload) -> Track:
    """The track with the time at which the stored one came into the library."""
    added: str = stored.get("added_before") or stored.get("indexed_at", "")
    return replace(track, added_before=added if added != track.indexed_at else "")


def segment_count(payload: Payload) -> int:
    """Number of segments of a track, from its payload."""
    return payload.get("segments", 0)


def to_conditions(where: Filter) -> Conditions:
    """The conditions on payloads for a filter."""
    return Conditions(must=tuple(_all(where)), must_not=tuple(_all(where.exclude or Filter())))


def to_conditions_in(engine: Engine, where: Filter) -> Conditions:
    """The conditions for a filter on the tracks of an engine: those in LEFT_OUT pass only if it asks for them."""
    conditions = to_conditions(where)
    flags = tuple(flag for attribute, flag in LEFT_OUT.items() if not getattr(where, attribute))
    left_out = (Match("flags", flags),) if flags else ()
    if not flags or not engine.count(Conditions(must=left_out)):  # without any, no condition is faster
        return conditions
    return replace(conditions, must_not=(*conditions.must_not, *left_out))


def _fields(track: Track) -> dict[str, Any]:
    """The payload of all filter fields; those of the same key are lists, which are joined."""
    fields: dict[str, Any] = {}
    for each in FIELDS.values():
        for key, value in each.payload(track).items():
            fields[key] = [*fields[key], *value] if key in fields else value
    return fields


def _all(where: Filter) -> Iterator[Condition]:
    for attribute, field_type in FIELDS.items():
        if values := getattr(where, attribute):
            yield from field_type.conditions(values)


def holds_path(paths: list[str]) -> Conditions:
    """Conditions for tracks with one of these files."""
    return Conditions(must=(Match("paths", tuple(encode_path(path) for path in paths)),))


def _file(file: FileRef) -> dict[str, Any]:
    known = {"ctime_ns": file.ctime_ns, "device": file.device}
    stored = {"path": encode_path(file.path), "size": file.size, "mtime_ns": file.mtime_ns}
    return stored | {name: value for name, value in known.items() if value}


def _stored_file(stored: Payload) -> FileRef:
    path, size, mtime_ns = decode_path(stored["path"]), stored["size"], stored["mtime_ns"]
    return FileRef(path, size, mtime_ns, stored.get("ctime_ns", 0), stored.get("device", 0))


def _level(value: float) -> float | None:
    """JSON has no infinities: the level of digital silence, minus infinity, becomes None."""
    return rounded(value) if math.isfinite(value) else None


def _stored_level(stored: float | None) -> float:
    return -math.inf if stored is None else stored
