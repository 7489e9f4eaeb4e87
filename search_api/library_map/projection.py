"""Projection of vectors onto a plane that keeps neighbours close: t-SNE of landmarks, other points placed between them.

The time of t-SNE (van der Maaten, Accelerating t-SNE using Tree-Based Algorithms, JMLR 2014) grows faster than
linearly with the number of points; LANDMARKS of them keep it under a minute on one core for any size of library.
"""

from typing import Any

import numpy as np

LANDMARKS = 3000
SEED = 0  # the same library gives the same map
PERPLEXITY = 30.0  # roughly the number of neighbours of each point that count
MIN_POINTS = 10  # fewer points are laid out by their principal components
COMPONENTS = 50  # principal components that t-SNE works on, as its authors recommend
NEIGHBOURS = 3  # landmarks between which another point is placed
BLOCK = 4096  # points placed at once


def choose_landmarks(count: int) -> np.ndarray:
    """Sorted indices of at most LANDMARKS landmarks among `count` points."""
    chosen = np.random.default_rng(SEED).choice(count, min(count, LANDMARKS), replace=False)
    return np.sort(chosen)


def project(vectors: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """[n, dim] float32 of norm 1, indices of landmarks -> [n, 2] float32, 0 to 1."""
    marked = np.asarray(vectors[landmarks])
    positions = _scaled(_flat(marked))
    if len(landmarks) == len(vectors):
        return positions
    points = place_between(vectors, marked, positions)
    points[landmarks] = positions
    return points


def place_between(vectors: np.ndarray, landmarks: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """[n, dim] vectors, [m, dim] landmarks and their [m, 2] positions -> [n, 2]: means of the nearest positions.

    A landmark at distance d has the weight exp(-(d / d_1)^2), where d_1 is the distance of the nearest.
    """
    points = np.empty((len(vectors), 2), np.float32)
    count = min(NEIGHBOURS, len(landmarks))
    for start in range(0, len(vectors), BLOCK):
        cosines = np.asarray(vectors[start : start + BLOCK]) @ landmarks.T
        nearest = np.argpartition(-cosines, count - 1, axis=1)[:, :count]
        squares = 2 - 2 * np.take_along_axis(cosines, nearest, axis=1)  # squared distances, as all norms are 1
        weights = np.exp(-squares / np.maximum(squares.min(axis=1, keepdims=True), 1e-6))
        weights /= weights.sum(axis=1, keepdims=True)
        points[start : start + BLOCK] = np.einsum("nk,nkd->nd", weights, positions[nearest])
    return points


def _flat(vectors: np.ndarray) -> np.ndarray:
    """[n, dim] -> [n, 2]"""
    count = len(vectors)
    if count < MIN_POINTS:
        return principal(vectors, 2)
    from sklearn.manifold import TSNE  # imports scipy
    from threadpoolctl import threadpool_limits

    components = principal(vectors, COMPONENTS)
    start: Any = _start(components)  # the type inferred from scikit-learn's default is str
    tsne = TSNE(perplexity=min(PERPLEXITY, (count - 1) / 3), init=start, random_state=SEED)
    with threadpool_limits(1):  # the order of sums changes the map; waiting threads are slow
        return tsne.fit_transform(components)


def _start(components: np.ndarray) -> np.ndarray:
    """[n, 2] float32 with deviation 0.0001 along the first component, as in scikit-learn, but without equal points.

    If all points are equal, scikit-learn divides by zero, and its quadtree crashes the process
    (https://github.com/scikit-learn/scikit-learn/issues/28368).
    """
    spread = max(float(components[:, 0].std()), 1e-6)
    jitter = np.random.default_rng(SEED).normal(scale=1e-7, size=(len(components), 2))
    return (components[:, :2] / spread * 1e-4 + jitter).astype(np.float32)


def principal(vectors: np.ndarray, count: int) -> np.ndarray:
    """[n, dim] -> [n, count]: principal components, padded with zeros if there are fewer."""
    centred = vectors - vectors.mean(axis=0, keepdims=True) if len(vectors) else vectors
    left, values, _ = np.linalg.svd(centred, full_matrices=False)
    found = (left * values)[:, :count]
    return np.pad(found, ((0, 0), (0, count - found.shape[1]))).astype(np.float32)


def _scaled(points: np.ndarray) -> np.ndarray:
    """Scale the points to the unit square, keeping the aspect ratio."""
    if not len(points):
        return points.astype(np.float32)
    low, high = points.min(axis=0), points.max(axis=0)
    size = max(float((high - low).max()), 1e-9)
    return ((points - (low + high) / 2) / size + 0.5).astype(np.float32)
