"""Rank candidates: minimum score, near-duplicates, diversity, pages.

Hits are computed in stages: the first 20 from a small pool of candidates, hits up to 100 from a larger one, and so on.
Each stage continues the previous one, regardless of the requested page. So the pages of a query neither repeat nor skip
a track, as long as the engine returns bit-identical scores and nothing is written meanwhile. The price: a track that is
near only in the sum of several stems may be found in a later stage than its score deserves.
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

STAGES = (20, 100, 400, MAX_DEPTH)  # number of hits at the end of each stage
POOL = 10  # candidates per hit and stem for several stems, because few are near in all of them
COMPARED = 4  # candidates per hit that are compared with each other
# Cosine from which two mixes are the same recording: above every pair of different ones among 336 tracks of game music
# with the starter profile, below that of a recording and its MP3 of 128 kbit/s; see docs/searching.md.
NEAR_DUPLICATE = 0.995


def rank(query: Query, nearest: NearestTracks, engine: Engine, seeds: Sequence[np.ndarray]) -> list[Ranked]:
    """The hits up to the end of the page. `seeds` are mixes [dim] whose near-duplicates are excluded."""
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
    """Picks hits one by one, each depending on the ones before."""

    query: Query
    engine: Engine
    picked: list[Ranked] = field(default_factory=list)
    _rows: list[np.ndarray] = field(default_factory=list)  # of the picked hits, see `_row`
    _mixes: list[np.ndarray] = field(default_factory=list)  # of the seeds and the picked hits

    @property
    def compares(self) -> bool:
        """Whether a hit depends on earlier ones."""
        return self.query.diversity > 0 or self.query.without_duplicates

    def pick(self, candidates: Sequence[Ranked], end: int) -> bool:
        """Pick until there are `end` hits or no candidate is left. Returns whether none is left."""
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
        scores = -np.sort(-np.array([each.score for each in candidates]))  # of the places: names come before scores
        redundancy = _highest(rows, self._rows)  # similarity to the most similar hit so far
        eligible = self._is_distinct(_highest(mixes, self._mixes))
        while len(self.picked) < end and eligible.any():
            penalty = self.query.diversity * redundancy if self.picked else 0.0
            value = np.where(eligible, (1 - self.query.diversity) * scores - penalty, -np.inf)
            best = int(np.argmax(value))  # ties: the higher score, then the smaller id
            eligible[best] = False
            eligible &= self._is_distinct(mixes @ mixes[best])
            redundancy = np.maximum(redundancy, rows @ rows[best])
            self.picked.append(candidates[best])
            self._rows.append(rows[best])
            self._mixes.append(mixes[best])

    def _is_distinct(self, similarity: np.ndarray) -> np.ndarray:
        """Whether candidates with this similarity of their mixes to another are no near-duplicates of it."""
        return ~(self.query.without_duplicates & (similarity >= NEAR_DUPLICATE))

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
    """The largest dot product of each row with the others; -inf if there are none."""
    return (rows @ np.stack(others).T).max(axis=1) if others else np.full(len(rows), -np.inf)
