"""How quickly a service answers searches while its library grows: by itself, and by other processes.

    python benchmarks/beside_service.py --models ~/.local/share/polymuse/models --music ~/Music --tracks 500

Makes so many tracks of the music, by default the demo clips: the same compressed audio from another packet on, so that
each is a track of its own. Starts the service on an empty home with the setting `music`, and asks it one text after the
other, none twice: while it indexes, when it is idle, while `polymuse index` is attached and analyses some more of the
tracks, while an attached process stores entries with random vectors, and when it is idle with all of these. Memory is
that of all processes, attached ones too. Needs the weights of the starter profile. Linux.
"""

import argparse
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count, cycle, islice
from pathlib import Path
from urllib.parse import urlencode

import av
import httpx
import numpy as np
from http_latency import distinct_texts
from measured_process import memory_of_tree

import data
from catalog.catalog import Catalog
from catalog.track import Entry, FileRef, Track
from indexer.flushing import PacedFlush
from models.audio.filetypes import AUDIO_EXTENSIONS, extension
from polymuse.music import MIX, Segment

ROOT = Path(__file__).parents[1]
PAUSE = 0.05  # seconds between searches
BATCH = 64  # entries stored at once, as `polymuse import` does
SKIPPED = 5  # packets more in each version of a clip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, help="directory of the weights")
    parser.add_argument("--music", type=Path, default=Path(data.__file__).with_name("demo"))
    parser.add_argument("--tracks", type=int, default=500, help="that the service indexes by itself")
    parser.add_argument("--attached", type=int, default=50, help="tracks that an attached `index` analyses")
    parser.add_argument("--entries", type=int, default=2000, help="that an attached process stores")
    parser.add_argument("--idle", type=float, default=20.0, metavar="SECONDS")
    parser.add_argument("--store", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.store is not None:
        store(arguments.store, arguments.entries)
        return
    with tempfile.TemporaryDirectory() as directory:
        home, music, more = (Path(directory) / name for name in ("home", "music", "more"))
        home.mkdir()
        (home / "models").symlink_to(arguments.models.absolute())
        versions = multiply(arguments.music)
        for folder, number in ((music, arguments.tracks), (more, arguments.attached)):
            folder.mkdir()
            for name, content in islice(versions, number):
                (folder / name).write_bytes(content)
        load = os.getloadavg()[0]
        print(f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f} before; {arguments.tracks} tracks")
        measure(home, music, more, arguments)


def measure(home: Path, music: Path, more: Path, arguments: argparse.Namespace) -> None:
    started = time.monotonic()
    with service(home, music) as (process, client):
        texts = (f"{text} {number}" for number, text in enumerate(cycle([*distinct_texts()])))

        def watch(name: str, running: Callable[[], bool], attached: int | None = None) -> None:
            report(
                name, *searches(client, texts, running, [process.pid] if attached is None else [process.pid, attached])
            )

        while not tracks(client):
            time.sleep(0.1)
        print(f"first searchable track {time.monotonic() - started:.1f} s after the start, from an empty home")
        watch("while the service indexes", works(client))
        print(f"{tracks(client)} tracks after {time.monotonic() - started:.0f} s")
        end = time.monotonic() + arguments.idle
        watch("idle", lambda: time.monotonic() < end)
        environment = {**os.environ, "POLYMUSE_HOME": str(home), "POLYMUSE_PROFILE": "starter"}
        index = [sys.executable, "-m", "indexer", "index", more]
        stored = [sys.executable, __file__, "--store", home / "store", "--entries", str(arguments.entries)]
        for name, command in (("`index` is attached", index), (f"{arguments.entries} entries are stored", stored)):
            before, begun = tracks(client), time.monotonic()
            attached = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)
            watch(f"while {name}", lambda: attached.poll() is None, attached.pid)  # noqa: B023  ends with it
            took = time.monotonic() - begun
            print(f"{tracks(client) - before} tracks more after {took:.0f} s, exit status {attached.wait()}")
        end_again = time.monotonic() + arguments.idle
        watch("idle with all of them", lambda: time.monotonic() < end_again)
    print(f"{time.monotonic() - started:.0f} s in all")


