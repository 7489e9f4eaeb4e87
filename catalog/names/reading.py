"""The names of a track, from its payload."""

from collections.abc import Iterator, Mapping
from typing import Any

from catalog.names.found_name import NameField

PAYLOAD_FIELDS = ("title", "artist", "artists", "album", "genres", "composers", "missing_since")


def names_of(payload: Mapping[str, Any]) -> Iterator[tuple[NameField, str]]:
    """(field, name as it is spelt), each once; none of a track that is missing, which no search finds."""
    if payload.get("missing_since"):
        return
    artists: list[str] = payload.get("artists") or []
    artist: str = payload.get("artist") or ""
    if artist and artist not in artists:
        artists = [*artists, artist]
    names: dict[NameField, list[str]] = {
        "title": [payload.get("title") or ""],
        "artist": artists,
        "composer": payload.get("composers") or [],
        "album": [payload.get("album") or ""],
        "genre": payload.get("genres") or [],
    }
    for field, values in names.items():
        for value in dict.fromkeys(values):
            if value:
                yield field, value
