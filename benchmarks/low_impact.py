"""What indexing costs a program that needs every core: its speed alone, beside `polymuse index`, and with --low-impact.

    python benchmarks/low_impact.py FOLDER [--seconds 20] [--rounds 3]

The other program hashes in one process per core. Each round measures all three cases in turn, so that what else the
machine does falls on all of them; the medians are compared. Weights are those of the current POLYMUSE_HOME.
"""

import argparse
import hashlib
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from polymuse.home import Home
from polymuse.settings import load_settings

CASES: dict[str, list[str] | None] = {"alone": None, "beside index": [], "beside index --low-impact": ["--low-impact"]}
BLOCK = bytes(1_000_000)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure a program beside polymuse index.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    speeds: dict[str, list[float]] = {case: [] for case in CASES}
    for _ in range(arguments.rounds):
        for case, flags in CASES.items():
            with indexing(arguments.folder, flags):
                speeds[case].append(hashing_speed(arguments.seconds))
    alone = statistics.median(speeds["alone"])
    print(
        f"{os.cpu_count()} cores, {arguments.rounds} rounds of {arguments.seconds:.0f} s, load {os.getloadavg()[0]:.1f}"
    )
    for case, found in speeds.items():
        median = statistics.median(found)
        print(f"{case:<28}{median:>8.0f} MB/s{100 * median / alone:>7.0f} %   {', '.join(f'{x:.0f}' for x in found)}")


@contextmanager
def indexing(folder: Path, flags: list[str] | None) -> Iterator[None]:
    """While a `polymuse index` with these flags analyses the folder; None is no such process."""
    if flags is None:
        yield
        return
    with tempfile.TemporaryDirectory() as home:
        (Path(home) / "models").symlink_to(Home(load_settings().home).models)
        command = [sys.executable, "-m", "indexer", "index", str(folder), "--json", *flags]
        environment = os.environ | {"POLYMUSE_HOME": home, "PYTHONUNBUFFERED": "1"}
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment) as process:
            assert process.stdout is not None
            process.stdout.readline()  # the first track is done: the networks are loaded
            yield
            process.kill()


def hashing_speed(seconds: float) -> float:
    """MB/s of all cores together."""
    count = os.cpu_count() or 1
    with multiprocessing.get_context("spawn").Pool(count) as pool:
        return sum(pool.map(hash_for, [seconds] * count)) / 1e6


def hash_for(seconds: float) -> float:
    """Bytes a second."""
    started, done = time.monotonic(), 0
    while (took := time.monotonic() - started) < seconds:
        hashlib.sha256(BLOCK).digest()
        done += len(BLOCK)
    return done / took


if __name__ == "__main__":
    main()
