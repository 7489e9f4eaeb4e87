"""Watch folders for changes: by the system where that is possible, and by looking at them where it is not."""

import os
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from watchfiles import Change

from indexer.ignoring import Visible
from indexer.presence import is_below
from indexer.stopping import Stop
from indexer.watching.file_systems import mounts_below, remote_devices
from indexer.watching.folders import Folder, folders_below
from indexer.watching.inotify import raise_limit, watched_inodes
from indexer.watching.notifications import RECURSIVE, Notifications
from indexer.watching.polling import INTERVAL_SECONDS, Polling
from indexer.watching.settling import Settling
from polymuse.paths import is_folder

WAIT_SECONDS = 0.5  # for a change, if nothing is watched
EVERY = f"every {INTERVAL_SECONDS:.0f} s"
DAY = 24.0  # hours


@dataclass(frozen=True, slots=True)
class FolderState:
    """How changes in one of the folders are noticed."""

    path: Path
    state: Literal["watched", "polled", "missing", "unreadable"]
    problems: tuple[str, ...] = ()  # what keeps it from being watched as a whole, with what to do


class Watching:
    """Yields what to scan again. Says each problem once, in one line."""

    def __init__(
        self,
        roots: Sequence[Path],
        notify: Callable[[str], None],
        exclude: Sequence[str] = (),
        rescan_hours: float = DAY,
    ) -> None:
        """`exclude` are patterns relative to each root. Every `rescan_hours` all is scanned again; 0: never."""
        self._roots = roots
        self._notify = notify
        self._exclude = exclude
        self._rescan_seconds = 3600 * rescan_hours or float("inf")
        self._present: dict[Path, tuple[int, int]] = {}
        self._missing: set[Path] = set()
        self._known: dict[str, Folder] = {}  # folders that are watched or polled
        self._mounts: dict[Path, int] = {}
        self._notifications = Notifications()
        self._polling = {root: Polling() for root in roots}  # one each: a share that hangs holds up no other
        self._states: dict[Path, FolderState] = {}
        self._limit = ""  # the limit that keeps folders from being watched
        self._said: set[str] = set()

    def states(self) -> list[FolderState]:
        """The state of each root; may be called from any thread."""
        return [self._states.get(root, FolderState(root, "missing")) for root in self._roots]

    def changes(self, stop: Stop) -> Generator[list[Path], None, None]:
        """Yield paths to scan again until a stop is requested: first the roots, then what has changed below them.

        A root that was gone is yielded as a whole when it is back, because changes may have been missed.
        """
        settling = Settling()
        rescan = time.monotonic() + self._rescan_seconds
        try:
            while not stop.requested:
                if time.monotonic() >= rescan:
                    rescan = time.monotonic() + self._rescan_seconds
                    self._restart()
                due = self._returned_roots()
                try:
                    changed = [Path(path) for _, path in self._events()]
                except RuntimeError:  # such as a name that is not UTF-8, see `Folder.decodable`
                    self._restart()
                    continue
                settling.add(filter(Visible(self._present, self._exclude), set(changed)) if changed else ())
                if due := [*due, *map(Path, self._changed_polled()), *settling.due()]:
                    yield due
        finally:
            self._notifications.close()
            for polling in self._polling.values():
                polling.close()

    def _restart(self) -> None:
        """Begin again, as if all roots had returned."""
        self._notifications.close()
        self._notifications = Notifications()
        self._forget(map(str, self._roots))
        self._present.clear()

    def _returned_roots(self) -> list[Path]:
        """The roots that were not there at the last call, or have been replaced since; they are watched from now on."""
        present = _present(self._roots)
        for root in self._roots:
            if root in present:
                self._missing.discard(root)
            elif root not in self._missing:
                self._missing.add(root)
                self._states[root] = FolderState(root, "missing")
                if root in self._present:
                    self._notify(f"{root} is gone; waiting for it to come back")
                else:
                    self._notify(f"{root} is not there: check the path. Waiting for it; Ctrl-C stops")
        returned = [root for root, file_id in present.items() if self._present.get(root) != file_id]
        self._forget(str(root) for root in self._roots if root in returned or root not in present)
        self._present = present
        self._take_in(returned)
        return returned

    def _events(self) -> list[tuple[Change, str]]:
        """Changes of which the system has told; folders that have appeared are watched from now on."""
        if not self._notifications:
            time.sleep(WAIT_SECONDS)
        found = list(self._notifications.changes())
        mounts = mounts_below(self._roots)
        found += [(Change.added, str(path)) for path, _ in mounts.items() ^ self._mounts.items()]
        self._mounts = mounts
        self._renew([path for change, path in found if change != Change.modified])
        self._take_in(self._new_folders(path for _, path in found))
        return found

    def _changed_polled(self) -> list[str]:
        """Polled folders that have changed; they are watched from now on if that has become possible."""
        changed = [path for polling in self._polling.values() for path in polling.changed()]
        self._renew(changed, below=False)
        self._take_in(self._new_folders(changed))
        return changed

    def _renew(self, paths: Iterable[str], *, below: bool = True) -> None:
        """Forget folders that have been created, moved or deleted: others may have their names by now."""
        folders = [path for path in paths if path in self._known]
        if not below:
            for path in folders:
                del self._known[path]
        elif folders:
            self._forget(folders)

    def _new_folders(self, paths: Iterable[str]) -> list[Path]:
        new = [Path(path) for path in dict.fromkeys(paths) if path not in self._known and not RECURSIVE]
        visible = Visible(self._present, self._exclude)
        return [path for path in new if is_folder(path) and visible(path)]

    def _forget(self, folders: Iterable[str]) -> None:
        gone = frozenset(folders)
        if gone:
            self._known = {path: folder for path, folder in self._known.items() if not is_below(path, gone)}
            for polling in self._polling.values():
                polling.keep(lambda path: not is_below(path, gone))

    def _take_in(self, starts: Sequence[Path]) -> None:
        """Watch or poll the folders at and below these paths, and renew the states of the roots."""
        if not starts:
            return
        found: dict[str, Folder] = {}
        for start in starts:
            found |= {each.path: each for each in self._folders(start) if each.path not in self._known}
        polled = self._watch(found)
        self._known |= found
        roots = {root for root in self._present for start in starts if start.is_relative_to(root)}
        for root in roots:
            own = frozenset([str(root)])
            self._polling[root].add(path for path in polled if is_below(path, own))
            self._polling[root].start()
            self._renew_state(root)

    def _folders(self, start: Path) -> Iterator[Folder]:
        if RECURSIVE:  # the system takes in what is below
            return iter([Folder(str(start))])
        root = next(root for root in self._present if start.is_relative_to(root))
        return folders_below(root, start, self._exclude)

    def _watch(self, folders: dict[str, Folder]) -> list[str]:
        """Watch folders, and return those that have to be polled."""
        remote = remote_devices()
        wanted = [each for each in folders.values() if each.readable and each.decodable and each.device not in remote]
        try:
            self._notifications.add([folder.path for folder in wanted])
        except RuntimeError:
            self._limit = f"No folder can be watched: {_limit('max_user_instances')}"
            self._say(self._limit)
            return list(folders)
        watched = watched_inodes()
        unwatched = [] if RECURSIVE else [each for each in wanted if each.inode not in watched]
        if unwatched:
            self._limit = f"Not all folders can be watched: {_limit('max_user_watches')}"
            self._say(self._limit)
        watched_paths = {each.path for each in wanted} - {each.path for each in unwatched}
        return [path for path in folders if path not in watched_paths]

    def _renew_state(self, root: Path) -> None:
        own = frozenset([str(root)])
        folders = [folder for folder in self._known.values() if is_below(folder.path, own)]
        unreadable = [folder.path for folder in folders if not folder.readable]
        remote = [folder for folder in folders if folder.device in remote_devices()]
        undecodable = [folder for folder in folders if not folder.decodable]
        polled = len(self._polling[root]) - len(unreadable)
        problems = []
        if remote:
            problems.append(f"{root} is on a network or shared file system: it is looked at {EVERY}")
        if undecodable:
            problems.append(f"Folders below {root} have names that are not UTF-8: they are looked at {EVERY}")
        for line in problems:
            self._say(line)
        if polled > len(remote) + len(undecodable):
            problems.append(self._limit)
        if unreadable:
            problems.append(f"{len(unreadable)} folders cannot be read, such as {unreadable[0]}")
        state = "unreadable" if str(root) in unreadable else "polled" if polled else "watched"
        self._states[root] = FolderState(root, state, tuple(problems))

    def _say(self, line: str) -> None:
        if line not in self._said:
            self._said.add(line)
            self._notify(line)


def _limit(name: str) -> str:
    return f"a limit of the system is reached. They are looked at {EVERY}; to watch them: {raise_limit(name)}"


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
