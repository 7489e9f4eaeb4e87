"""Folders that cannot be watched are looked at from time to time, in a thread: a share may take long to answer."""

import os
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from indexer.watching.settling import QUIET_SECONDS

INTERVAL_SECONDS = 10.0  # between two looks at the same folder
LOAD = 1 / 20  # largest part of the time that the looks may take

Fingerprint = int


@dataclass(slots=True)
class _Changed:
    fingerprint: Fingerprint
    since: float


class Polling:
    """Yields folders whose entries have changed and are quiet again. Looks at files directly in each folder only."""

    def __init__(self, interval: float = INTERVAL_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval = interval
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[str, Fingerprint] = {}
        self._changing: dict[str, _Changed] = {}
        self._quiet: set[str] = set()
        self._next = 0.0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def __len__(self) -> int:
        return len(self._seen)

    def add(self, folders: Iterable[str]) -> None:
        """Look at these folders from now on; what they have now is no change."""
        seen = {folder: fingerprint(folder) for folder in folders}
        with self._lock:
            if not self._seen:
                self._next = self._clock() + self._interval
            self._seen |= seen

    def start(self) -> None:
        """Look from time to time, if there is anything to look at."""
        if self._seen and self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True, name="polling")
            self._thread.start()

    def keep(self, wanted: Callable[[str], bool]) -> None:
        """Look no longer at the other folders."""
        with self._lock:
            for folder in [each for each in self._seen if not wanted(each)]:
                del self._seen[folder]
                self._changing.pop(folder, None)

    def changed(self) -> set[str]:
        """The folders that have changed since the last call, and are quiet."""
        with self._lock:
            quiet, self._quiet = self._quiet, set()
        return quiet

    def close(self) -> None:
        """End the thread once its look has ended."""
        self._stop.set()

    def look(self) -> None:
        """One look: at folders that are changing, and at all if it is time."""
        with self._lock:
            began = self._clock()
            everything = began >= self._next
            folders = list(self._seen if everything else self._changing)
        for folder in folders:
            self._compare(folder, fingerprint(folder))
        if everything:
            took = self._clock() - began
            self._next = began + max(self._interval, took / LOAD)

    def _compare(self, folder: str, now: Fingerprint) -> None:
        with self._lock:
            if folder not in self._seen:
                return
            changing = self._changing.get(folder)
            if changing is not None and changing.fingerprint == now:
                if self._clock() - changing.since >= QUIET_SECONDS:
                    del self._changing[folder]
                    self._seen[folder] = now
                    self._quiet.add(folder)
            elif changing is not None or self._seen[folder] != now:
                self._changing[folder] = _Changed(now, self._clock())

    def _run(self) -> None:
        while not self._stop.wait(QUIET_SECONDS / 2):
            self.look()


def fingerprint(folder: str) -> Fingerprint:
    """A number that changes with the names, sizes and times of what is directly in a folder, or the problem with it."""
    try:
        with os.scandir(folder) as entries:
            return hash(frozenset(map(_entry, entries)))
    except OSError as error:
        return hash(error.errno)


def _entry(entry: os.DirEntry[str]) -> tuple[str, int, int]:
    try:
        if entry.is_dir():
            return entry.name, -1, 0
        status = entry.stat()
    except OSError as error:
        return entry.name, -2, error.errno or 0
    return entry.name, status.st_size, status.st_mtime_ns
