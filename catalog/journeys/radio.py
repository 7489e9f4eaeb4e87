"""Radio: what to play next, for ever, without repeating a song.

It keeps no state: each request names what was played. A track x that was not, and is no version of what was, scores

    cos(x, s)  +  LIKED max(0, cos(x, l))  -  DISLIKED max(0, cos(x, d))  +  SMOOTH cos(x, t)  +  NOISE g

with s the mean direction of the seeds, l the nearest of the tracks that are liked, d the nearest of those disliked, t
the track before, and g normal. All directions are from the mean of the library (`catalog.journeys.centres`). The seed
of g is made of the seeds and the number of tracks played, so that the same request has the same answer.

Candidates are the nearest tracks of s, of t and of the last tracks liked. As what was played is never played again, the
radio moves outwards from its seeds, and every like opens another place to go on from.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

import numpy as np

from catalog.engine import Conditions, Engine, Match, Point, walk
from catalog.filters import Filter
from catalog.journeys.candidates import neighbours
from catalog.journeys.centres import centred
from catalog.journeys.journey import MAX_EXCLUDED, check_number
from catalog.journeys.versions import SAME_RECORDING, album_key, artist_keys, song_key
from catalog.payload import to_conditions_in, to_track
from catalog.track import Track
from catalog.validation import is_track_id
from polymuse.errors import NotFoundError, UserError
from polymuse.music import MIX, SCORE

MAX_COUNT = 100  # tracks of one answer
MAX_SEEDS = 100  # ids
MAX_GAP = 100  # tracks
LIKED, DISLIKED, SMOOTH, NOISE = 0.6, 0.8, 0.3, 0.05
REMEMBERED = 30  # of the latest tracks liked and disliked
PLACES = 8  # of the latest tracks liked, whose neighbours are candidates
WIDTH, WIDE = 64, 400  # neighbours of each place, and if those do not suffice
MOST = 800  # candidates

Gap: TypeAlias = Literal["album", "artist"]
_ATTEMPTS: tuple[tuple[int, tuple[Gap, ...]], ...] = (
    (WIDTH, ()),
    (WIDE, ()),
    (WIDE, ("album",)),
    (WIDE, ("album", "artist")),
)  # neighbours, and the gaps that are given up


@dataclass(frozen=True, slots=True)
class Radio:
    """A request for the `count` tracks that come next. Unknown ids are ignored, as tracks may be deleted meanwhile.

    `recent` are the tracks played last, in their order. Between two tracks with an artist in common are at least
    `artist_gap` others, between two of one album `album_gap`.
    """

    seeds: tuple[str, ...]  # ids of tracks
    liked: tuple[str, ...] = ()
    disliked: tuple[str, ...] = ()
    exclude: frozenset[str] = frozenset()  # all that was played
    recent: tuple[str, ...] = ()
    count: int = 10
    stem: str = MIX
    artist_gap: int = 5
    album_gap: int = 10
    where: Filter = field(default_factory=Filter)


@dataclass(frozen=True, slots=True)
class RadioTracks:
    """What comes next; with fewer tracks than asked for, the library has no others, and the radio may begin again."""

    tracks: tuple[Track, ...]
    exhausted: bool
    relaxed: tuple[Gap, ...]  # gaps that could not be kept throughout


def check_radio(radio: Radio) -> None:
    """Raises UserError for a request that cannot be answered in any library."""
    if not radio.seeds:
        raise UserError("The radio has no seed", "Name at least one track.")
    check_number("An answer of the radio has", radio.count, "tracks", 1, MAX_COUNT)
    check_number("The radio begins with", len(radio.seeds), "tracks", 1, MAX_SEEDS)
    for name, gap in (("artist", radio.artist_gap), ("album", radio.album_gap)):
        check_number(f"Between tracks of one {name} are", gap, "others", 0, MAX_GAP)
    for names in (radio.liked, radio.disliked, radio.recent, radio.exclude):
        check_number("A list of the radio has", len(names), "tracks", 0, MAX_EXCLUDED)


def find_radio(radio: Radio, engine: Engine, centre: np.ndarray) -> RadioTracks:
    """What comes next; `centre` [dim] is the mean of the stem.

    Raises NotFoundError if no seed is known, UserError if none has the stem.
    """
    search = _Search(radio, engine, centre)
    best: list[Point] = []
    relaxed: tuple[Gap, ...] = ()
    for width, without in _ATTEMPTS:
        picked = search.picked(width, without)
        if len(picked) > len(best):
            best, relaxed = picked, without
        if len(best) == radio.count:
            break
    tracks = tuple(to_track(point.id, point.payload) for point in best)
    return RadioTracks(tracks, len(tracks) < radio.count, relaxed)


class _Search:
    """The search for what comes next, in candidates that are fetched once."""

    def __init__(self, radio: Radio, engine: Engine, centre: np.ndarray) -> None:
        self._radio, self._engine, self._centre = radio, engine, centre
        self._played = _valid((*radio.seeds, *radio.liked, *radio.disliked, *radio.recent, *radio.exclude))
        wanted = (radio.seeds, radio.liked[-REMEMBERED:], radio.disliked[-REMEMBERED:], radio.recent[-MAX_GAP:])
        names = _valid([each for ids in wanted for each in ids])
        self._known = {point.id: point for point in engine.retrieve(names, [radio.stem])}
        self._seeds = self._of(radio.seeds)
        self._check_seeds()
        self._liked, self._disliked = self._of(wanted[1]), self._of(wanted[2])
        self.before = [self._known[each] for each in (radio.recent[-MAX_GAP:] or radio.seeds) if each in self._known]
        songs = walk(engine, Conditions(only_ids=frozenset(self._played)), ["title", "artist"])
        self._songs = {song_key(point.payload) for point in songs} - {""}
        self._where = self._conditions()
        self._copies: set[str] = set()  # of tracks that were played
        self._fetched: dict[int, tuple[list[Point], np.ndarray]] = {}

    def picked(self, width: int, without: Sequence[Gap]) -> list[Point]:
        """What comes next without these gaps, among so many neighbours of each place."""
        while True:
            picked = self._pick(*self._candidates(width), without)
            copies = self._copies_among(picked)
            if not copies:
                return picked
            self._copies |= copies

    def _pick(self, points: Sequence[Point], scores: np.ndarray, without: Sequence[Gap]) -> list[Point]:
        stem, radio = self._radio.stem, self._radio
        gaps = [] if "artist" in without else [(radio.artist_gap, _artists)]
        gaps += [] if "album" in without else [(radio.album_gap, _album)]
        if not points:
            return []
        vectors = np.stack([point.vectors[stem] for point in points])
        directions, _ = centred(vectors, self._centre)
        free = np.array([point.id not in self._copies for point in points])
        songs = [song_key(point.payload) for point in points]
        sequence, picked = [*self.before], []
        while len(picked) < radio.count and free.any():
            last = self._direction(sequence[-1]) if sequence else None
            value = scores if last is None else scores + SMOOTH * (directions @ last)
            close = [(kind, {key for each in sequence[-gap:] for key in kind(each)}) for gap, kind in gaps if gap]
            order = np.argsort(-np.where(free, value, -np.inf), kind="stable")[: int(free.sum())]
            row = next((row for row in order if not any(used & {*kind(points[row])} for kind, used in close)), None)
            if row is None:
                break
            picked.append(points[row])
            sequence.append(points[row])
            free &= vectors @ vectors[row] < SAME_RECORDING
            free[row] = False
            free &= np.array([not song or song != songs[row] for song in songs])
        return picked

    def _candidates(self, width: int) -> tuple[list[Point], np.ndarray]:
        """Tracks that may come next, with their scores but for what depends on the track before."""
        if width in self._fetched:
            return self._fetched[width]
        radio = self._radio
        places = [self._place(self._seeds), *(self._place([each]) for each in self._liked[-PLACES:])]
        places += [self._place([each]) for each in self.before[-1:] if radio.stem in each.vectors]
        queries = np.stack(places).astype(np.float32)
        ids, _ = neighbours(self._engine, radio.stem, queries, width, MOST, self._where)
        stored = {point.id: point for point in self._engine.retrieve(ids, [radio.stem])} if ids else {}
        points = [stored[each] for each in ids if each in stored and radio.stem in stored[each].vectors]
        points = [point for point in points if song_key(point.payload) not in self._songs]
        known = [point.vectors[radio.stem] for point in self._known.values() if radio.stem in point.vectors]
        if points and known:
            highest = (np.stack([point.vectors[radio.stem] for point in points]) @ np.stack(known).T).max(axis=1)
            points = [point for point, cosine in zip(points, highest, strict=True) if cosine < SAME_RECORDING]
        self._fetched[width] = points, self._scores(points)
        return self._fetched[width]

    def _scores(self, points: Sequence[Point]) -> np.ndarray:
        if not points:
            return np.zeros(0)
        directions, _ = centred(np.stack([point.vectors[self._radio.stem] for point in points]), self._centre)
        scores = directions @ self._mean_direction(self._seeds)
        for factor, others in ((LIKED, self._liked), (-DISLIKED, self._disliked)):
            if others:
                near = directions @ np.stack([self._direction(each) for each in others]).T
                scores = scores + factor * np.maximum(near.max(axis=1), 0)
        seed = zlib.crc32(" ".join(sorted(self._radio.seeds)).encode()) + len(self._played)
        return scores + NOISE * np.random.default_rng(seed).standard_normal(len(points))

    def _copies_among(self, picked: Sequence[Point]) -> set[str]:
        """Those whose vector is nearly that of a track that was played, however it is named."""
        played = frozenset(self._played) - self._known.keys()  # these have been compared already
        if not (picked and played):
            return set()
        stem = self._radio.stem
        vectors = np.stack([point.vectors[stem] for point in picked])
        near = self._engine.nearest_many(stem, vectors, 1, Conditions(only_ids=played))
        names = sorted({each for ids in near for each in ids})
        stored = {point.id: point for point in self._engine.retrieve(names, [stem], payload=False)} if names else {}
        return {
            point.id
            for point, vector, ids in zip(picked, vectors, near, strict=True)
            if any(each in stored and stored[each].vectors[stem] @ vector >= SAME_RECORDING for each in ids)
        }

    def _conditions(self) -> Conditions:
        where = to_conditions_in(self._engine, self._radio.where)
        played = frozenset(self._played)
        return replace(where, must_not=(*where.must_not, Match("kind", (SCORE,))), exclude_ids=played)

    def _check_seeds(self) -> None:
        if self._seeds:
            return
        found = [self._known[each] for each in self._radio.seeds if each in self._known]
        if not found:
            raise NotFoundError(
                f"No track {self._radio.seeds[0]} in the catalog", "Take the id from a search or a listing."
            )
        title = to_track(found[0].id, found[0].payload).title
        raise UserError(f'"{title}" has no stem "{self._radio.stem}"', f"It has {', '.join(found[0].payload['has'])}.")

    def _of(self, ids: Sequence[str]) -> list[Point]:
        known = (self._known[each] for each in ids if each in self._known)
        return [each for each in known if self._radio.stem in each.vectors]

    def _direction(self, point: Point) -> np.ndarray:
        return centred(point.vectors[self._radio.stem][None], self._centre)[0][0]

    def _mean_direction(self, points: Sequence[Point]) -> np.ndarray:
        total = np.sum([self._direction(each) for each in points], axis=0)
        return total / max(float(np.linalg.norm(total)), 1e-6)

    def _place(self, points: Sequence[Point]) -> np.ndarray:
        """A vector of norm 1 whose nearest tracks lie in the mean direction of some."""
        _, distances = centred(np.stack([point.vectors[self._radio.stem] for point in points]), self._centre)
        place = self._centre + distances.mean() * self._mean_direction(points)
        return place / max(float(np.linalg.norm(place)), 1e-6)


def _artists(point: Point) -> tuple[str, ...]:
    return artist_keys(point.payload)


def _album(point: Point) -> tuple[str, ...]:
    key = album_key(point.payload)
    return (key,) if key else ()


def _valid(ids: Sequence[str]) -> list[str]:
    return [each for each in dict.fromkeys(ids) if is_track_id(each)]
