"""How well and how fast the map of a library is drawn: `python -m benchmarks.map POLYMUSE_HOME [--sizes 10000 100000]`.

The vectors are those of the library at POLYMUSE_HOME; larger ones are made of them: each of a random track and one of
its 20 nearest in random shares, with noise of 0.4 of its length. Quality is the share of the 10 nearest tracks that
are among the 10 nearest on the map, over 1,000 tracks, beside that of the two principal components. Times are
processor time of one thread.
"""

import argparse
import os
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

from catalog.catalog import Catalog
from catalog.store import Space
from models.profiles import load_embedder
from models.weights.store import WeightStore
from polymuse.home import Home
from search_api.library_map.projection import LANDMARKS, choose_landmarks, principal, project

SAMPLE = 1000
NEAREST = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--profile", default="starter")
    parser.add_argument("--sizes", type=int, nargs="*", default=[10_000, 100_000])
    arguments = parser.parse_args()
    real = mix_vectors(arguments.home, arguments.profile)
    print(f"{LANDMARKS} landmarks, vectors of {real.shape[1]}")
    print(f"{'tracks':>8} {'seconds':>8} {'kept':>6} {'kept by PCA':>12}")
    for vectors in (real, *(synthetic(real, size) for size in arguments.sizes)):
        begin = time.process_time()
        points = project(vectors, choose_landmarks(len(vectors)))
        seconds = time.process_time() - begin
        flat = principal(vectors, 2)
        print(f"{len(vectors):8} {seconds:8.1f} {kept(vectors, points):6.2f} {kept(vectors, flat):12.2f}", flush=True)


def mix_vectors(home: Path, profile: str) -> np.ndarray:
    embedder = load_embedder(profile, WeightStore(Home(home).models))
    space = Space.of(embedder)
    with Catalog.open(Home(home).store, space) as catalog:
        ids = [track.id for track in catalog.scroll(limit=1000).tracks]
        vectors = catalog.vectors(ids)
        return np.stack([vectors[id_]["mix"] for id_ in ids])


def synthetic(real: np.ndarray, size: int) -> np.ndarray:
    random = np.random.default_rng(0)
    nearest = np.argsort(-(real @ real.T), axis=1)[:, :21]
    first = random.integers(len(real), size=size)
    second = nearest[first, random.integers(21, size=size)]
    share = random.random((size, 1)).astype(np.float32)
    noise = random.standard_normal((size, real.shape[1]), dtype=np.float32)
    noise *= 0.4 / np.linalg.norm(noise, axis=1, keepdims=True)
    vectors = share * real[first] + (1 - share) * real[second] + noise
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def kept(vectors: np.ndarray, points: np.ndarray) -> float:
    """The share of the NEAREST by cosine that are among the NEAREST on the plane."""
    sample = np.random.default_rng(1).choice(len(vectors), min(SAMPLE, len(vectors)), replace=False)
    common = 0
    for position in sample:
        alike = _nearest(-(vectors @ vectors[position]), position)
        close = _nearest(np.square(points - points[position]).sum(axis=1), position)
        common += len(alike & close)
    return common / (len(sample) * NEAREST)


def _nearest(distances: np.ndarray, itself: int) -> set[int]:
    distances[itself] = np.inf
    return set(np.argpartition(distances, NEAREST)[:NEAREST].tolist())


if __name__ == "__main__":
    main()
