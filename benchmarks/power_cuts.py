"""Losses of power while a library changes: cut points survived, stores that do not open, reported tracks lost.

    pip install mfusepy                                # and the package fuse3 of the distribution
    python benchmarks/power_cuts.py [--points 2000] [--seed 0] [--jobs 2] [--kinds journal,strict] [--short-files]

Two runs are recorded by a file system of our own (recording_disk.py): the life of a library (index, descriptors, tag
again, delete, analyse again, close and open, import, another bank, a new stem, a removed file) and an upgrade from
format 1. At points spread over them, the disk is rebuilt as a loss of power may leave it (power_loss.py), once for each
kind of file system. Then the store must open. Every change whose flush had returned must be there, and every track and
descriptor must be in a state that it had since: attributes, vectors and segments. Every tenth store must take another
track as well. With --short-files, only points are checked that leave a file of vectors with a part of its length, about
one of 800 on the strict kind.

It covers all that passes through the kernel, memory maps included. It does not cover what a map held between two
moments at which the kernel wrote it back (forced within half of the steps), disks that ignore a flush, and bits that
change by themselves.
"""

import argparse
import ctypes
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import numpy as np

from benchmarks.changing_libraries import FIRST, SCENARIOS, SPACE, Scenario, Stored, entry
from benchmarks.power_loss import Disk, FileSystem, Mark, Operation, Tree, marks
from benchmarks.recording_disk import mark, recording
from catalog.catalog import Catalog
from catalog.track import Entry
from catalog.validation import is_track_id
from polymuse.descriptors import StoredDescriptor
from polymuse.errors import UnavailableError

HANGS = 300  # seconds for opening a store
FILE_OF_VECTORS = 33_000_000  # bytes at least, of one whose length was not lost
BASELINE = "baseline"  # what lies before this mark is durable


def run(scenario: Scenario, mount: Path) -> None:
    """The recorded process."""
    store = mount / "store"
    scenario.prepare(store)
    _write_back(mount)
    mark(mount, BASELINE)
    library = Catalog.open(store, SPACE)
    for number, step in enumerate(scenario.steps):
        if step.reopens:
            library.close()
            library = Catalog.open(store, SPACE)
        mark(mount, "begin")
        step.change(library)
        if number % 2:
            _write_back(mount)
        library.flush()
        mark(mount, "end")
    library.close()


def _write_back(mount: Path) -> None:
    """Have the kernel write changed pages back, which it may do at any time; this is no sync of a file."""
    descriptor = os.open(mount, os.O_RDONLY)
    try:
        ctypes.CDLL(None).syncfs(descriptor)
    finally:
        os.close(descriptor)


def record(scenario: Scenario, mount: Path) -> list[Operation]:
    """All that the scenario does to its disk."""
    with recording(mount) as operations:
        process = get_context("fork").Process(target=run, args=(scenario, mount))
        process.start()
        process.join()
    if process.exitcode:
        raise SystemExit(f"the run {scenario.name} failed with status {process.exitcode}")
    return operations


def left_overs(
    operations: Sequence[Operation], kind: FileSystem, points: set[int], chance: Random
) -> Iterator[tuple[int, Tree]]:
    """What the disk may hold after each of the points: numbers of operations done since the baseline."""
    disk = Disk(kind)
    start = operations.index(Mark(BASELINE)) + 1
    for operation in operations[:start]:
        disk.take(operation)
    disk.sync_everything()
    for done in range(len(operations) - start + 1):
        if done in points:
            yield done, disk.after_loss(chance)
        if start + done < len(operations):
            disk.take(operations[start + done])


def _short(tree: Tree) -> bool:
    """Whether a file of vectors has a part of its length."""
    names = [each for folder in tree.folders.values() for each in folder.items()]
    sizes = [tree.files[inode].size for name, inode in names if name.startswith("chunk_") and inode in tree.files]
    return any(0 < size < FILE_OF_VECTORS for size in sizes)


