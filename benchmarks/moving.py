"""How long a library takes to be exported, imported and copied to a server.

    python benchmarks/moving.py /tmp/moving --tracks 10000
    python benchmarks/moving.py /tmp/moving --tracks 2000 --server http://localhost:6333

The tracks are those of benchmarks/search.py with three vectors of 768 numbers each and no segments. Without --server
the copy goes to a stand-in for one, written in Python and on a socket of this machine: its time is mostly the
stand-in's, and says only that ours is less. The folder must not exist; it is removed at the end.
"""

import argparse
import resource
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path

from benchmarks.search import Synthetic
from catalog import exchange
from catalog.catalog import Catalog
from catalog.server import Server
from catalog.store import Space
from catalog.track import Entry
from tests.helpers.qdrant_server import FakeQdrant, listening

SPACE = Space("moving", 768, "0" * 64, "synthetic")
STEMS = ("mix", "vocals", "instrumental")
BATCH = 64


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tracks", type=int, default=10_000)
    parser.add_argument("--server", help="address of a Qdrant server that may be written to")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True)
    try:
        measure(arguments.folder, arguments.tracks, arguments.server)
    finally:
        shutil.rmtree(arguments.folder)


def measure(folder: Path, tracks: int, address: str | None) -> None:
    file = folder / "library.jsonl"
    with Catalog.open(folder / "one", SPACE) as source:
        for batch in batches(tracks):
            source.upsert(batch)
        source.flush()
        timed("export", tracks, lambda: exchange.export_file(source, file, no_step))
        print(f"file: {file.stat().st_size / 1e6:.0f} MB, {file.stat().st_size / tracks / 1e3:.1f} kB a track")
        with Catalog.open(folder / "two", SPACE) as target:
            timed("import, embedded", tracks, lambda: imported(file, target))
            timed("the same again", tracks, lambda: imported(file, target))
            timed("copy, embedded to embedded, all there", tracks, lambda: exchange.copy(source, target, no_step))
        with server(address) as url, Catalog.connect(Server(url), SPACE) as there:
            timed(f"copy to {address or 'a stand-in'}", tracks, lambda: exchange.copy(source, there, no_step))
            timed("the same again", tracks, lambda: exchange.copy(source, there, no_step))
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB, with the stand-in if any")


@contextmanager
def server(address: str | None) -> Iterator[str]:
    if address is not None:
        yield address
        return
    with listening(FakeQdrant(keep_log=False)) as url:
        yield url


def batches(tracks: int) -> Iterator[list[Entry]]:
    entries = Synthetic(tracks, segments=0).entries()
    while batch := list(islice(entries, BATCH)):
        yield [replace(entry, vectors={stem: entry.vectors[stem] for stem in STEMS}) for entry in batch]


def imported(file: Path, target: Catalog) -> None:
    with file.open("rb") as lines:
        header = exchange.read_header(lines, str(file))
        exchange.take_over(target, exchange.read_entries(lines, header, str(file)), no_step)


def timed(what: str, tracks: int, work: Callable[[], object]) -> None:
    start, cpu = time.perf_counter(), time.process_time()
    work()
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    print(f"{what}: {wall:.1f} s, {tracks / wall:.0f} tracks/s, {cpu:.1f} s of CPU", flush=True)


def no_step(_: int) -> None:
    """Nobody watches."""


if __name__ == "__main__":
    main()
