"""Where in its tracks a query is answered best."""

import math

import numpy as np

from catalog.client import ClientEngine
from catalog.engine import Point
from catalog.moments import locate, to_moment
from catalog.segments import SegmentStore, segment_id
from polymuse.music import Segment
from tests.helpers.ids import id_of

X = np.array([1, 0], dtype=np.float32)


def segment(start: float, cosine: float) -> Segment:
    return Segment(start, start + 30, np.array([cosine, math.sqrt(1 - cosine**2)], dtype=np.float32))


def test_the_nearest_segment_of_each_track() -> None:
    engine = ClientEngine.in_memory(2)
    SegmentStore(engine).replace(
        {id_of(1): [segment(0, 0.1), segment(15, 0.8)], id_of(2): [segment(0, 0.6), segment(15, 0.6)]}, {}
    )
    tracks = [Point(id_of(1), {"segments": 2}), Point(id_of(2), {"segments": 2}), Point(id_of(3), {})]
    found = locate(engine, X, tracks)
    # Of equals the earlier one; a track without segments is left out.
    assert {track: each for track, (each, _) in found.items()} == {
        id_of(1): segment_id(id_of(1), 1),
        id_of(2): segment_id(id_of(2), 0),
    }
    best, score = found[id_of(1)]
    [stored] = engine.retrieve([best])
    moment = to_moment(stored, score)
    assert (moment.start, moment.end, round(moment.score, 6)) == (15.0, 45.0, 0.8)


def test_no_segments_at_all() -> None:
    assert locate(ClientEngine.in_memory(2), X, [Point(id_of(1), {})]) == {}