def check(tree: Tree, place: Path, possible: Mapping[str, list[Stored]], *, writes: bool) -> str:
    """Open what is left; "" or the flaw."""
    try:
        tree.write_to(place)
        with Catalog.open(place / "store", SPACE) as library:
            if flaw := _compare(library, possible):
                return flaw
            if writes:
                library.upsert([entry(99)])
        if writes:
            with Catalog.open(place / "store", SPACE) as library:
                return _compare(library, {**possible, entry(99).track.id: [entry(99)]})
    except UnavailableError as error:
        return f"does not open: {str(error).replace(str(place), '')}"
    except Exception:  # noqa: BLE001  # whatever it is, it is the finding
        return f"fails: {traceback.format_exc(limit=-2)}"
    return ""


def _compare(library: Catalog, possible: Mapping[str, list[Stored]]) -> str:
    tracks: dict[str, Any] = {key: stored for key, stored in possible.items() if is_track_id(key)}
    descriptors: dict[str, Any] = {key: stored for key, stored in possible.items() if key not in tracks}
    return _compare_descriptors(library, descriptors) or _compare_tracks(library, tracks)


def _compare_descriptors(library: Catalog, possible: Mapping[str, list[StoredDescriptor | None]]) -> str:
    found = {each.slug: each for each in library.descriptors()}
    for slug, versions in possible.items():
        if slug not in found and None not in versions:
            return f"lost: a reported descriptor ({slug})"
        if slug in found and not any(each is not None and _same(found[slug], each) for each in versions):
            return f"another state: a descriptor ({slug})"
    if unknown := found.keys() - possible.keys():
        return f"unknown descriptors: {len(unknown)}"
    return ""


def _compare_tracks(library: Catalog, possible: Mapping[str, list[Entry | None]]) -> str:
    found = {each.track.id: each for page in library.entries() for each in page}
    for id_, entries in possible.items():
        number = UUID(id_).int - FIRST
        if id_ not in found:
            if None not in entries:
                return f"lost: a reported track ({number})"
            continue
        track, stored = found[id_].track, [each for each in entries if each is not None]
        if not track.models and len(entries) > 1:  # it is analysed again by the next run
            stored = [replace(each, track=replace(each.track, models={})) for each in stored]
            if not any(track == each.track for each in stored):
                return f"another state: attributes of a track to be analysed ({number}): {track.title}"
            continue
        stored = [each for each in stored if track == each.track]
        if not stored:
            return f"another state: attributes of a track ({number}): {track.title}"
        if not any(_same_vectors(found[id_], each) for each in stored):
            return f"another state: vectors of a track ({number})"
        if not any(_same_segments(found[id_], each) for each in stored) and len(entries) == 1:
            return f"another state: segments of a track ({number})"
    if extra := found.keys() - possible.keys():
        return f"unknown tracks: {len(extra)}"
    return ""


def _same(one: StoredDescriptor, other: StoredDescriptor) -> bool:
    return np.array_equal(one.vector, other.vector) and replace(one, vector=other.vector) == other


def _same_vectors(one: Entry, other: Entry) -> bool:
    return one.vectors.keys() == other.vectors.keys() and all(
        np.allclose(one.vectors[name], other.vectors[name], atol=1e-6) for name in one.vectors
    )


def _same_segments(one: Entry, other: Entry) -> bool:
    return len(one.segments) == len(other.segments) and all(
        np.allclose(a.vector, b.vector, atol=1e-6) and (a.start, a.end) == (b.start, b.end)
        for a, b in zip(one.segments, other.segments, strict=True)
    )


