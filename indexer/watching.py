"""Watch folders for changes, and yield changed paths once they are no longer being written."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import watchfiles

from indexer.ignoring import Visible
from indexer.stopping import Stop

QUIET_SECONDS = 2.0  # without a change, after which a file counts as completely written
POLL_SECONDS = 0.5


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


def changes(
    roots: Sequence[Path], stop: Stop, notify: Callable[[str], None], exclude: Sequence[str] = ()
) -> Iterator[list[Path]]:
    """Yield paths to scan again until a stop is requested: first the roots, then what has changed below them.

    What a scan of the roots with the patterns `exclude` would leave out is no change. If a root disappears, wait for it
    and yield it as a whole when it is back, because changes may have been missed.
    """
    known: dict[Path, tuple[int, int]] = {}
    while not stop.requested:
        present = _present(roots)
        for root in known.keys() - present.keys():
            notify(f"{root} is gone; waiting for it to come back")
        back = [root for root, file_id in present.items() if known.get(root) != file_id]
        known = present
        if known:
            yield from _changes_below(known, back, roots, stop, exclude)
        else:
            time.sleep(POLL_SECONDS)


def _changes_below(
    known: dict[Path, tuple[int, int]], back: list[Path], roots: Sequence[Path], stop: Stop, exclude: Sequence[str]
) -> Iterator[list[Path]]:
    """Yield the roots that are back, then changed paths, until a root disappears, is replaced or appears."""
    settling = Settling()
    watcher = watchfiles.watch(
        *known,
        watch_filter=None,
        step=round(1000 * POLL_SECONDS),
        rust_timeout=round(1000 * POLL_SECONDS),
        yield_on_timeout=True,
        raise_interrupt=False,
        ignore_permission_denied=True,
    )
    for found in (
        watcher
    ):  # the watcher is active from the first iteration, so changes during the scan of the roots are not missed
        if found:
            settling.add(filter(Visible(known, exclude), {Path(path) for _, path in found}))
        if due := [*back, *settling.due()]:
            back = []
            yield due
        if stop.requested or _present(roots) != known:
            return


def _present(roots: Sequence[Path]) -> dict[Path, tuple[int, int]]:
    """The roots that exist, with the device and inode of each."""
    present = {}
    for root in roots:
        try:
            status = os.stat(root)  # noqa: PTH116  one call, not two
        except OSError:
            continue
        present[root] = (status.st_dev, status.st_ino)
    return present
