"""How many requests a service answers that many clients ask at once.

    python benchmarks/http_load.py --models ~/.local/share/polymuse/models

Makes a library of synthetic tracks (random vectors, no music), serves it in a process of its own and asks it from so
many connections that stay open: half texts that never came before, a quarter texts within a filter, a quarter similar
tracks, as `http_latency.py` does it one by one. The clients run on the same machine and take their share of it.
Needs the weights of the starter profile. Linux.
"""

import argparse
import http.client
import itertools
import os
import platform
import re
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
from http_latency import Call, mixed

from catalog.catalog import Catalog
from catalog.store import Space
from catalog.track import Entry, FileRef, Track
from models.profiles import load_embedder
from models.weights.store import WeightStore
from polymuse.music import MIX, Tag

SEED = 0
BATCH = 500  # tracks stored at once
ROUND = 400  # calls; `mixed` has texts for a few more
ROOT = Path(__file__).parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, required=True, help="directory of the weights")
    parser.add_argument("--tracks", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=20.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        (home / "models").symlink_to(arguments.models.absolute())
        ids = fill(home, arguments.tracks)
        load = os.getloadavg()[0]
        print(f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f} before; {arguments.tracks} tracks")
        process, port = serve(home)
        try:
            measure(process.pid, port, ids, arguments.clients, arguments.seconds)
        finally:
            process.terminate()
            process.wait()


def fill(home: Path, tracks: int) -> list[str]:
    embedder = load_embedder("starter", WeightStore(home / "models"))
    generator = np.random.default_rng(SEED)
    space = Space.of(embedder)
    ids = [str(uuid.uuid5(uuid.NAMESPACE_URL, str(n))) for n in range(tracks)]
    with Catalog.open(home / "store", space) as catalog:
        for start in range(0, tracks, BATCH):
            batch = range(start, min(start + BATCH, tracks))
            catalog.upsert([synthetic(n, ids[n], generator, embedder.dim) for n in batch])
    return ids


def synthetic(n: int, track_id: str, generator: np.random.Generator, dim: int) -> Entry:
    vector = generator.normal(size=dim).astype(np.float32)
    track = Track(
        id=track_id,
        files=(FileRef(f"/synthetic/{n}.flac", 1, 0),),
        title=f"Track {n}",
        artist=f"Artist {n % 500}",
        album=f"Album {n % 1000}",
        year=1960 + n % 60,
        genres=(("rock", "jazz", "folk", "techno")[n % 4],),
        duration=60.0 + n % 300,
        format="flac",
        tags=(Tag("calm", "mood", 0.3 + 0.6 * (n % 10) / 10),),
    )
    return Entry(track, {MIX: vector / np.linalg.norm(vector)})


def serve(home: Path) -> tuple[subprocess.Popen[str], int]:
    variables = {**os.environ, "POLYMUSE_HOME": str(home), "POLYMUSE_PROFILE": "starter", "POLYMUSE_PORT": "0"}
    command = [sys.executable, "-m", "search_api"]
    process = subprocess.Popen(command, env=variables, cwd=ROOT, text=True, stderr=subprocess.PIPE)
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(r"listening on http://[^:]+:(\d+)", line):
            threading.Thread(target=process.stderr.read, daemon=True).start()  # so that the pipe never fills
            return process, int(found.group(1))
    raise SystemExit("the service did not start")


def measure(pid: int, port: int, ids: list[str], clients: int, seconds: float) -> None:
    calls, lock = endless(ids), threading.Lock()
    taken: list[float] = []
    statuses: Counter[int] = Counter()
    end = time.perf_counter() + seconds

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        while time.perf_counter() < end:
            with lock:
                call = next(calls)
            start = time.perf_counter()
            connection.request("GET", f"{call.path}?{urlencode(call.params)}")
            response = connection.getresponse()
            response.read()
            taken.append(time.perf_counter() - start)
            statuses[response.status] += 1

    before = memory(pid, "VmRSS")
    start = time.perf_counter()
    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = time.perf_counter() - start
    p50, p95, p99 = np.percentile(np.array(taken) * 1000, [50, 95, 99])
    errors = sum(count for status, count in statuses.items() if status != 200)
    print(f"{clients} clients, {total:.0f} s: {len(taken)} answers, {len(taken) / total:.0f} a second, {errors} errors")
    print(f"ms: p50 {p50:.0f}, p95 {p95:.0f}, p99 {p99:.0f}, max {max(taken) * 1000:.0f}")
    print(f"memory of the service: {before} MB before, {memory(pid, 'VmHWM')} MB at most")


def endless(ids: list[str]) -> Iterator[Call]:
    """The distinct calls of `mixed`, round after round; in later rounds a number makes their texts new again."""
    for round_ in itertools.count():
        for call in itertools.islice(mixed(ids), ROUND):
            params = dict(call.params)
            if "q" in params and round_:
                params["q"] = f"{params['q']} {round_}"
            yield Call(call.kind, call.path, params)


def memory(pid: int, field: str) -> int:
    """MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split(f"{field}:")[1].split()[0]) // 1024


if __name__ == "__main__":
    main()
