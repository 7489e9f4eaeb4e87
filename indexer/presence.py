"""Whether stored files are still there: a file that cannot be found may be on a disk that is not mounted now.

A file is gone only on evidence: the folder that held it can be read, is on the device that the file was stored with,
and lists other things. If the folder is missing as well, the same must hold for the folder above it, up to a folder
that exists. In all other cases the file may merely be out of sight: the folder cannot be read, is an empty mount point
or an empty folder of the run, is on another device, or is a link to nothing.

Reports of what happens otherwise: https://github.com/navidrome/navidrome/issues/407,
https://github.com/beetbox/beets/issues/1934, https://github.com/quodlibet/quodlibet/issues/1615.
"""

import os
import stat
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from catalog.track import FileRef
from indexer.ignoring import is_hidden, is_system_folder
from indexer.scan import MAX_DEVICE

HANDFUL = 5  # files that may be gone at once, in a library of any size
MAX_SHARE = 0.25  # of the files of a library that may be gone at once
FEW = 8  # files of a folder that are looked up one by one; for more, the folder is listed


@dataclass(frozen=True, slots=True)
class OutOfSight:
    """Files that cannot be found, but may come back."""

    folder: str  # where the search ended
    reason: str  # what is wrong with the folder, as in "is empty"
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """What became of stored files."""

    there: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    out_of_sight: tuple[OutOfSight, ...] = ()


def too_many_gone(gone: int, files: int) -> bool:
    """Whether so many of the files of a library are gone at once that a fault is more likely than a decision."""
    return gone > HANDFUL and gone > MAX_SHARE * files


def look_for(
    files: Iterable[FileRef],
    roots: Iterable[Path] = (),
    unread: Iterable[str] = (),
    present: Sequence[FileRef] = (),
) -> Findings:
    """Look for files on disk. Lists each folder at most once, and nothing raises.

    `roots` are the folders that the user has named: if one is missing or empty, everything below it is out of sight.
    `unread` are the folders that a scan could not read. `present` are stored files that are known to be there: device
    numbers may change when a disk is mounted again, and these files show the new ones.
    """
    look = _Look(frozenset(map(str, roots)), frozenset(unread), present)
    there: list[str] = []
    gone: list[str] = []
    hidden: dict[tuple[str, str], list[str]] = defaultdict(list)
    for folder, refs in _by_folder(files).items():
        found, missing = look.split(folder, refs)
        there += found
        obstacles: dict[tuple[int, str], tuple[str, str] | None] = {}  # a library of a million files may be gone
        for ref, problem in missing:
            key = ref.device, problem
            if problem or key not in obstacles:
                obstacles[key] = look.obstacle(ref, problem)
            obstacle = obstacles[key]
            if obstacle is None:
                gone.append(ref.path)
            else:
                hidden[obstacle].append(ref.path)
    return Findings(tuple(there), tuple(gone), tuple(OutOfSight(*key, tuple(paths)) for key, paths in hidden.items()))


def is_in_sight(root: Path) -> bool:
    """Whether a folder can be read and shows anything."""
    folder, _ = _read(str(root))
    return not (folder.problem or folder.absent or folder.empty)


def is_below(path: str, folders: frozenset[str]) -> bool:
    """Whether a path is one of these folders or below one, in a time that does not grow with their number."""
    return path in folders or any(parent in folders for parent in _above(path))


def _by_folder(files: Iterable[FileRef]) -> dict[str, list[FileRef]]:
    folders: dict[str, list[FileRef]] = defaultdict(list)
    for file in files:
        folders[os.path.dirname(file.path)].append(file)  # noqa: PTH120  a Path per file costs more than the look
    return folders


@dataclass(frozen=True, slots=True)
class _Folder:
    """What a folder shows."""

    problem: str = ""  # why it cannot be read
    absent: bool = False
    empty: bool = True  # it has only hidden entries and those that systems create
    mount_point: bool = False
    device: int = 0


