"""The names of tracks, and how many tracks have them, from payloads and from an engine."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from catalog.engine import Engine
from catalog.filters import Filter
from catalog.names.found_name import NameField
from catalog.payload import LEFT_OUT, to_conditions_in

LEFT_OUT_FLAGS = frozenset(LEFT_OUT.values())

Counts: TypeAlias = Counter[tuple[NameField, str]]  # (field, name as it is spelt) -> tracks


def names_of(payload: Mapping[str, Any]) -> Iterator[tuple[NameField, str]]:
    """(field, name as it is spelt), each once; none of a track that no search finds: a missing or hidden one."""
    if not LEFT_OUT_FLAGS.isdisjoint(payload.get("flags") or ()):
        return
    artists: list[str] = payload.get("artists") or []
    artist: str = payload.get("artist") or ""
    if artist and artist not in artists:
        artists = [*artists, artist]
    names: list[tuple[NameField, list[str]]] = [
        ("title", [payload.get("title") or ""]),
        ("artist", artists),
        ("composer", payload.get("composers") or []),
        ("album", [payload.get("album") or ""]),
        ("genre", payload.get("genres") or []),
    ]
    for field, values in names:
        for value in dict.fromkeys(values):
            if value:
                yield field, value


def read_names(engine: Engine) -> Counts:
    """The names of all tracks that are found. Facets count them without reading a track."""
    there = to_conditions_in(engine, Filter())

    def facet(key: str) -> dict[str, int]:
        return {str(value): count for value, count in engine.facet(key, there).items() if str(value)}

    counts: Counts = Counter()
    each, shown = facet("artists"), facet("artist")
    for name in {**each, **shown}:  # a track that shows one artist has it among its artists
        counts["artist", name] = max(each.get(name, 0), shown.get(name, 0))
    fields: dict[NameField, str] = {"title": "title", "composer": "composers", "album": "album", "genre": "genres"}
    for field, key in fields.items():
        for name, count in facet(key).items():
            counts[field, name] = count
    return counts
