"""A track as a line of an export. Anyone may have written the lines that are read.

    {"id", "track": {"title", "artist", "files", "tags", ...}, "vectors": {"mix", ...}, "segments": [{"start", "end",
     "vector"}, ...]}
    {"end": {"tracks"}}

Vectors are float32, little-endian, in base64: exact to the bit.
"""

import base64
import json
import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from catalog.field_types import shortened
from catalog.foreign_tracks import MAX_SECONDS, cleaned
from catalog.payload import to_payload, to_track
from catalog.track import Entry, Track
from catalog.validation import InvalidEntryError, check_entry
from polymuse.music import Segment

# Payload fields that describe the track. The others are derived from them, and may differ between versions.
TRACK_FIELDS = tuple(each.name for each in fields(Track) if each.name != "id")
MAX_DIGITS = 20  # of a whole number, with its sign; what the engines store has no more
_NUMBER = (int, float)
_WORDS: dict[Any, str] = {str: "a text", list: "a list", dict: "an object", bool: "true or false", _NUMBER: "a number"}


def to_line(value: Mapping[str, Any]) -> bytes:
    """One object as JSON, with a line break."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def to_record(entry: Entry) -> dict[str, Any]:
    """An entry as JSON."""
    payload = to_payload(entry.track, frozenset(entry.vectors), len(entry.segments))
    return {
        "id": entry.track.id,
        "track": {key: payload[key] for key in TRACK_FIELDS if key in payload},
        "vectors": {name: encode_vector(vector) for name, vector in sorted(entry.vectors.items())},
        "segments": [{"start": s.start, "end": s.end, "vector": encode_vector(s.vector)} for s in entry.segments],
    }


def read_line(line: bytes) -> dict[str, Any]:
    """The object of a line; each number in it is finite. Raises ValueError that says what is wrong."""
    try:
        record = json.loads(line, parse_constant=_finite, parse_float=_finite, parse_int=_whole)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise ValueError("it is not JSON") from None
    if not isinstance(record, dict):
        raise ValueError("it is not an object")
    return record


def end_of(record: Mapping[str, Any]) -> int | None:
    """The number of tracks, if this is the last line. Raises ValueError."""
    if "end" not in record:
        return None
    tracks = part(record, "end", dict).get("tracks")
    if type(tracks) is not int or tracks < 0:
        raise ValueError("tracks is not a number of tracks")
    return tracks


def to_entry(record: Mapping[str, Any], dim: int) -> Entry:
    """The entry of a record, as it can be stored. Raises ValueError that says what is wrong."""
    id_ = part(record, "id", str)
    track = _track(id_, part(record, "track", dict))
    vectors = {
        name: decode_vector(text, dim, f"of {shortened(name)}") for name, text in part(record, "vectors", dict).items()
    }
    segments = tuple(_segment(each, dim) for each in part(record, "segments", list))
    try:
        return check_entry(Entry(track, vectors, segments), dim)
    except InvalidEntryError as error:
        raise ValueError(error.message) from None


def _track(id_: str, stored: Mapping[str, Any]) -> Track:
    part(stored, "duration", _NUMBER)
    for file in _optional(stored, "files", list):
        part(file, "path", str)
        part(file, "size", _NUMBER)
        part(file, "mtime_ns", _NUMBER)
    for tag in _optional(stored, "tags", list):
        part(tag, "slug", str)
        part(tag, "category", str)
        part(tag, "confidence", _NUMBER)
    for stem in _optional(stored, "stems", dict).values():
        part(stem, "present", bool)
        if stem.get("level_db", 0) is not None:  # null is silence
            part(stem, "level_db", _NUMBER)
    _optional(stored, "models", dict)
    try:
        return cleaned(to_track(id_, stored))
    except TypeError as error:
        raise ValueError(str(error)) from None


def _optional(stored: Mapping[str, Any], name: str, kind: Any) -> Any:
    return part(stored, name, kind) if name in stored else kind()


def part(record: Any, name: str, kind: Any) -> Any:
    """A part of an object. Raises ValueError if it is missing or of another kind."""
    if not isinstance(record, Mapping) or name not in record:
        raise ValueError(f"{name} is missing")
    value = record[name]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ValueError(f"{name} is not {_WORDS[kind]}")
    return value


def _segment(record: Any, dim: int) -> Segment:
    start, end = part(record, "start", _NUMBER), part(record, "end", _NUMBER)
    if not 0 <= start < end <= MAX_SECONDS:
        raise ValueError(f"a segment is from {start} to {end} seconds")
    return Segment(start, end, decode_vector(part(record, "vector", str), dim, "of a segment"))


def encode_vector(vector: np.ndarray) -> str:
    """Exact to the bit, for a line of an export."""
    return base64.b64encode(vector.astype("<f4").tobytes()).decode("ascii")


def decode_vector(text: Any, dim: int, of: str) -> np.ndarray:
    """The inverse: [dim] float32. Raises ValueError."""
    try:
        data = base64.b64decode(text, validate=True)
    except (ValueError, TypeError):
        raise ValueError(f"the vector {of} is not base64") from None
    if len(data) != dim * 4:
        raise ValueError(f"the vector {of} has {len(data) / 4:.10g} numbers, not {dim}")
    return np.frombuffer(data, dtype="<f4").astype(np.float32)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{shortened(text)} is not a number that can be stored")
    return value


def _whole(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError(f"{shortened(text)} is not a number that can be stored")
    return int(text)
