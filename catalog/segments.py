"""The segments of tracks, one point each, in a separate engine.

The payload of a track has the number of its segments, and their ids are derived from its id. Segments are written
before their track and deleted before it. So after a crash, every stored segment of an existing track is within its
number. A crash may leave segments without a track, and tracks with fewer segments than their number.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from catalog.engine import Engine, Point, Schema
from polymuse.music import MIX, Segment

SEGMENTS = Schema(vectors=(MIX,), keywords=("track",))


def segment_id(track_id: str, number: int) -> str:
    """The id of segment `number` of a track, counted from 0."""
    return str(uuid.uuid5(uuid.UUID(track_id), str(number)))


def segment_ids(track_id: str, numbers: Iterable[int]) -> list[str]:
    """The ids of several segments of a track."""
    return [segment_id(track_id, number) for number in numbers]


class SegmentStore:
    """Segments by track, in an engine whose points have one vector, "mix"."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def replace(self, segments: Mapping[str, Sequence[Segment]], counts: Mapping[str, int]) -> None:
        """Store the segments of each track, replacing the `counts` segments that it had."""
        points = [_to_point(track, number, each) for track in segments for number, each in enumerate(segments[track])]
        if points:
            self.engine.upsert(points)
        stale = [i for track, count in counts.items() for i in segment_ids(track, range(len(segments[track]), count))]
        if stale:
            self.engine.delete(stale)

    def delete(self, counts: Mapping[str, int]) -> None:
        """Delete the segments of tracks, given the number of each."""
        self.replace(dict.fromkeys(counts, ()), counts)

    def of(self, track_id: str, count: int) -> list[Segment]:
        """The `count` segments of a track in order, without any that a crash lost."""
        return self.of_each({track_id: count})[track_id]

    def of_each(self, counts: Mapping[str, int]) -> dict[str, list[Segment]]:
        """The segments of several tracks, given the number of each."""
        ids = {track: segment_ids(track, range(count)) for track, count in counts.items()}
        points = self.engine.retrieve([each for of_track in ids.values() for each in of_track], vectors=True)
        found = {point.id: _to_segment(point) for point in points}
        return {track: [found[each] for each in of_track if each in found] for track, of_track in ids.items()}


def _to_point(track_id: str, number: int, segment: Segment) -> Point:
    payload = {"track": track_id, "start": round(segment.start, 3), "end": round(segment.end, 3)}
    return Point(segment_id(track_id, number), payload, {MIX: segment.vector})


def _to_segment(point: Point) -> Segment:
    return Segment(point.payload["start"], point.payload["end"], np.asarray(point.vectors[MIX]))
