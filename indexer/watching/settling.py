"""Changed paths that are returned once nothing changes any more."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path

QUIET_SECONDS = 2.0  # without a change, after which a file counts as completely written


class Settling:
    """Changed paths, each returned once it has not changed again for QUIET_SECONDS."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changed: dict[Path, float] = {}

    def add(self, paths: Iterable[Path]) -> None:
        self._changed |= dict.fromkeys(paths, self._clock())

    def due(self) -> list[Path]:
        """Remove and return the paths that have been quiet long enough."""
        now = self._clock()
        due = [path for path, when in self._changed.items() if now - when >= QUIET_SECONDS]
        for path in due:
            del self._changed[path]
        return due
