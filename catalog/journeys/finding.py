"""From a `Journey` to its tracks, identically for every engine.

All angles are between directions from the mean of the library (`catalog.journeys.centres`). With d the angle in
radians, a and b the ends, and n tracks:

1. **Waypoints** a = w_0, ..., w_(n-1) = b at equal angles on the arc from a to b.
2. **Candidates** are the WIDTH nearest tracks of every waypoint that pass the filter, and once more those of every
   track of the best path through them.
3. **Versions** of a song are one candidate: the same artist and title, or nearly the same vector.
4. **Cost** of a path x_0 = a, ..., x_(n-1) = b:

       sum_k d(x_(k-1), x_k)^4  +  PROGRESS sum_k (p(x_k) - k / (n-1))^2        p(x) = d(a, x) / (d(a, x) + d(x, b))

   The fourth power makes one large step dearer than several small ones.
5. **Search** by `catalog.journeys.paths`, with at most so many tracks by one artist and from one album.
6. **Variety** multiplies the cost of every step by exp(variety * NOISE * g), g normal, of the seed.
7. **Relaxing**: if nothing fits, more candidates are fetched; then the limit per album is given up, then that per
   artist is doubled until it is given up as well, and at last the journey is shorter.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from catalog.engine import Conditions, Engine, Match, Point
from catalog.journeys.candidates import Candidates, candidates, neighbours
from catalog.journeys.centres import centred, centred_angles
from catalog.journeys.journey import NO_LIMIT, FoundJourney, Journey, Relaxed, Step
from catalog.journeys.paths import END, START, Quota, cheapest_path, costs_to_go
from catalog.payload import to_conditions_in, to_track
from catalog.validation import is_track_id
from polymuse.errors import NotFoundError, UserError
from polymuse.music import SCORE

WIDTH = 64  # neighbours of each waypoint
WIDE = 256  # the same, if the limits cannot be kept with those
MOST = 1000  # candidates; the cost of all steps between them is computed
PROGRESS = 1.0  # weight of even progress; for a step of a radian to cost as much, it must be a whole journey off
NOISE = 1.5  # of the logarithm of the cost of a step, at a variety of 1


def find_journey(journey: Journey, engine: Engine, centre: np.ndarray) -> FoundJourney:
    """The journey; `centre` [dim] is the mean of its stem.

    Raises NotFoundError for an end that is unknown, UserError for one without the stem.
    """
    ends = track_points(engine, [journey.start, journey.end], journey.stem)
    search = _Search(journey, engine, centre, ends)
    found = search.found(WIDTH) or search.found(WIDE) or search.relaxed()
    vectors = found.candidates.vectors
    steps = []
    for before, row in zip([None, *found.rows], found.rows, strict=False):
        track = to_track(found.candidates.ids[row], found.candidates.payloads[row])
        nearer = None if before is None else float(vectors[row] @ vectors[before])
        steps.append(Step(track, nearer, float(vectors[row] @ vectors[START])))
    return FoundJourney(tuple(steps), found.relaxed, found.per_artist, found.per_album)


def track_points(engine: Engine, ids: Sequence[str], stem: str) -> list[Point]:
    """The points of these tracks, with this vector. Raises NotFoundError, and UserError for one without the stem."""
    stored = {point.id: point for point in engine.retrieve([each for each in ids if is_track_id(each)], [stem])}
    for each in ids:
        if each not in stored:
            raise NotFoundError(f"No track {each} in the catalog", "Take the id from a search or a listing.")
        if stem not in stored[each].vectors or stem not in stored[each].payload["has"]:
            title = to_track(each, stored[each].payload).title
            raise UserError(
                f'"{title}" has no stem "{stem}"', f"It has {', '.join(sorted(stored[each].payload['has']))}."
            )
    return [stored[each] for each in ids]


def passing(where: Conditions, exclude: Iterable[str], *, scores: bool) -> Conditions:
    """The conditions with the tracks that are left out, and without scores, which nobody can play."""
    kinds = () if scores else (Match("kind", (SCORE,)),)
    valid = frozenset(each for each in exclude if is_track_id(each))
    return replace(where, must_not=(*where.must_not, *kinds), exclude_ids=valid)


def arc(start: np.ndarray, end: np.ndarray, count: int) -> np.ndarray:
    """[count, dim] of norm 1 at equal angles from `start` to `end`, both [dim] of norm 1 (Shoemake 1985)."""
    parts = np.linspace(0, 1, count)[:, None]
    angle = float(np.arccos(np.clip(start @ end, -1, 1)))
    if np.sin(angle) < 1e-3:  # the same or opposite: any arc is as good
        mixed = (1 - parts) * start + parts * end
    else:
        mixed = (np.sin((1 - parts) * angle) * start + np.sin(parts * angle) * end) / np.sin(angle)
    return (mixed / np.maximum(np.linalg.norm(mixed, axis=1, keepdims=True), 1e-6)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class _Found:
    rows: list[int]
    candidates: Candidates
    relaxed: tuple[Relaxed, ...]
    per_artist: int
    per_album: int


class _Search:
    """A journey while it is searched for."""

    def __init__(self, journey: Journey, engine: Engine, centre: np.ndarray, ends: Sequence[Point]) -> None:
        self._journey = journey
        self._engine = engine
        self._centre = centre
        self._ends = ends
        where = to_conditions_in(engine, journey.where)
        exclude = {*journey.exclude, journey.start, journey.end}
        self._where = passing(where, exclude, scores=bool(journey.where.kinds))
        self._more = True  # whether the library may have candidates that have not been fetched
        self._points: dict[str, Point] = {}  # all that have been fetched
        self._costs = self._costs_between(())

    def found(self, width: int) -> _Found | None:
        """The journey within its limits, among so many neighbours of each waypoint."""
        if not self._more:
            return None
        journey = self._journey
        stem, count, most = journey.stem, journey.count, MOST
        vectors = np.stack([end.vectors[stem] for end in self._ends])
        directions, distances = centred(vectors, self._centre)
        lengths = np.linspace(distances[0], distances[1], count)[1:-1, None]
        waypoints = self._centre + lengths * arc(directions[0], directions[1], count)[1:-1]
        ids, more = neighbours(self._engine, stem, _units(waypoints), width, most, self._where)
        self._costs = self._costs_between(ids)
        if ids:
            path = self._costs.path(min(count, self._costs.rows), ())
            inner = self._costs.candidates.vectors[(path or [])[1:-1]]
            if len(inner):
                nearby, more_nearby = neighbours(self._engine, stem, inner, width, most, self._where)
                more = more or more_nearby
                ids = list(dict.fromkeys(chain_alternately(ids, nearby)))[:most]
                self._costs = self._costs_between(ids)
        self._more = more
        return self._within(journey.per_artist, journey.per_album, ())

    def relaxed(self) -> _Found:
        """The journey with the limits that can be kept, and at last with fewer tracks."""
        given_up: tuple[Relaxed, ...] = ()
        for given_up, per_artist in self._looser():
            found = self._within(per_artist, NO_LIMIT, given_up)
            if found:
                return found
        costs = self._costs
        rows = costs.path(min(self._journey.count, costs.rows), ())
        return _Found(rows or [START, END], costs.candidates, (*given_up, "count"), NO_LIMIT, NO_LIMIT)

    def _looser(self) -> Iterator[tuple[tuple[Relaxed, ...], int]]:
        journey = self._journey
        album: tuple[Relaxed, ...] = ("album",) if journey.per_album else ()
        if album:
            yield album, journey.per_artist
        limit = 2 * journey.per_artist
        while 0 < limit < journey.count:
            yield (*album, "artist"), limit
            limit *= 2
        if journey.per_artist:
            yield (*album, "artist"), NO_LIMIT

    def _within(self, per_artist: int, per_album: int, relaxed: tuple[Relaxed, ...]) -> _Found | None:
        costs = self._costs
        between = self._journey.count - 2
        quotas = (Quota(costs.artists, per_artist), Quota(costs.albums, per_album))
        if costs.rows - 2 < between or any(quota.room() < between for quota in quotas):
            return None
        rows = costs.path(self._journey.count, quotas)
        return None if rows is None else _Found(rows, costs.candidates, relaxed, per_artist, per_album)

    def _costs_between(self, ids: Sequence[str]) -> "_Costs":
        stem = self._journey.stem
        new = [each for each in ids if each not in self._points]
        stored = self._engine.retrieve(new, [stem]) if new else []
        self._points |= {point.id: point for point in stored if stem in point.vectors}
        between = [self._points[each] for each in ids if each in self._points]  # others were deleted meanwhile
        return _Costs(candidates(stem, self._ends, between), self._centre, self._journey)


class _Costs:
    """The costs of all steps between candidates."""

    def __init__(self, chosen: Candidates, centre: np.ndarray, journey: Journey) -> None:
        self.candidates = chosen
        self.rows = len(chosen.ids)
        self.artists, self.albums = chosen.artists(), chosen.albums()
        angles = centred_angles(chosen.vectors, chosen.cosines, centre)
        from_start, to_end = angles[START], angles[END]
        whole = from_start + to_end
        self._progress = np.where(whole > 1e-3, from_start / np.maximum(whole, 1e-3), np.nan)
        self._edges = np.square(np.square(angles))
        if journey.variety:
            random = np.random.default_rng(journey.seed)
            noise = random.standard_normal(self._edges.shape, np.float32)
            self._edges *= np.exp(np.float32(journey.variety * NOISE) * noise)
        np.fill_diagonal(self._edges, np.inf)
        self._to_go: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def path(self, count: int, quotas: Sequence[Quota]) -> list[int] | None:
        """The rows of the best path of `count` tracks; None if there is none within the quotas."""
        if count <= 2:
            return [START, END]
        if count not in self._to_go:
            even = np.linspace(0, 1, count, dtype=np.float32)[:, None]
            nodes = (PROGRESS * np.square(np.nan_to_num(self._progress - even))).astype(np.float32)
            self._to_go[count] = nodes, costs_to_go(self._edges, nodes)
        nodes, to_go = self._to_go[count]
        return cheapest_path(self._edges, nodes, to_go, quotas)


def chain_alternately(first: Sequence[str], second: Sequence[str]) -> Iterator[str]:
    """The items of two sequences, taken in turn."""
    for place in range(max(len(first), len(second))):
        yield from first[place : place + 1]
        yield from second[place : place + 1]


def _units(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)).astype(np.float32)