@dataclass
class _Look:
    """One look at the disk, which remembers the folders it has read."""

    roots: frozenset[str]
    unread: frozenset[str]
    present: Sequence[FileRef]
    _folders: dict[str, _Folder] = field(default_factory=dict)

    def split(self, folder: str, refs: Sequence[FileRef]) -> tuple[list[str], list[tuple[FileRef, str]]]:
        """The files of a folder that are there; those that are not found, with the problem if there is one."""
        names: Collection[str] = ()
        if len(refs) > FEW:
            self._folders[folder], names = _read(folder)
            if self._folders[folder].absent:
                return [], [(ref, "") for ref in refs]
        there, missing = [], []
        for ref in refs:
            # A name that is not listed may exist in another case or Unicode form
            state = "" if os.path.basename(ref.path) in names else _problem(ref.path)  # noqa: PTH119
            if state == "":
                there.append(ref.path)
            else:
                missing.append((ref, state or ""))
        return there, missing

    def obstacle(self, ref: FileRef, problem: str) -> tuple[str, str] | None:
        """The path and the reason for which a file that was not found may be out of sight; None: it is gone."""
        for path in _above(ref.path) if self.unread else ():
            if path in self.unread:
                return path, "could not be read"
        for path in _above(ref.path):
            folder = self._folder(path)
            if folder.problem:
                return path, folder.problem
            if folder.absent and path in self.roots:
                return path, "does not exist"
            if not folder.absent:
                return (ref.path, problem) if problem else self._doubt(path, folder, ref)
        return ref.path, "is on a drive that does not exist"

    def _doubt(self, path: str, folder: _Folder, ref: FileRef) -> tuple[str, str] | None:
        """The obstacle if a folder, the nearest that exists, is no evidence that the file is gone."""
        elsewhere = ref.device not in (0, folder.device) and folder.device not in self._now_at[ref.device]
        if folder.empty and (elsewhere or path in self.roots or folder.mount_point or not ref.device):
            return path, "is empty"
        if elsewhere:
            return path, "is on another disk than before, or its disk is not mounted"
        return None

    @cached_property
    def _now_at(self) -> dict[int, set[int]]:
        """{device that files were stored with: devices that the folders of those that are present are on now}."""
        devices: dict[int, set[int]] = defaultdict(set)
        for device, folder in {(ref.device, os.path.dirname(ref.path)) for ref in self.present}:  # noqa: PTH120
            devices[device].add(self._folder(folder).device)
        return devices

    def _folder(self, path: str) -> _Folder:
        if path not in self._folders:
            self._folders[path], _ = _read(path)
        return self._folders[path]


def _above(path: str) -> Iterator[str]:
    """The folders above a path, nearest first."""
    while (parent := os.path.dirname(path)) != path:  # noqa: PTH120
        yield parent
        path = parent


def _problem(path: str) -> str | None:
    """Why a file cannot be looked up: "" if it can and is there, None if it is not there."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError:  # no file has such a name
        return None
    except OSError as error:
        return _reason(error)
    return ""


def _read(path: str) -> tuple[_Folder, frozenset[str]]:
    """A folder, and the names in it."""
    try:
        status = os.stat(path)  # noqa: PTH116
        with os.scandir(path) as entries:
            names = frozenset(entry.name for entry in entries)
        above = os.stat(os.path.join(path, os.pardir))  # noqa: PTH116, PTH118
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return _missing(path), frozenset()
    except OSError as error:
        return _Folder(problem=_reason(error)), frozenset()
    empty = all(is_hidden(name) or is_system_folder(name) for name in names)
    mount_point = status.st_dev != above.st_dev or status.st_ino == above.st_ino
    return _Folder(empty=empty, mount_point=mount_point, device=status.st_dev & MAX_DEVICE), names


def _missing(path: str) -> _Folder:
    try:
        link = stat.S_ISLNK(os.lstat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        link = False
    except OSError as error:
        return _Folder(problem=_reason(error))
    return _Folder(problem="is a link to a folder that does not exist") if link else _Folder(absent=True)


def _reason(error: OSError) -> str:
    return f"cannot be read ({'no permission' if isinstance(error, PermissionError) else error.strerror or error})"
