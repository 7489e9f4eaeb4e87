"""From candidates to the order of the hits: minimum score, near-duplicates, diversity, pages.

The hits are worked out in stages: the first 20 from a small pool of candidates, those up to 100 from a larger one, and
so on. Each stage goes on where the one before stopped, whatever page is asked for. So the pages of one query neither
repeat nor skip a track, as long as the engine gives the same points the same scores, to the last bit: nothing may be
written meanwhile. The price is that a track which is near in no stem alone, but in the sum of several, may come after a
stage in which its score would have given it a place.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from catalog.candidates import NearestTracks, Ranked
from catalog.engine import Engine
from catalog.query import Query
from catalog.search_options import MAX_DEPTH
from polymuse.music import MIX

STAGES = (20, 100, 400, MAX_DEPTH)  # hits that are worked out up to the end of each
POOL = 10  # candidates per hit in each of several stems, where those near in one need not be near in all
COMPARED = 4  # candidates per hit that are compared with one another
# Cosine of two mixes that count as one recording: above every pair of different ones among 336 tracks of game music
# with the starter profile, below what an MP3 of 128 kbit/s made of the same; see docs/searching.md.
NEAR_DUPLICATE = 0.995


def rank(query: Query, nearest: NearestTracks, engine: Engine, seeds: Sequence[np.ndarray]) -> list[Ranked]:
    """The hits up to the end of the page. `seeds` [dim] are the mixes of which none may be a near-duplicate."""
    depth = query.offset + query.limit
    lowest = -math.inf if query.min_score is None else query.min_score
    picker = _Picker(query, engine, _mixes=list(seeds))
    width = POOL if len(query.stems) > 1 else COMPARED if picker.compares else 1
    for end in STAGES:
        pool = nearest(width * end)
        complete = picker.pick([each for each in pool.ranked if each.score >= lowest], end)
        exhausted = complete and (pool.bound == -math.inf or pool.bound < lowest)
        if len(picker.picked) >= depth or exhausted:
            break
    return picker.picked[:depth]


@dataclass(slots=True)
class _Picker:
    """Picks hits one after the other, each with regard to those before."""

    query: Query
    engine: Engine
    picked: list[Ranked] = field(default_factory=list)
    _rows: list[np.ndarray] = field(default_factory=list)  # of those picked, as `_row`
    _mixes: list[np.ndarray] = field(default_factory=list)  # of the seeds and of those picked

    @property
    def compares(self) -> bool:
        """Whether a hit depends on those before."""
        return self.query.diversity > 0 or self.query.without_duplicates

    def pick(self, candidates: Sequence[Ranked], end: int) -> bool:
        """Picks until there are `end` hits or no candidate is left; says whether none is left."""
        known = {each.id for each in self.picked}
        fresh = [each for each in candidates if each.id not in known]
        if not self.compares:
            self.picked += fresh[: end - len(self.picked)]
            return len(self.picked) < end
        self._pick_compared(fresh[: COMPARED * end], end)
        return len(self.picked) < end and len(fresh) <= COMPARED * end

    def _pick_compared(self, candidates: Sequence[Ranked], end: int) -> None:
        vectors = self._vectors(candidates)
        candidates = [each for each in candidates if each.id in vectors]
        if not candidates:
            return
        rows = np.stack([self._row(vectors[each.id]) for each in candidates])
        mixes = np.stack([vectors[each.id][MIX] for each in candidates])
        scores = np.array([each.score for each in candidates])
        redundancy = _highest(rows, self._rows)  # likeness to the most similar hit so far
        eligible = self._unlike(_highest(mixes, self._mixes))
        while len(self.picked) < end and eligible.any():
            penalty = self.query.diversity * redundancy if self.picked else 0.0
            value = np.where(eligible, (1 - self.query.diversity) * scores - penalty, -np.inf)
            best = int(np.argmax(value))  # the first of equals: the better score, then the smaller id
            eligible[best] = False
            eligible &= self._unlike(mixes @ mixes[best])
            redundancy = np.maximum(redundancy, rows @ rows[best])
            self.picked.append(candidates[best])
            self._rows.append(rows[best])
            self._mixes.append(mixes[best])

    def _unlike(self, likeness: np.ndarray) -> np.ndarray:
        """Which candidates this likeness of their mixes to another does not rule out."""
        return ~(self.query.without_duplicates & (likeness >= NEAR_DUPLICATE))

    def _vectors(self, candidates: Sequence[Ranked]) -> dict[str, Mapping[str, np.ndarray]]:
        names = sorted({MIX, *self.query.stems})
        points = self.engine.retrieve([each.id for each in candidates], names, payload=False)
        return {point.id: point.vectors for point in points}

    def _row(self, vectors: Mapping[str, np.ndarray]) -> np.ndarray:
        """Rows whose dot products are sum_s w_s cos(a_s, b_s) / sum_s w_s."""
        weights = self.query.stems
        total = sum(weights.values())
        blank = np.zeros_like(vectors[MIX])
        return np.concatenate([math.sqrt(weights[s] / total) * vectors.get(s, blank) for s in weights])


def _highest(rows: np.ndarray, others: Sequence[np.ndarray]) -> np.ndarray:
    """The largest dot product of each row with one of the others; -inf where there are none."""
    return (rows @ np.stack(others).T).max(axis=1) if others else np.full(len(rows), -np.inf)
