"""The history of a library: what was played here, and when."""

import heapq
from dataclasses import dataclass

from catalog.catalog import Catalog
from catalog.filters import parse_filter
from catalog.track import Track


@dataclass(frozen=True, slots=True)
class Play:
    """One play of a track."""

    at: str  # when it began, ISO 8601, UTC
    track: Track


def latest_plays(catalog: Catalog, limit: int) -> list[Play]:
    """The latest plays, the last one first; of each track at most MAX_RECENT, and none of a hidden one."""
    played = catalog.tracks(parse_filter("plays:1.."))
    plays = ((at, track.id, track) for track in played for at in track.marks.played)
    return [Play(at, track) for at, _, track in heapq.nlargest(limit, plays, key=lambda each: each[:2])]
