"""Moments: the segment of a track that matches a query best."""

from collections.abc import Sequence

import numpy as np

from catalog.engine import Conditions, Engine, Match, Point
from catalog.payload import segment_count
from catalog.query import Moment
from catalog.segments import segment_ids
from polymuse.music import MIX


def locate(segments: Engine, vector: np.ndarray, tracks: Sequence[Point]) -> dict[str, tuple[str, float]]:
    """{track: (segment, cosine)} of the segment of each track that is nearest to `vector` [dim], ties by time.

    Tracks without segments are skipped.
    """
    ids = {point.id: segment_ids(point.id, range(segment_count(point.payload))) for point in tracks}
    of_tracks = Conditions(must=(Match("track", tuple(ids)),))
    total = sum(map(len, ids.values()))
    scores = dict(segments.nearest(MIX, vector, total, of_tracks)) if total else {}
    found = {track: [(each, scores[each]) for each in numbered if each in scores] for track, numbered in ids.items()}
    return {track: max(each, key=lambda pair: pair[1]) for track, each in found.items() if each}


def to_moment(segment: Point, score: float) -> Moment:
    return Moment(segment.payload["start"], segment.payload["end"], score)
