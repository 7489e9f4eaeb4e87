"""Measurements as they are stored, and the ranges that they are in."""

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from catalog.field_types import rounded
from catalog.track import MAX_BPM, MIN_BPM
from polymuse.music import Measurements
from polymuse.musical_keys import parse_key

_NOT_NULL = ("bpm_confidence", "key_confidence", "version")
_RANGES: dict[str, tuple[float, float]] = {  # attribute -> its range, ends included
    "bpm": (MIN_BPM, MAX_BPM),
    "bpm_confidence": (0, 1),
    "bpm_other": (MIN_BPM / 4, MAX_BPM * 4),
    "first_beat": (0, 366 * 24 * 3600),
    "key_confidence": (0, 1),
    "loudness": (-200, 100),
    "loudness_range": (0, 300),
    "true_peak": (-300, 100),
    "energy": (0, 1),
    "version": (0, 1_000_000),
}
_NAMES = tuple(each.name for each in fields(Measurements))


def to_json(measured: Measurements) -> dict[str, Any]:
    """The measurements that there are; of the others, None and no confidence."""
    values = {name: getattr(measured, name) for name in _NAMES}
    values["key"] = key_name(measured.key)
    stored = {name: rounded(value) if isinstance(value, float) else value for name, value in values.items()}
    return {name: value for name, value in stored.items() if value not in (None, "") or name in _NOT_NULL}


def from_json(stored: Any) -> Measurements:
    """The inverse. Raises TypeError for anything that `to_json` does not make, but for numbers out of range."""
    if not isinstance(stored, Mapping):
        raise TypeError("measured is not an object")
    values: dict[str, Any] = dict.fromkeys(_NAMES) | {"key": "", "bpm_confidence": 0.0, "key_confidence": 0.0}
    values |= {"version": 0} | {name: stored[name] for name in _NAMES if name in stored}
    for name in _RANGES:
        optional = values[name] is None and name not in _NOT_NULL
        if not optional and (not isinstance(values[name], int | float) or isinstance(values[name], bool)):
            raise TypeError(f"{name} of measured is not a number")
    if not isinstance(values["version"], int):
        raise TypeError("version of measured is not a whole number")
    if not isinstance(values["key"], str):
        raise TypeError("key of measured is not a text")
    for name in _RANGES:
        if name != "version" and values[name] is not None:
            values[name] = float(values[name])
    return Measurements(**values)


def check(measured: Measurements | None) -> None:
    """Raises ValueError that names the attribute, if one is not finite or out of range."""
    if measured is None:
        return
    for name, (low, high) in _RANGES.items():
        value = getattr(measured, name)
        if value is not None and not (math.isfinite(value) and low <= value <= high):
            raise ValueError(f"{name} of measured is not a number from {low:g} to {high:g}")
    if measured.key and not key_name(measured.key):
        raise ValueError("key of measured is not a key")


def key_name(text: str) -> str:
    """The usual name of the key that a text names; "" if it names none."""
    key = parse_key(text)
    return "" if key is None else key.name
