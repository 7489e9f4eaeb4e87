"""Groups of vectors that lie in the same direction from their mean: spherical k-means.

A grouping can begin with the centres of an earlier one, so that the groups of a library that has grown are still those
that people know. Of a large library a sample is grouped, and all tracks go to the nearest centre.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from catalog.journeys.centres import MIN_CENTRED, centred

SEED = 0  # the same library gives the same groups
SAMPLE = 20_000  # vectors that centres are found with
MOST = 40  # groups, about as many as a person looks through
FEWEST = 12  # tracks of a group on average
SLOPE = 0.6  # groups by the square root of the tracks: 6 of 100, 9 of 250, 19 of 1,000, 40 from 4,400 on
ROUNDS = 100
TRIED = 6  # places for each further centre
BLOCK_BYTES = 2**26  # of vectors at once


@dataclass(frozen=True, slots=True)
class Grouping:
    """The centres of groups: directions from a point."""

    point: np.ndarray  # [dim] float32, the mean of the library; 0 for a small one
    centres: np.ndarray  # [k, dim] float32 of norm 1

    def nearest(self, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """[n, dim] -> the group of each [n] int16, and its closeness to the centre [n] float32, a cosine."""
        groups = np.zeros(len(vectors), np.int16)
        closeness = np.zeros(len(vectors), np.float32)
        for block in _blocks(*vectors.shape):
            cosines = centred(np.asarray(vectors[block]), self.point)[0] @ self.centres.T
            groups[block] = cosines.argmax(axis=1)
            closeness[block] = cosines.max(axis=1)
        return groups, closeness


def how_many(tracks: int) -> int:
    """The number of groups of a library; 0 for none at all."""
    return min(MOST, max(min(tracks, 1), min(tracks // FEWEST, round(SLOPE * tracks**0.5))))


def group(vectors: np.ndarray, earlier: np.ndarray) -> Grouping:
    """[n, dim] float32 of norm 1, at least one, -> their groups.

    `earlier`: [m, dim] centres of norm 1 to begin with, the most important first; those of the result are in their
    order, and further ones follow.
    """
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    count = how_many(len(vectors))
    chosen = np.sort(np.random.default_rng(SEED).choice(len(vectors), min(SAMPLE, len(vectors)), replace=False))
    with threadpool_limits(1), warnings.catch_warnings():  # the order of sums changes the groups
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer different vectors than groups: some stay empty
        sample = np.asarray(vectors[chosen])
        point = np.zeros(sample.shape[1], np.float32)
        if len(sample) >= MIN_CENTRED:
            point = sample.mean(axis=0, dtype=np.float64).astype(np.float32)
        directions = centred(sample, point)[0]
        begin: Any = _spread(directions, earlier[:count], count)
        once: Any = 1  # the types inferred from the defaults are str
        found = KMeans(count, init=begin, n_init=once, max_iter=ROUNDS, random_state=SEED).fit(directions)
    norms = np.linalg.norm(found.cluster_centers_, axis=1, keepdims=True)
    return Grouping(point, (found.cluster_centers_ / np.maximum(norms, 1e-6)).astype(np.float32))


def _spread(directions: np.ndarray, known: np.ndarray, count: int) -> np.ndarray:
    """[count, dim]: known centres, and directions far from all before them (greedy k-means++)."""
    random = np.random.default_rng(SEED)
    centres = [*known.astype(np.float32)] or [directions[random.integers(len(directions))]]
    off = np.min([_squares(directions, centre) for centre in centres], axis=0)
    while len(centres) < count:
        total = off.sum()
        chances = off / total if total > 0 else None
        tried = random.choice(len(off), min(TRIED, len(off)), p=chances)  # of several, the one that helps most
        nearer = [np.minimum(off, _squares(directions, directions[place])) for place in tried]
        best = int(np.argmin([each.sum() for each in nearer]))
        centres.append(directions[tried[best]])
        off = nearer[best]
    return np.stack(centres)


def _squares(directions: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """[n] squared distances, for directions of norm 1."""
    return np.maximum(2 - 2 * (directions @ centre), 0).astype(np.float64)


def _blocks(count: int, width: int) -> Iterator[slice]:
    size = max(1, BLOCK_BYTES // (4 * max(width, 1)))
    for begin in range(0, count, size):
        yield slice(begin, begin + size)
