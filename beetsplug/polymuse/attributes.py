"""What Poly-Muse knows of a track as attributes of an item."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

FIELDS = ("mood", "bpm", "initial_key", "energy")
MAX_BPM = 1000
_SLUG = re.compile("[a-z0-9_-]{1,64}")
_KEY = re.compile("[A-G][b#]?m?")


def attributes(track: dict[str, Any], fields: Sequence[str], min_confidence: float, max_moods: int) -> dict[str, Any]:
    """{field: value} of those among `fields` that the track has. Moods are joined by commas, the surest first."""
    values = {
        "mood": ", ".join(_moods(track, min_confidence)[:max_moods]),
        "bpm": round(track["bpm"]) if track["bpm"] and 1 <= track["bpm"] <= MAX_BPM else None,
        "initial_key": track["key"] if _KEY.fullmatch(track["key"]) else None,
        "energy": round(track["energy"], 2) if track["energy"] is not None and 0 <= track["energy"] <= 1 else None,
    }
    return {name: values[name] for name in fields if values[name] not in (None, "")}


def _moods(track: dict[str, Any], min_confidence: float) -> list[str]:
    sure = [
        (-tag["confidence"], tag["slug"])
        for tag in track["tags"]
        if tag.get("category") == "mood"
        and isinstance(tag.get("slug"), str)
        and _SLUG.fullmatch(tag["slug"])
        and isinstance(tag.get("confidence"), int | float)
        and tag["confidence"] >= min_confidence
    ]
    return [slug.replace("_", " ") for _, slug in sorted(sure)]