class Campaign:
    """Checks in processes of their own, a few at a time: a damaged map kills its process."""

    def __init__(self, jobs: int, memory: Path) -> None:
        self._jobs = jobs
        self._memory = memory
        self._running: dict[Connection, tuple[str, object, Path, float]] = {}
        self.points: Counter[str] = Counter()
        self.flaws: list[tuple[str, str]] = []  # where, what

    def check(self, where: str, tree: Tree, possible: Mapping[str, list[Stored]], *, writes: bool) -> None:
        while len(self._running) >= self._jobs:
            self._collect()
        fork = get_context("fork")
        ours, theirs = fork.Pipe(duplex=False)
        place = Path(tempfile.mkdtemp(dir=self._memory)) / "disk"

        def work() -> None:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the campaign with its report
            with Path(os.devnull).open("w") as null:  # panics of the engine are told by its exceptions
                os.dup2(null.fileno(), 2)
            theirs.send(check(tree, place, possible, writes=writes))

        process = fork.Process(target=work)
        process.start()
        theirs.close()
        self._running[ours] = (where, process, place, time.monotonic())

    def finish(self) -> None:
        while self._running:
            self._collect()

    def _collect(self) -> None:
        for ready in wait(list(self._running), timeout=5):
            self._take(ready)  # type: ignore[arg-type]
        for connection, (_, process, _, since) in list(self._running.items()):
            if time.monotonic() - since > HANGS:
                process.kill()  # type: ignore[attr-defined]
                self._take(connection)

    def _take(self, connection: Connection) -> None:
        where, process, place, _ = self._running.pop(connection)
        flaw: str | None = None
        with suppress(EOFError):
            flaw = connection.recv()
        connection.close()
        process.join()  # type: ignore[attr-defined]
        shutil.rmtree(place.parent)
        if flaw is None:
            flaw = f"died: exit status {process.exitcode}"  # type: ignore[attr-defined]
        self.points[where.rpartition(",")[0]] += 1
        if flaw:
            self.flaws.append((where, flaw))
            print(f"{where}: {flaw}", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--kinds", default="journal,strict", help="kinds of file systems")
    parser.add_argument("--short-files", action="store_true", help="only points that leave a file of vectors short")
    options = parser.parse_args()
    kinds = [FileSystem(kind) for kind in options.kinds.split(",")]
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(prefix="power-cuts-", dir=memory) as folder:
        flaws = campaign(
            Path(folder), options.points, options.seed, options.jobs, kinds, short_files=options.short_files
        )
    raise SystemExit(1 if flaws else 0)


def campaign(
    folder: Path, points: int, seed: int, jobs: int, kinds: Sequence[FileSystem], *, short_files: bool = False
) -> int:
    """The number of flaws."""
    began = time.monotonic()
    checks = Campaign(jobs, folder)
    (mount := folder / "mount").mkdir()
    runs = [(scenario := make(folder), record(scenario, mount)) for make in SCENARIOS]
    lengths = [len(operations) - operations.index(Mark(BASELINE)) - 1 for _, operations in runs]
    print(f"seed {seed}, {jobs} checks at a time, Python {sys.version.split()[0]}")
    for (scenario, operations), length in zip(runs, lengths, strict=True):
        kinds_of = Counter(type(each).__name__.lower() for each in operations[-length:])
        print(f"{scenario.name}: {length} operations: " + ", ".join(f"{n} {k}" for k, n in kinds_of.most_common()))
    for kind in kinds:
        for (scenario, operations), length in zip(runs, lengths, strict=True):
            share = min(length + 1, round(points / len(kinds) * length / sum(lengths)))
            chosen = {round(i * length / max(1, share - 1)) for i in range(share)}
            start = len(operations) - length
            chance = Random(f"{seed} {kind.value} {scenario.name}")
            with suppress(KeyboardInterrupt):
                left = (
                    each for each in left_overs(operations, kind, chosen, chance) if not short_files or _short(each[1])
                )
                for count, (done, tree) in enumerate(left):
                    told = marks(operations[start : start + done])
                    where = f"{kind.value}, {scenario.name}, after {done} operations"
                    checks.check(where, tree, scenario.possible(told), writes=count % 10 == 0)
    checks.finish()
    print(f"{sum(checks.points.values())} cut points in {time.monotonic() - began:.0f} s; flaws: {len(checks.flaws)}")
    for where, count in sorted(checks.points.items()):
        print(f"  {count:5} {where}: {sum(each.startswith(where) for each, _ in checks.flaws)} flaws")
    for what, count in Counter(flaw.split(":")[0] for _, flaw in checks.flaws).most_common():
        print(f"  {what}: {count}")
    return len(checks.flaws)


if __name__ == "__main__":
    main()
