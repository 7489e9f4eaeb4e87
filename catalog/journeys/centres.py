"""The mean vector of a library, which is subtracted before angles are compared.

Embeddings of music lie in a narrow cone, so that all angles between them are small and the nearest tracks of everything
are the few near its axis. Around the mean of the library the angles spread.
"""

import threading
from itertools import islice

import numpy as np

from catalog.engine import ANYTHING, Conditions, Engine, Match, walk

SAMPLE = 2000  # tracks; ids are hashes, so the first ones are a sample that is the same every time
MIN_CENTRED = 50  # tracks; the mean of fewer says more of them than of the cone
GROWTH = 0.2  # share of the tracks by which a library may change before its mean is computed again


class Centres:
    """The mean of each stem, computed once and kept until the library has changed much. Thread-safe."""

    def __init__(self, engine: Engine, dim: int) -> None:
        self._engine = engine
        self._dim = dim
        self._lock = threading.Lock()
        self._known: dict[str, tuple[int, np.ndarray]] = {}  # stem -> tracks of the library then, and its mean

    def of(self, stem: str) -> np.ndarray:
        """[dim] float32; zero for a library that is too small."""
        with self._lock:
            tracks = self._engine.count(ANYTHING)
            known = self._known.get(stem)
            if known is None or abs(tracks - known[0]) > GROWTH * known[0]:
                known = self._known[stem] = tracks, self._mean(stem)
            return known[1]

    def _mean(self, stem: str) -> np.ndarray:
        points = islice(walk(self._engine, Conditions(must=(Match("has", (stem,)),)), ["has"]), SAMPLE)
        stored = self._engine.retrieve([point.id for point in points], [stem], payload=False)
        vectors = [point.vectors[stem] for point in sorted(stored, key=lambda point: point.id) if stem in point.vectors]
        if len(vectors) < MIN_CENTRED:
            return np.zeros(self._dim, np.float32)
        return np.asarray(np.mean(vectors, axis=0, dtype=np.float64), np.float32)


def centred_angles(vectors: np.ndarray, cosines: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """[n, dim] vectors and [n, n] their dot products -> [n, n] radians between their directions from the centre."""
    along = vectors @ centre
    distances = np.linalg.norm(vectors - centre, axis=1)
    inverse = (1 / np.maximum(distances, 1e-6)).astype(np.float32)
    angles = cosines - along[:, None]
    angles -= along - centre @ centre
    angles *= inverse[:, None]
    angles *= inverse
    np.clip(angles, -1, 1, out=angles)
    return np.arccos(angles, out=angles)


def centred(vectors: np.ndarray, centre: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """[n, dim] -> their directions from the centre [n, dim], of norm 1 or 0, and their distances from it [n]."""
    moved = vectors - centre
    distances = np.linalg.norm(moved, axis=1)
    return moved / np.maximum(distances, 1e-6)[:, None], distances
