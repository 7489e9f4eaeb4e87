"""How long a catalog takes to open and to answer, by engine, size and kind of query.

    python benchmarks/search.py /tmp/stores --tracks 50000
    python benchmarks/search.py /tmp/stores --tracks 1000 --tracks 5000 --segments 12 --engine edge --engine memory

The tracks are synthetic: vectors of 768 numbers around random centres, stems near the mix of their track, tags,
artists and years at random. Texts are vectors of tracks with strong noise. The folder keeps a store for each size,
filled on the first run and used again by those that name the same sizes. Times are of warm caches, each query once, one
after the other. Beside the time on the clock stands the median of what the processor spent, which tells more on a
machine with other work.
"""

import argparse
import os
import platform
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import numpy as np

from catalog.catalog import Catalog
from catalog.filters import parse_filter
from catalog.query import Query, Seed, Text
from catalog.store import Space, bytes_on_disk
from catalog.track import Entry, FileRef, Track
from polymuse.music import Segment, StemInfo, Tag

DIM = 768
STEMS = ("vocals", "instrumental", "drums", "bass", "other")
CLUSTERS = 500
SPREAD = 0.8  # norm of what sets a track apart from its centre of norm 1
STEM_SPREAD = 0.6  # norm of what sets a stem apart from its mix
NOISE = 0.55  # norm of what sets a text apart from a track
BATCH = 256
SEED = 0
TAGS = tuple(f"tag-{n}" for n in range(160))


@dataclass
class Synthetic:
    """The same tracks and texts for the same sizes."""

    tracks: int
    segments: int
    random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(SEED))

    def __post_init__(self) -> None:
        centres = self.random.normal(size=(CLUSTERS, DIM)) / np.sqrt(DIM)
        self.centres = centres / np.linalg.norm(centres, axis=1, keepdims=True)

    def entries(self) -> Iterator[Entry]:
        for number in range(self.tracks):
            mix = self.near(self.centres[self.random.integers(CLUSTERS)], SPREAD)
            vectors = {"mix": mix} | {stem: self.near(mix, STEM_SPREAD) for stem in STEMS}
            segments = tuple(
                Segment(15.0 * n, 15.0 * n + 30.0, self.near(mix, STEM_SPREAD)) for n in range(self.segments)
            )
            yield Entry(self.track(number), vectors, segments)

    def near(self, vector: np.ndarray, distance: float) -> np.ndarray:
        moved = vector + distance * self.random.normal(size=DIM) / np.sqrt(DIM)
        return (moved / np.linalg.norm(moved)).astype(np.float32)

    def track(self, number: int) -> Track:
        chosen = self.random.choice(TAGS, 12, replace=False)
        return Track(
            id=track_id(number),
            files=(FileRef(f"/music/{number % 1000}/{number}.flac", 20_000_000 + number, number),),
            title=f"Title {number}",
            artist=f"Artist {number % 2000}",
            album=f"Album {number % 5000}",
            year=int(self.random.integers(1960, 2026)),
            genres=(f"genre {number % 20}",),
            duration=float(self.random.uniform(60, 400)),
            format="flac",
            stems={stem: StemInfo(-20.0, present=True) for stem in STEMS},
            tags=tuple(Tag(str(slug), "mood", float(self.random.random())) for slug in chosen),
        )


