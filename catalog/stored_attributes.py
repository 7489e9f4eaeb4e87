"""Attributes of a track that are stored as they are. The types of filter fields store the others."""

from collections.abc import Mapping
from typing import Any

from catalog import stored_marks, stored_measurements
from catalog.engine import Payload
from catalog.field_types import rounded
from catalog.keys import readable
from catalog.track import Track

_KINDS: dict[str, type] = {  # attribute of `Track`, and payload field -> its type
    "added_before": str,
    "missing_since": str,
    "titled_by_file": bool,
    "compilation": bool,
    "musicbrainz": dict,
    "tag_bpm": float,
    "tag_key": str,
    "replay_gain": dict,
    "lyrics": str,
    "comment": str,
    "tags_version": int,
}
_JSON: dict[type, Any] = {str: str, int: int, bool: bool, float: (int, float), tuple: list, dict: Mapping}
_WORDS: dict[type, str] = {
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    float: "a number",
    tuple: "a list",
    dict: "an object",
}


def to_stored(track: Track) -> dict[str, Any]:
    """The attributes that a track has, as JSON."""
    values = {name: getattr(track, name) for name in _KINDS}
    stored = {name: _to_json(value) for name, value in values.items() if value}
    if track.measured is not None:
        stored["measured"] = stored_measurements.to_json(track.measured)
    if marks := stored_marks.to_json(track.marks):
        stored["marks"] = marks
    return stored


def from_stored(payload: Payload) -> dict[str, Any]:
    """The attributes in a payload. Raises TypeError for a value of another type."""
    values = {name: _restored(name, payload[name], kind) for name, kind in _KINDS.items() if name in payload}
    if (measured := payload.get("measured")) is not None:
        values["measured"] = stored_measurements.from_json(measured)
    if (marks := payload.get("marks")) is not None:
        values["marks"] = stored_marks.from_json(marks)
    return values


def _to_json(value: Any) -> Any:
    match value:
        case str():
            return readable(value)
        case float():
            return rounded(value)
        case tuple():
            return list(map(_to_json, value))
        case Mapping():
            return {name: _to_json(each) for name, each in value.items()}
        case _:
            return value


def _restored(name: str, value: Any, kind: type) -> Any:
    if not isinstance(value, _JSON[kind]):
        raise TypeError(f"{name} is not {_WORDS[kind]}")
    if kind is tuple:
        return tuple(_restored(name, each, str) for each in value)
    if kind is dict:
        return {key: _restored(name, each, tuple if isinstance(each, list) else float) for key, each in value.items()}
    return value
