"""Syncs names: what POSIX leaves to the caller, and an engine leaves to the file system.

A file survives a loss of power under its name only once its folder is synced, whatever is done to the file. The
journals of ext4, XFS and Btrfs sync names with the next sync of any file; other file systems need not.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from polymuse.files import sync_directory


@dataclass(frozen=True, slots=True)
class _Seen:
    mtime_ns: int
    names: frozenset[str]


class FolderSync:
    """Syncs what is new in a folder and the folders below since the last time."""

    def __init__(self, root: Path) -> None:
        """Nothing counts as synced yet."""
        self._root = root
        self._seen: dict[Path, _Seen] = {}

    def sync(self) -> None:
        """Sync new files, and folders whose names have changed after what is in them. Raises OSError."""
        seen: dict[Path, _Seen] = {}
        self._sync(self._root, seen)
        self._seen = seen

    def _sync(self, folder: Path, seen: dict[Path, _Seen]) -> None:
        mtime = folder.stat().st_mtime_ns  # before the names are read
        with os.scandir(folder) as entries:
            found = [*entries]
        now = seen[folder] = _Seen(mtime, frozenset(entry.name for entry in found))
        before = self._seen.get(folder)
        for entry in found:
            if entry.is_dir(follow_symlinks=False):
                self._sync(Path(entry.path), seen)
            elif before is None or entry.name not in before.names:
                _sync_file(Path(entry.path))
        if now != before:
            sync_directory(folder)


def _sync_file(path: Path) -> None:
    with path.open("r+b") as file:  # Windows syncs only what could be written
        os.fsync(file.fileno())
