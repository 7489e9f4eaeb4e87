"""Folders that are watched: what has changed in them and come to rest, as long as they are there."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import watchfiles

from indexer.scan import IGNORED_DIRECTORIES
from indexer.stopping import Stop

QUIET_SECONDS = 2.0  # without a change, after which a file counts as written to its end
LOOK_SECONDS = 0.5  # between looks at the clock


class Settling:
    """Paths that have changed, each given out once it has not changed again for QUIET_SECONDS."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changed: dict[Path, float] = {}

    def add(self, paths: Iterable[Path]) -> None:
        self._changed |= dict.fromkeys(paths, self._clock())

    def due(self) -> list[Path]:
        now = self._clock()
        due = [path for path, when in self._changed.items() if now - when >= QUIET_SECONDS]
        for path in due:
            del self._changed[path]
        return due


def changes(roots: Sequence[Path], stop: Stop, tell: Callable[[str], None]) -> Iterator[list[Path]]:
    """What to look at again, over and over, until a stop is requested: first the roots, then what has changed in them.

    A root that vanishes is waited for, and looked at as a whole when it is back: what happened meanwhile nobody saw.
    """
    met: dict[Path, tuple[int, int]] = {}
    while not stop.requested:
        present = _present(roots)
        for root in met.keys() - present.keys():
            tell(f"{root} is gone; waiting for it to come back")
        back = [root for root, file_id in present.items() if met.get(root) != file_id]
        met = present
        if met:
            yield from _changes_below(met, back, roots, stop)
        else:
            time.sleep(LOOK_SECONDS)


def _changes_below(
    met: dict[Path, tuple[int, int]], back: list[Path], roots: Sequence[Path], stop: Stop
) -> Iterator[list[Path]]:
    """Those roots that are back, then what has changed below all, until one of them vanishes, is replaced or comes."""
    settling = Settling()
    watcher = watchfiles.watch(
        *met,
        watch_filter=None,
        step=round(1000 * LOOK_SECONDS),
        rust_timeout=round(1000 * LOOK_SECONDS),
        yield_on_timeout=True,
        raise_interrupt=False,
        ignore_permission_denied=True,
    )
    for found in watcher:  # the first time, it watches: what happens while roots are looked at is not missed
        settling.add(path for path in (Path(path) for _, path in found) if _is_visible(path, met))
        if due := [*back, *settling.due()]:
            back = []
            yield due
        if stop.requested or _present(roots) != met:
            return


def _is_visible(path: Path, roots: Iterable[Path]) -> bool:
    """Whether a scan of a root would meet the path: nothing hidden lies between them."""
    return any(
        not any(part.startswith(".") or part in IGNORED_DIRECTORIES for part in path.relative_to(root).parts)
        for root in roots
        if path.is_relative_to(root)
    )


def _present(roots: Sequence[Path]) -> dict[Path, tuple[int, int]]:
    """The roots that are there, and which file or directory each of them is."""
    present = {}
    for root in roots:
        try:
            status = os.stat(root)  # noqa: PTH116  one call, not two
        except OSError:
            continue
        present[root] = (status.st_dev, status.st_ino)
    return present
