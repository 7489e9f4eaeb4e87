"""Tracks of Poly-Muse as its service and its program write them, checked and bounded."""

from __future__ import annotations

import json
import re
from typing import Any

MAX_SHOWN = 300  # characters of what somebody else wrote
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")


class PolymuseError(Exception):
    """What is wrong, and what to do, in one line."""


def one_line(text: object) -> str:
    """A text of another program, as a terminal can take it."""
    return _UNSAFE.sub(" ", str(text))[:MAX_SHOWN].strip()


def read_track(value: Any) -> dict[str, Any]:
    """The track with what the plugin needs, of the right types. Raises ValueError for anything else."""
    if not isinstance(value, dict) or not isinstance(value.get("id"), str):
        raise ValueError("it is no track")
    texts = {name: value.get(name) if isinstance(value.get(name), str) else "" for name in ("title", "artist", "album")}
    numbers = {name: _number(value.get(name)) for name in ("duration", "bpm", "energy")}
    paths = [path for path in _list(value.get("paths")) if isinstance(path, str)]
    key = value.get("key") if isinstance(value.get("key"), str) else ""
    tags = [tag for tag in _list(value.get("tags")) if isinstance(tag, dict)]
    return {"id": value["id"], **texts, **numbers, "paths": paths, "key": key, "tags": tags} | _ids(value)


def read_json(text: bytes | str) -> Any:
    """Raises ValueError."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def recordings(value: Any) -> list[str]:
    """The MusicBrainz ids of the recordings of a track."""
    ids = value.get("musicbrainz") if isinstance(value, dict) else None
    return [each for each in _list(ids.get("recording") if isinstance(ids, dict) else None) if isinstance(each, str)]


def _ids(value: dict[str, Any]) -> dict[str, Any]:
    return {"recordings": recordings(value)} if "musicbrainz" in value else {}


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e9:
        return None
    return float(value)
