"""How well and how fast the map of a library is drawn: `python -m benchmarks.map [--home POLYMUSE_HOME] [--sizes N …]`.

The vectors are those of a library, or made: genres on a sphere, in each of them artists along winding lines in a
subspace of 16 dimensions, tracks around artists, and noise. Quality is the share of the 10 nearest tracks that are
among the 10 nearest on the map, over 1,000 tracks. `--layouts` compares with other libraries, which must be installed:
umap (the package umap-learn) and pacmap. Times are processor time; memory is the peak of the process of a line.
"""

import argparse
import multiprocessing
import resource
import time
from pathlib import Path

import numpy as np

from catalog.catalog import Catalog
from catalog.store import Space
from models.profiles import load_embedder
from models.weights.store import WeightStore
from polymuse.home import Home
from search_api.library_map.projection import COMPONENTS, SEED, principal, project

SAMPLE = 1000
NEAREST = 10
BLOCK = 50
DIM, INNER = 768, 16
GENRES, LINES, STEPS = 60, 6, 40
TRACKS_OF_ARTIST = 12


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--profile", default="starter")
    parser.add_argument("--sizes", type=int, nargs="*", default=[1000, 10_000, 100_000])
    parser.add_argument("--layouts", nargs="*", choices=["ours", "umap", "pacmap"], default=["ours"])
    arguments = parser.parse_args()
    sizes = [0] if arguments.home else arguments.sizes
    print(f"{'tracks':>8} {'layout':>8} {'seconds':>8} {'MB':>6} {'kept':>6}")
    for size in sizes:
        for layout in arguments.layouts:
            process = multiprocessing.get_context("spawn").Process(
                target=measure, args=(layout, size, arguments.home, arguments.profile)
            )
            process.start()
            process.join()


def measure(layout: str, size: int, home: Path | None, profile: str) -> None:
    vectors = mix_vectors(home, profile) if home else synthetic(size)
    begin = time.process_time()
    points = {"ours": ours, "umap": umap, "pacmap": pacmap}[layout](vectors)
    seconds = time.process_time() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(f"{len(vectors):8} {layout:>8} {seconds:8.1f} {peak:6.0f} {kept(vectors, points):6.3f}", flush=True)


def ours(vectors: np.ndarray) -> np.ndarray:
    return project(vectors).positions


def umap(vectors: np.ndarray) -> np.ndarray:
    from umap import UMAP  # pyright: ignore[reportMissingImports]

    return np.asarray(UMAP(min_dist=0.05, random_state=SEED).fit_transform(principal(vectors, COMPONENTS)))


def pacmap(vectors: np.ndarray) -> np.ndarray:
    from pacmap import PaCMAP  # pyright: ignore[reportMissingImports]

    return PaCMAP(apply_pca=False, random_state=SEED).fit_transform(principal(vectors, COMPONENTS), init="pca")


def mix_vectors(home: Path, profile: str) -> np.ndarray:
    embedder = load_embedder(profile, WeightStore(Home(home).models))
    space = Space.of(embedder)
    with Catalog.open(Home(home).store, space) as catalog:
        ids = [track.id for track in catalog.tracks()]
        vectors = catalog.vectors(ids)
        return np.stack([vectors[id_]["mix"] for id_ in ids])


def synthetic(size: int) -> np.ndarray:
    """[size, DIM] float32 of norm 1."""
    random = np.random.default_rng(0)
    shares = np.arange(1, GENRES + 1) ** -0.8
    centres = normal(random, GENRES, DIM)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    genres = random.choice(GENRES, size, p=shares / shares.sum())
    vectors = np.empty((size, DIM), np.float32)
    for genre in range(GENRES):
        members = np.flatnonzero(genres == genre)
        count = max(1, len(members) // TRACKS_OF_ARTIST)
        basis = np.linalg.qr(normal(random, DIM, INNER))[0].T
        lines = np.cumsum(normal(random, LINES, STEPS, INNER), axis=1) * 0.12
        line, along = random.integers(LINES, size=count), random.random(count) * (STEPS - 2)
        before, share = along.astype(int), (along % 1)[:, None]
        artists = lines[line, before] * (1 - share) + lines[line, before + 1] * share
        artists += normal(random, count, INNER) * 0.08
        tracks = artists[random.integers(count, size=len(members))] + normal(random, len(members), INNER) * 0.06
        vectors[members] = centres[genre] + tracks @ basis
    vectors += normal(random, size, DIM) * np.float32(0.08 / np.sqrt(DIM))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def normal(random: np.random.Generator, *shape: int) -> np.ndarray:
    return random.standard_normal(shape, dtype=np.float32)


def kept(vectors: np.ndarray, points: np.ndarray) -> float:
    """The share of the NEAREST by cosine that are among the NEAREST on the plane."""
    sample = np.random.default_rng(1).choice(len(vectors), min(SAMPLE, len(vectors)), replace=False)
    common = 0
    for begin in range(0, len(sample), BLOCK):
        block = sample[begin : begin + BLOCK]
        unlike = -(vectors[block] @ vectors.T)
        for row, position in zip(unlike, block, strict=True):
            alike = _nearest(row, position)
            close = _nearest(np.square(points - points[position]).sum(axis=1), position)
            common += len(alike & close)
    return common / (len(sample) * NEAREST)


def _nearest(distances: np.ndarray, itself: int) -> set[int]:
    distances[itself] = np.inf
    return set(np.argpartition(distances, NEAREST)[:NEAREST].tolist())


if __name__ == "__main__":
    main()
