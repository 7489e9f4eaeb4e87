"""Folders of which the system reports changes."""

import sys
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass

import watchfiles
from watchfiles.main import FileChange

RECURSIVE = sys.platform != "linux"  # other systems watch whole trees
WAIT_MS, STEP_MS = 500, 20  # for changes: of the first watcher, and of each further one
MAX_WATCHERS = 8  # each takes an inotify instance, of which there may be 128


@dataclass(frozen=True, slots=True)
class _Watcher:
    folders: tuple[str, ...]
    changes: Generator[set[FileChange], None, None]


class Notifications:
    """Folders that are watched, each by itself: one that cannot be read would hide all others of a recursive watch.

    With `ignore_permission_denied`, watchfiles ignores all errors of a watch, and notify gives up a tree at the first
    error below it; without, watchfiles gives up all folders (src/lib.rs of watchfiles 1.2, inotify.rs of notify 8). So
    `indexer.watching.inotify` says which folders are really watched.
    """

    def __init__(self) -> None:
        self._watchers: list[_Watcher] = []
        self._found: set[FileChange] = set()

    def __bool__(self) -> bool:
        return bool(self._watchers)

    def add(self, folders: Sequence[str]) -> None:
        """Watch these folders as well. Raises RuntimeError if the system allows no further watcher."""
        later = self._watchers[1:] if len(self._watchers) >= MAX_WATCHERS else []
        wanted = [*(folder for watcher in later for folder in watcher.folders), *folders]
        if not wanted:
            return
        wait = STEP_MS if self._watchers else WAIT_MS
        changes = watchfiles.watch(
            *wanted,
            watch_filter=None,
            debounce=STEP_MS,
            step=STEP_MS,
            rust_timeout=wait,
            yield_on_timeout=True,
            raise_interrupt=False,
            force_polling=False,
            recursive=RECURSIVE,
            ignore_permission_denied=True,
        )
        self._found |= next(changes)  # only now it watches
        for watcher in later:
            self._found |= next(watcher.changes)
            watcher.changes.close()
            self._watchers.remove(watcher)
        self._watchers.append(_Watcher(tuple(wanted), changes))

    def changes(self) -> Iterable[FileChange]:
        """The changes since the last call; waits a moment for one. Raises RuntimeError if watching has failed."""
        found, self._found = self._found, set()
        for watcher in self._watchers:
            changes = next(watcher.changes, None)
            if changes is None:
                raise RuntimeError("a watcher has ended")
            found |= changes
        return found

    def close(self) -> None:
        for watcher in self._watchers:
            watcher.changes.close()
        self._watchers.clear()
