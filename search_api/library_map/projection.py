"""Projection of vectors onto a plane that keeps neighbours close: t-SNE, with other points placed between its points.

The layout is that of openTSNE, which takes time in proportion to the number of points (Linderman et al., Fast
interpolation-based t-SNE, Nature Methods 2019). Of more than LAID_OUT points a sample is laid out. A layout can start
from an earlier one, so that the map of a library that has grown is still the map that people know.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

LAID_OUT = 100_000
LANDMARKS = 10_000  # points between which new ones are placed without the vectors of all others
SEED = 0  # the same library gives the same map
PERPLEXITY = 30.0  # roughly the number of neighbours of each point that count
MIN_POINTS = 10  # fewer points are laid out by their principal components
COMPONENTS = 50  # principal components that t-SNE works on, as its authors recommend
NEIGHBOURS = 3  # points between which another point is placed
BLOCK_BYTES = 2**26  # of what is computed at once

EXAGGERATED, EXAGGERATION = 125, 12.0  # iterations in which clusters find together, and how strongly they attract
ITERATIONS = 375
ITERATIONS_AGAIN = 125  # from an earlier layout
LEAST_RATE = (
    50.0  # of learning, as in scikit-learn: with openTSNE's own for few points, these would stay where they are
)
MANY = 10_000  # points from which on the forces are interpolated, as openTSNE recommends


@dataclass(frozen=True, slots=True)
class Layout:
    """A map of points in the unit square."""

    positions: np.ndarray  # [n, 2] float32, 0 to 1
    span: float  # the length of t-SNE that is 1 on the map, which a later layout starts with; 0 without t-SNE


def choose(count: int, most: int) -> np.ndarray:
    """Sorted indices of at most `most` points among `count`, at random."""
    chosen = np.random.default_rng(SEED).choice(count, min(count, most), replace=False)
    return np.sort(chosen)


def project(vectors: np.ndarray, start: np.ndarray | None = None, span: float = 0.0) -> Layout:
    """[n, dim] float32 of norm 1 -> their layout.

    `start`: [n, 2] the positions of an earlier layout with this `span`, NaN for points that it has not.
    """
    from threadpoolctl import threadpool_limits

    count = len(vectors)
    with threadpool_limits(1):  # the order of sums changes the map
        if count < MIN_POINTS:
            return _scaled(principal(vectors, 2), 0.0)
        components = principal(vectors, COMPONENTS)
        chosen = choose(count, LAID_OUT)
        marked = components[chosen]
        affinities = _affinities(marked)
        begin = _start(marked) if start is None or not span else _earlier(start[chosen] * span, affinities)
        points = np.empty((count, 2), np.float32)
        points[chosen] = _laid_out(affinities, begin, again=begin is not None and start is not None and span > 0)
        others = np.setdiff1d(np.arange(count), chosen, assume_unique=True)
        for block in _blocks(others, COMPONENTS):
            nearest, distances = affinities.knn_index.query(components[block], NEIGHBOURS)
            points[block] = _between(points[chosen][nearest], distances**2)
    return _scaled(points, 1.0)


def place_between(vectors: np.ndarray, landmarks: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """[n, dim] vectors, [m, dim] landmarks and their [m, 2] positions -> [n, 2]: means of the nearest positions."""
    points = np.empty((len(vectors), 2), np.float32)
    count = min(NEIGHBOURS, len(landmarks))
    for block in _blocks(np.arange(len(vectors)), len(landmarks)):
        cosines = np.asarray(vectors[block]) @ landmarks.T
        nearest = np.argpartition(-cosines, count - 1, axis=1)[:, :count]
        squares = 2 - 2 * np.take_along_axis(cosines, nearest, axis=1)  # as all norms are 1
        points[block] = _between(positions[nearest], squares)
    return points


def principal(vectors: np.ndarray, count: int) -> np.ndarray:
    """[n, dim] -> [n, count] float32: principal components, padded with zeros if there are fewer. Reads in blocks."""
    size, dim = vectors.shape
    blocks = list(_blocks(np.arange(size), 2 * dim))
    mean = sum((np.asarray(vectors[block]).sum(axis=0, dtype=np.float64) for block in blocks), np.zeros(dim))
    mean /= max(size, 1)
    scatter = np.zeros((dim, dim))
    for block in blocks:
        centred = np.asarray(vectors[block]) - mean
        scatter += centred.T @ centred
    axes = np.linalg.eigh(scatter)[1][:, ::-1][:, :count]
    axes *= np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])  # LAPACKs differ in the signs
    found = np.zeros((size, count), np.float32)
    for block in blocks:
        found[block, : axes.shape[1]] = (np.asarray(vectors[block]) - mean) @ axes
    return found


def _affinities(components: np.ndarray) -> Any:
    from openTSNE.affinity import PerplexityBasedNN

    perplexity: Any = min(PERPLEXITY, (len(components) - 1) / 3)  # the type inferred from the default is int
    return PerplexityBasedNN(components, perplexity, n_jobs=1, random_state=SEED)


def _start(components: np.ndarray) -> np.ndarray:
    """[n, 2] with deviation 0.0001 along the first component, without equal points: they would never part."""
    spread = max(float(components[:, 0].std()), 1e-6)
    jitter = np.random.default_rng(SEED).normal(scale=1e-7, size=(len(components), 2))
    return components[:, :2] / spread * 1e-4 + jitter


def _earlier(positions: np.ndarray, affinities: Any) -> np.ndarray:
    """[n, 2] positions of t-SNE without NaN: a new point starts where its neighbours are, which it may follow."""
    known = np.isfinite(positions[:, 0])
    begin = np.where(known[:, None], positions, np.nanmean(positions, axis=0))
    for point in np.flatnonzero(~known):
        row = affinities.P[point]
        kin, weights = row.indices[known[row.indices]], row.data[known[row.indices]]
        if len(kin):
            begin[point] = np.average(positions[kin], axis=0, weights=weights)
    return begin + np.random.default_rng(SEED).normal(scale=1e-3, size=begin.shape)


def _laid_out(affinities: Any, begin: np.ndarray, *, again: bool) -> np.ndarray:
    """[n, 2] float32: t-SNE from these positions."""
    from openTSNE import TSNEEmbedding

    rate = max(float(len(begin)), LEAST_RATE)  # of learning (Belkina et al., Nature Communications 2019)
    method = "fft" if len(begin) > MANY else "bh"
    embedding = TSNEEmbedding(
        begin - begin.mean(axis=0), affinities, negative_gradient_method=method, n_jobs=1, random_state=SEED
    )
    if again:
        embedding = embedding.optimize(ITERATIONS_AGAIN, momentum=0.8, learning_rate=rate)
    else:
        early = max(rate / EXAGGERATION, LEAST_RATE)
        embedding = embedding.optimize(EXAGGERATED, learning_rate=early, exaggeration=EXAGGERATION, momentum=0.5)
        embedding = embedding.optimize(ITERATIONS, momentum=0.8, learning_rate=rate)
    return np.asarray(embedding, np.float32)


def _between(positions: np.ndarray, squares: np.ndarray) -> np.ndarray:
    """[n, k, 2] positions of neighbours, [n, k] squared distances -> [n, 2].

    A neighbour at distance d has the weight exp(-(d / d_1)^2), where d_1 is the distance of the nearest.
    """
    weights = np.exp(-squares / np.maximum(squares.min(axis=1, keepdims=True), 1e-6))
    weights /= weights.sum(axis=1, keepdims=True)
    return np.einsum("nk,nkd->nd", weights, positions)


def _blocks(indices: np.ndarray, width: int) -> Iterator[np.ndarray]:
    """The indices in parts; of each, `width` float32 per index take at most BLOCK_BYTES."""
    size = max(1, BLOCK_BYTES // (4 * max(width, 1)))
    for begin in range(0, len(indices), size):
        yield indices[begin : begin + size]


def _scaled(points: np.ndarray, unit: float) -> Layout:
    """Scale the points to the unit square, keeping the aspect ratio; `unit`: the length of the layout that 1 was."""
    if not len(points):
        return Layout(points.astype(np.float32), 0.0)
    low, high = points.min(axis=0), points.max(axis=0)
    size = max(float((high - low).max()), 1e-9)
    return Layout(((points - (low + high) / 2) / size + 0.5).astype(np.float32), size * unit)
