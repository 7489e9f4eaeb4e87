"""Candidates of a query, nearest first: by their stems or by their best moment."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from catalog.engine import Conditions, Engine, Match, walk
from polymuse.music import MIX

MAX_LOOKED_UP = (
    1000  # tracks passing a filter; up to this many, only their segments are searched, else results are filtered
)
SEGMENTS_PER_TRACK = 4  # of the first attempt to find enough tracks by their segments


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate: its score, the score of each stem, and the segment it was found by, if any."""

    id: str
    score: float
    stem_scores: Mapping[str, float]
    segment: str | None = None


@dataclass(frozen=True, slots=True)
class Pool:
    """Candidates, best first, ties by id. `bound` is an upper bound of the scores of all other tracks."""

    ranked: Sequence[Ranked]
    bound: float  # -inf if there are no others


NearestTracks = Callable[[int], Pool]  # takes a number; returns at least that many candidates, or all


def by_stems(
    engine: Engine, vectors: Mapping[str, np.ndarray], weights: Mapping[str, float], where: Conditions
) -> NearestTracks:
    """Candidates by stem vectors: the union of the nearest tracks per stem, scored in all stems."""
    total = sum(weights.values())

    def nearest(count: int) -> Pool:
        near = {stem: engine.nearest(stem, vector, count, where) for stem, vector in vectors.items()}
        ends = {stem: hits[-1][1] if len(hits) == count else -math.inf for stem, hits in near.items()}
        if len(near) == 1:
            [(stem, hits)] = near.items()
            return Pool(_ordered(Ranked(each, score, {stem: score}) for each, score in hits), ends[stem])
        scores = _scores_in_all(engine, vectors, near)
        ranked = (Ranked(each, _mean(found, weights, total), found) for each, found in scores.items())
        return Pool(_ordered(ranked), _bound(ends, weights, total))

    return nearest


def _scores_in_all(
    engine: Engine, vectors: Mapping[str, np.ndarray], near: Mapping[str, list[tuple[str, float]]]
) -> dict[str, dict[str, float]]:
    """{track: {stem: cosine}} of every track that is near in some stem, for the stems that it has."""
    united = dict.fromkeys(each for hits in near.values() for each, _ in hits)
    scores: dict[str, dict[str, float]] = {each: {} for each in united}
    for stem, hits in near.items():
        missing = united.keys() - {each for each, _ in hits}
        only = Conditions(only_ids=frozenset(missing))
        others = engine.nearest(stem, vectors[stem], len(missing), only) if missing else []
        for each, score in (*hits, *others):
            scores[each][stem] = score
    return scores


def _mean(scores: Mapping[str, float], weights: Mapping[str, float], total: float) -> float:
    return sum(weights[stem] * score for stem, score in scores.items()) / total


def _bound(ends: Mapping[str, float], weights: Mapping[str, float], total: float) -> float:
    """Upper bound for tracks in none of the lists: the last score of each list, or 0 for a missing stem."""
    if all(end == -math.inf for end in ends.values()):
        return -math.inf
    return sum(weights[stem] * max(end, 0.0) for stem, end in ends.items()) / total


def by_moments(tracks: Engine, segments: Engine, vector: np.ndarray, where: Conditions) -> NearestTracks:
    """Candidates by their nearest segment; exact even if few tracks pass the filter."""
    few = _few(tracks, where)
    of_tracks = _of_tracks(few, where)

    def nearest(count: int) -> Pool:
        limit = SEGMENTS_PER_TRACK * count
        while True:
            found = segments.nearest(MIX, vector, limit, of_tracks)
            best = _best_by_track(found, segments)
            passing = set(_passing(tracks, where, best))
            ranked = [each for each in best.values() if each.id in passing]
            complete = len(found) < limit
            if complete or len(ranked) >= count:
                return Pool(_ordered(ranked), -math.inf if complete else found[-1][1])
            limit *= SEGMENTS_PER_TRACK

    return nearest


def _of_tracks(few: Sequence[str] | None, where: Conditions) -> Conditions:
    """Conditions on the segments to search."""
    if few is not None:
        return Conditions(must=(Match("track", tuple(few)),))
    excluded = tuple(sorted(where.exclude_ids))
    return Conditions(must_not=(Match("track", excluded),) if excluded else ())


def _best_by_track(found: Sequence[tuple[str, float]], segments: Engine) -> dict[str, Ranked]:
    payloads = {point.id: point.payload for point in segments.retrieve([segment for segment, _ in found])}
    existing = [(segment, score) for segment, score in found if segment in payloads]  # others were deleted meanwhile
    best: dict[str, Ranked] = {}
    for segment, score in sorted(existing, key=lambda each: (-each[1], payloads[each[0]]["start"])):
        track = payloads[segment]["track"]
        best.setdefault(track, Ranked(track, score, {MIX: score}, segment))
    return best


def _few(tracks: Engine, where: Conditions) -> list[str] | None:
    """The tracks that pass the filter, if there is one and at most MAX_LOOKED_UP pass; otherwise None."""
    if not (where.must or where.must_not) or tracks.count(where) > MAX_LOOKED_UP:
        return None
    return list(_ids(tracks, where))


def _passing(tracks: Engine, where: Conditions, ids: Iterable[str]) -> Iterator[str]:
    """The ids that exist and pass the filter: a crash may have left segments without a track."""
    return _ids(tracks, replace(where, only_ids=frozenset(ids)))


def _ids(tracks: Engine, where: Conditions) -> Iterator[str]:
    return (point.id for point in walk(tracks, where, ["has"]))


def _ordered(ranked: Iterable[Ranked]) -> list[Ranked]:
    return sorted(ranked, key=lambda each: (-each.score, each.id))