def works(client: httpx.Client) -> Callable[[], bool]:
    """Whether the service has jobs left, asked once a second."""
    asked, answer = 0.0, True

    def working() -> bool:
        nonlocal asked, answer
        if time.monotonic() - asked > 1.0:
            answer = any(job["ended"] is None for job in client.get("/v1/jobs").json()["jobs"])
            asked = time.monotonic()
        return answer

    return working


def searches(
    client: httpx.Client, texts: Iterator[str], running: Callable[[], bool], pids: Sequence[int]
) -> tuple[list[float], int]:
    """Milliseconds of each search, and the largest memory of these processes and their children."""
    times, peak = [], 0
    while running():
        start = time.perf_counter()
        client.get(f"/v1/search?{urlencode({'q': next(texts), 'limit': 20})}").raise_for_status()
        times.append(1000 * (time.perf_counter() - start))
        if len(times) % 20 == 1:
            peak = max(peak, sum(map(memory_of_tree, pids)))
        time.sleep(PAUSE)
    return times, peak


def report(name: str, times: list[float], peak: int) -> None:
    if not times:
        print(f"{name}: too short to measure")
        return
    p50, p95, p99 = np.percentile(times, [50, 95, 99])
    print(
        f"{name}: {len(times)} searches, median {p50:.0f} ms, 95th percentile {p95:.0f} ms, 99th {p99:.0f} ms; "
        f"all processes {peak >> 20} MB; load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


def tracks(client: httpx.Client) -> int:
    answer = client.get("/v1/stats")
    return answer.json()["tracks"] if answer.is_success else 0


@contextmanager
def service(home: Path, music: Path) -> Iterator[tuple["subprocess.Popen[bytes]", httpx.Client]]:
    """The service on a free port."""
    settings = {"HOME": home, "PORT": 0, "MUSIC": music, "PROFILE": "starter"}
    environment = {**os.environ, **{f"POLYMUSE_{name}": str(value) for name, value in settings.items()}}
    log = home / "log"
    with log.open("wb") as sink:
        process = subprocess.Popen([sys.executable, "-m", "search_api"], env=environment, cwd=ROOT, stderr=sink)
    try:
        while not (found := re.search(r"(http://\S+)/healthz is up", log.read_text())):
            time.sleep(0.05)
        with httpx.Client(base_url=found[1], timeout=120) as client:
            yield process, client
    finally:
        process.terminate()
        process.wait()


def multiply(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of each version of the files of a folder: the first of all, then the second of all, ..."""
    files = sorted(path for path in folder.rglob("*") if extension(path.name) in AUDIO_EXTENSIONS)
    for number, path in zip(count(), cycle(files)):
        yield f"{number:05}{path.suffix}", without_start(path, SKIPPED * (number // len(files)))


def without_start(path: Path, packets: int) -> bytes:
    """The file without the first packets of its audio."""
    if not packets:
        return path.read_bytes()
    with tempfile.NamedTemporaryFile(suffix=path.suffix) as made:
        with av.open(path) as source, av.open(made.name, "w") as sink:
            stream = source.streams.audio[0]
            copy = sink.add_stream_from_template(stream)
            for packet in islice(source.demux(stream), packets, None):
                if packet.dts is not None:
                    packet.stream = copy
                    sink.mux(packet)
        return Path(made.name).read_bytes()


def store(directory: Path, entries: int) -> None:
    """Store entries with random vectors and ten segments each, flushed as a run of `index` does."""
    [info] = Catalog.peek(directory)
    rng = np.random.default_rng(0)

    def vector() -> np.ndarray:
        value = rng.normal(size=info.space.dim).astype(np.float32)
        return value / np.linalg.norm(value)

    with Catalog.share(directory, info.space) as catalog:
        flush = PacedFlush(catalog.flush)
        for start in range(0, entries, BATCH):
            catalog.upsert([entry(number, vector) for number in range(start, min(start + BATCH, entries))])
            flush.if_due()


def entry(number: int, vector: Callable[[], np.ndarray]) -> Entry:
    track = Track(
        str(uuid.uuid5(uuid.NAMESPACE_URL, f"beside {number}")),
        (FileRef(f"/music/beside/{number}.flac", 1, 1),),
        f"Entry {number}",
        240.0,
        "flac",
    )
    segments = tuple(Segment(15.0 * n, 15.0 * n + 30.0, vector()) for n in range(10))
    return Entry(track, {MIX: vector()}, segments)


if __name__ == "__main__":
    main()