def track_id(number: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, str(number)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stores", nargs="?", type=Path, help="folder for the stores of the embedded engine")
    parser.add_argument("--engine", action="append", choices=("edge", "memory"), help="may be repeated (edge)")
    parser.add_argument("--tracks", action="append", type=int, help="may be repeated (5000)")
    parser.add_argument("--segments", type=int, default=0, help="per track")
    parser.add_argument("--queries", type=int, default=100, help="of each kind")
    parser.add_argument("--only", default="", help="kinds of queries whose name contains this")
    arguments = parser.parse_args()
    engines = arguments.engine or ["edge"]
    if "edge" in engines and arguments.stores is None:
        parser.error("the embedded engine needs a folder")
    for engine, tracks in product(engines, arguments.tracks or [5000]):
        compare(engine, Synthetic(tracks, arguments.segments), arguments)


def compare(engine: str, synthetic: Synthetic, arguments: argparse.Namespace) -> None:
    """All kinds of queries in one catalog."""
    with opened(engine, arguments.stores, synthetic) as catalog:
        print_settings(catalog, engine)
        texts = some_texts(catalog, synthetic, arguments.queries)
        print(f"\n{'query':36}{'hits':>6}{'CPU ms':>9}{'p50 ms':>9}{'p95 ms':>9}{'max ms':>9}")
        for name, build in kinds(bool(arguments.segments)).items():
            if arguments.only in name:
                measure(catalog, name, build, texts)
    print()


def opened(engine: str, stores: Path | None, synthetic: Synthetic) -> Catalog:
    """The catalog, filled where it is new."""
    space = Space("synthetic", DIM, "0" * 64, f"{synthetic.tracks}-tracks-{synthetic.segments}-segments")
    if engine == "memory" or stores is None:
        catalog = Catalog.in_memory(space)
        fill(catalog, synthetic)
        return catalog
    store = stores / f"{synthetic.tracks}-tracks-{synthetic.segments}-segments"
    if not Catalog.peek(store):
        with Catalog.open(store, space) as catalog:
            fill(catalog, synthetic)
    start, start_busy = time.perf_counter(), time.process_time()
    catalog = Catalog.open(store, space)
    taken, busy = time.perf_counter() - start, time.process_time() - start_busy
    print(f"opened in {taken:.2f} s ({busy:.2f} s of the processor), {bytes_on_disk(store) / 1e6:.0f} MB on disk")
    return catalog


def fill(catalog: Catalog, synthetic: Synthetic) -> None:
    writing, batch = 0.0, []

    def write() -> None:
        nonlocal writing
        start = time.perf_counter()
        catalog.upsert(batch)
        catalog.flush()
        writing += time.perf_counter() - start
        batch.clear()

    for entry in synthetic.entries():
        batch.append(entry)
        if len(batch) == BATCH:
            write()
    write()
    print(f"filled at {synthetic.tracks / writing:.0f} tracks a second, flushed every {BATCH}")


def print_settings(catalog: Catalog, engine: str) -> None:
    start = time.perf_counter()
    stats = catalog.stats()
    taken = time.perf_counter() - start
    print(f"{engine} engine: {stats.tracks} tracks, {stats.segments} segments, vectors {dict(stats.stems)}")
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, dim {DIM}, seed {SEED}")
    print(f"stats in {taken * 1000:.0f} ms")


Texts = dict[str, np.ndarray]
Build = Callable[[str, int], Query]


def some_texts(catalog: Catalog, synthetic: Synthetic, count: int) -> Texts:
    """{text: vector}: tracks spread over the catalog, each with noise."""
    numbers = np.linspace(0, synthetic.tracks - 1, count).astype(int).tolist()
    ids = [track_id(number) for number in numbers]
    vectors = catalog.vectors(ids)
    return {f"text {n}": synthetic.near(vectors[id_]["mix"], NOISE) for n, id_ in zip(numbers, ids, strict=True)}


def kinds(with_moments: bool) -> dict[str, Build]:
    """Each kind of query, from a text and the number of the track that it is near to."""
    three = {"mix": 1.0, "vocals": 1.0, "drums": 0.5}
    strong, artists = parse_filter("tag:tag-3>0.2"), parse_filter('artist:"artist 7" year:1990..')
    found: dict[str, Build] = {
        "text": lambda text, _: Query(texts=(Text(text),)),
        "text, hits 181 to 200": lambda text, _: Query(texts=(Text(text),), offset=180),
        "text, hits 981 to 1000": lambda text, _: Query(texts=(Text(text),), offset=980),
        "text in tag:tag-3>0.2": lambda text, _: Query(texts=(Text(text),), where=strong),
        "text of an artist and years": lambda text, _: Query(texts=(Text(text),), where=artists),
        "track by its vocals": lambda _, n: Query(tracks=(Seed(track_id(n)),), stems={"vocals": 1.0}),
        "vocals against mixes": lambda _, n: Query(tracks=(Seed(track_id(n), stem="vocals"),)),
        "text + track - track": lambda text, n: Query(
            texts=(Text(text),), tracks=(Seed(track_id(n)),), not_tracks=(Seed(track_id(n // 2 + 1)),)
        ),
        "three stems": lambda text, _: Query(texts=(Text(text),), stems=three),
        "three stems, explained": lambda text, _: Query(texts=(Text(text),), stems=three, explain=True),
        "diversity 0.3": lambda text, _: Query(texts=(Text(text),), diversity=0.3),
        "without duplicates": lambda text, _: Query(texts=(Text(text),), without_duplicates=True),
        "three stems, both": lambda text, _: Query(
            texts=(Text(text),), stems=three, diversity=0.3, without_duplicates=True
        ),
    }
    if with_moments:
        found |= {
            "moments located": lambda text, _: Query(texts=(Text(text),), moments="locate"),
            "ranked by moment": lambda text, _: Query(texts=(Text(text),), moments="rank"),
            "ranked by moment in tag:tag-3>0.2": lambda text, _: Query(
                texts=(Text(text),), moments="rank", where=strong
            ),
            "ranked by moment, an artist": lambda text, _: Query(texts=(Text(text),), moments="rank", where=artists),
        }
    return found


def measure(catalog: Catalog, name: str, build: Build, texts: Texts) -> None:
    def embed_text(wanted: Sequence[str]) -> np.ndarray:
        return np.stack([texts[text] for text in wanted])

    taken, busy, found = [], [], 0
    for text in texts:
        query = build(text, int(text.split()[1]))
        start, start_busy = time.perf_counter(), time.process_time()
        found += len(catalog.search(query, embed_text))
        taken.append((time.perf_counter() - start) * 1000)
        busy.append((time.process_time() - start_busy) * 1000)
    p50, p95 = np.percentile(taken, [50, 95])
    print(f"{name:36}{found / len(texts):6.1f}{np.median(busy):9.1f}{p50:9.1f}{p95:9.1f}{max(taken):9.1f}")


if __name__ == "__main__":
    main()
