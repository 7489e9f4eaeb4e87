"""How long descriptors take to be stored, read and compared, by engine and number, and the space they take.

    python benchmarks/descriptors.py /tmp/stores
    python benchmarks/descriptors.py /tmp/stores --number 160 --url http://127.0.0.1:6333

Vectors are random, of 768 numbers. The engines are the embedded one as its owner and attached to it, the one in memory,
and a server if its URL is given, where the collections of the space `descriptors-N` are made and left. Medians of
warm caches; what the processor spent stands beside the time on the clock, which other work on the machine lengthens.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from benchmarks.search import DIM, SEED
from catalog.catalog import Catalog
from catalog.server import Server
from catalog.store import Space, bytes_on_disk
from polymuse.descriptors import StoredDescriptor

TIMES = 20  # that each call which only reads is repeated
COLUMNS = ("engine", "number", "write s", "CPU s", "version ms", "read all ms", "nearest 10 ms", "add one ms", "MB")


def bank(number: int) -> list[StoredDescriptor]:
    vectors = np.random.default_rng(SEED).normal(size=(number, DIM)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    names = {language: f"Name in {language}" for language in ("en", "zh", "de", "fr", "es", "ja")}
    prompts = ("This is one sentence.", "This is another one.", "And a third one.")
    return [
        StoredDescriptor(f"descriptor-{n}", "mood", names, prompts, ("mix",), vector)
        for n, vector in enumerate(vectors)
    ]


@contextmanager
def opened(engine: str, space: Space, folder: Path, url: str) -> Iterator[Catalog]:
    if engine == "attached":
        with Catalog.share(folder, space), Catalog.share(folder, space) as attached:
            yield attached
        return
    openers: dict[str, Callable[[], Catalog]] = {
        "embedded": lambda: Catalog.open(folder, space),
        "memory": lambda: Catalog.in_memory(space),
        "server": lambda: Catalog.connect(Server(url), space),
    }
    with openers[engine]() as catalog:
        yield catalog


def measure(catalog: Catalog, engine: str, descriptors: list[StoredDescriptor], folder: Path) -> list[str]:
    start, busy = time.perf_counter(), time.process_time()
    catalog.put_descriptors(descriptors, str(time.time_ns()))
    written, spent = time.perf_counter() - start, time.process_time() - busy
    assert catalog.holds_bank(catalog.descriptors_version().bank, len(descriptors))
    asked = descriptors[0].vector
    reads = [
        catalog.descriptors_version,
        catalog.descriptors,
        lambda: catalog.nearest_descriptors(asked, 10),
        lambda: catalog.put_descriptor(StoredDescriptor("own", "mood", {"en": "Own"}, ("own",), ("mix",), asked)),
    ]
    shown = [f"{median(each, 3 if each == catalog.descriptors else TIMES):.1f}" for each in reads]
    size = bytes_on_disk(folder) / 1e6 if engine in ("embedded", "attached") else 0
    return [engine, f"{len(descriptors)}", f"{written:.2f}", f"{spent:.2f}", *shown, f"{size:.1f}"]


def median(call: Callable[[], object], times: int) -> float:
    """Milliseconds."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        taken.append(1000 * (time.perf_counter() - start))
    return statistics.median(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="for stores that are deleted again")
    parser.add_argument("--number", action="append", type=int, help="of descriptors, may be repeated (160, 10000)")
    parser.add_argument("--url", default="", help="of a Qdrant server")
    arguments = parser.parse_args()
    print("".join(f"{name:>14}" for name in COLUMNS))
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for number in arguments.number or (160, 10_000):
        space = Space(f"descriptors-{number}", DIM, "0" * 64, "synthetic")
        for engine in ("embedded", "attached", "memory", *(["server"] if arguments.url else [])):
            with (
                tempfile.TemporaryDirectory(dir=arguments.folder) as folder,
                opened(engine, space, Path(folder), arguments.url) as catalog,
            ):
                row = measure(catalog, engine, bank(number), Path(folder))
            print("".join(f"{cell:>14}" for cell in row), flush=True)


if __name__ == "__main__":
    main()
