"""The tracks that a query may find, nearest first: by their stems or by their best moment."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from catalog.engine import Conditions, Engine, Match, walk
from polymuse.music import MIX

MAX_LOOKED_UP = 1000  # tracks that pass a filter and whose segments are looked up; of more, those that pass are kept
SEGMENTS_PER_TRACK = 4  # of the first attempt to find enough tracks by their segments


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate: its score, what each stem has to do with it, and the segment that it was found by, if any."""

    id: str
    score: float
    stem_scores: Mapping[str, float]
    segment: str | None = None


@dataclass(frozen=True, slots=True)
class Pool:
    """Candidates, best first, ties by id. `bound` is what no track that is not among them scores above."""

    ranked: Sequence[Ranked]
    bound: float  # -inf when these are all there are


NearestTracks = Callable[[int], Pool]  # given a number: at least that many candidates, or all there are


def by_stems(
    engine: Engine, vectors: Mapping[str, np.ndarray], weights: Mapping[str, float], where: Conditions
) -> NearestTracks:
    """The tracks nearest in each stem, united and scored in all of them."""
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
    """A track that is near in no stem scores at most the last of each list, or 0 where it has no such stem."""
    if all(end == -math.inf for end in ends.values()):
        return -math.inf
    return sum(weights[stem] * max(end, 0.0) for stem, end in ends.items()) / total


def by_moments(tracks: Engine, segments: Engine, vector: np.ndarray, where: Conditions) -> NearestTracks:
    """The tracks with the nearest segments; exact, however few tracks pass the filter."""
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
    """The segments that are looked at."""
    if few is not None:
        return Conditions(must=(Match("track", tuple(few)),))
    excluded = tuple(sorted(where.exclude_ids))
    return Conditions(must_not=(Match("track", excluded),) if excluded else ())


def _best_by_track(found: Sequence[tuple[str, float]], segments: Engine) -> dict[str, Ranked]:
    payloads = {point.id: point.payload for point in segments.retrieve([segment for segment, _ in found])}
    there = [(segment, score) for segment, score in found if segment in payloads]  # the others were deleted meanwhile
    best: dict[str, Ranked] = {}
    for segment, score in sorted(there, key=lambda each: (-each[1], payloads[each[0]]["start"])):
        track = payloads[segment]["track"]
        best.setdefault(track, Ranked(track, score, {MIX: score}, segment))
    return best


def _few(tracks: Engine, where: Conditions) -> list[str] | None:
    """The tracks that pass, if there is a filter and they are few."""
    if not (where.must or where.must_not) or tracks.count(where) > MAX_LOOKED_UP:
        return None
    return list(_ids(tracks, where))


def _passing(tracks: Engine, where: Conditions, ids: Iterable[str]) -> Iterator[str]:
    """Those of the ids that exist and pass: a crash may have left segments without a track."""
    return _ids(tracks, replace(where, only_ids=frozenset(ids)))


def _ids(tracks: Engine, where: Conditions) -> Iterator[str]:
    return (point.id for point in walk(tracks, where, ["has"]))


def _ordered(ranked: Iterable[Ranked]) -> list[Ranked]:
    return sorted(ranked, key=lambda each: (-each.score, each.id))
