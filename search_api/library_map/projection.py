"""Vectors -> points on a plane where neighbours stay neighbours: t-SNE of landmarks, the others placed between them.

t-SNE (van der Maaten, Accelerating t-SNE using Tree-Based Algorithms, JMLR 2014) takes time more than linear in the
number of points; LANDMARKS of them keep it under a minute on one core, whatever the size of the library.
"""

from typing import Any

import numpy as np

LANDMARKS = 3000
SEED = 0  # the same library gives the same map
PERPLEXITY = 30.0  # about how many neighbours of each point count
FEWEST = 10  # points; fewer are laid out by their principal components
COMPONENTS = 50  # of the vectors that t-SNE looks at, as its authors advise
NEIGHBOURS = 3  # landmarks between which another point is placed
BLOCK = 4096  # points placed at once


def choose_landmarks(count: int) -> np.ndarray:
    """Sorted positions of the landmarks, at most LANDMARKS, among `count` points."""
    chosen = np.random.default_rng(SEED).choice(count, min(count, LANDMARKS), replace=False)
    return np.sort(chosen)


def project(vectors: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """[n, dim] float32 of norm 1, positions of landmarks -> [n, 2] float32 from 0 to 1."""
    marked = np.asarray(vectors[landmarks])
    places = _scaled(_flat(marked))
    if len(landmarks) == len(vectors):
        return places
    points = place_between(vectors, marked, places)
    points[landmarks] = places
    return points


def place_between(vectors: np.ndarray, landmarks: np.ndarray, places: np.ndarray) -> np.ndarray:
    """[n, dim] vectors, [m, dim] landmarks and their [m, 2] places -> [n, 2]: the mean of the nearest places.

    A landmark at distance d weighs exp(-(d / d_1)^2), where d_1 is the distance of the nearest.
    """
    points = np.empty((len(vectors), 2), np.float32)
    count = min(NEIGHBOURS, len(landmarks))
    for start in range(0, len(vectors), BLOCK):
        cosines = np.asarray(vectors[start : start + BLOCK]) @ landmarks.T
        nearest = np.argpartition(-cosines, count - 1, axis=1)[:, :count]
        squares = 2 - 2 * np.take_along_axis(cosines, nearest, axis=1)  # of distances, as all norms are 1
        weights = np.exp(-squares / np.maximum(squares.min(axis=1, keepdims=True), 1e-6))
        weights /= weights.sum(axis=1, keepdims=True)
        points[start : start + BLOCK] = np.einsum("nk,nkd->nd", weights, places[nearest])
    return points


def _flat(vectors: np.ndarray) -> np.ndarray:
    """[n, dim] -> [n, 2]"""
    count = len(vectors)
    if count < FEWEST:
        return principal(vectors, 2)
    from sklearn.manifold import TSNE  # brings scipy
    from threadpoolctl import threadpool_limits

    components = principal(vectors, COMPONENTS)
    start: Any = _start(components)  # what types are inferred from, a default, is a string
    tsne = TSNE(perplexity=min(PERPLEXITY, (count - 1) / 3), init=start, random_state=SEED)
    with threadpool_limits(1):  # the order of sums is part of the map; and threads that wait for each other are slow
        return tsne.fit_transform(components)


def _start(components: np.ndarray) -> np.ndarray:
    """[n, 2] float32 of deviation 0.0001 along the first component, as scikit-learn does it, but no two points equal.

    Where all are, scikit-learn divides by nothing, and its tree of positions crashes the process
    (https://github.com/scikit-learn/scikit-learn/issues/28368).
    """
    spread = max(float(components[:, 0].std()), 1e-6)
    jitter = np.random.default_rng(SEED).normal(scale=1e-7, size=(len(components), 2))
    return (components[:, :2] / spread * 1e-4 + jitter).astype(np.float32)


def principal(vectors: np.ndarray, count: int) -> np.ndarray:
    """[n, dim] -> [n, count]: along the directions of most variance, zeros where there are fewer."""
    centred = vectors - vectors.mean(axis=0, keepdims=True) if len(vectors) else vectors
    left, values, _ = np.linalg.svd(centred, full_matrices=False)
    found = (left * values)[:, :count]
    return np.pad(found, ((0, 0), (0, count - found.shape[1]))).astype(np.float32)


def _scaled(points: np.ndarray) -> np.ndarray:
    """Into the unit square, the aspect kept."""
    if not len(points):
        return points.astype(np.float32)
    low, high = points.min(axis=0), points.max(axis=0)
    size = max(float((high - low).max()), 1e-9)
    return ((points - (low + high) / 2) / size + 0.5).astype(np.float32)
