"""The folders that were indexed on this machine. Only files below them leave it as audio."""

import json
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path, PurePath

from polymuse.errors import UnavailableError
from polymuse.files import make_directories, write_atomically
from polymuse.parse_json import parse_json
from polymuse.paths import printable

MAX_FOLDERS = 5000  # that a text may name
REMEMBERED = 300.0  # seconds


class IndexedFolders:
    """Kept in a file that other processes read and add to. Paths are in the form of `polymuse.paths.normal`."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read: tuple[tuple[int, int, int] | None, frozenset[str]] = (None, frozenset())  # (version, paths)
        self._named: tuple[float, tuple[str, ...]] = (-REMEMBERED, ())  # (time.monotonic(), folders)

    def add(self, paths: Iterable[Path]) -> None:
        """Record folders, or single files. Raises UnavailableError if that cannot be stored."""
        known = self._paths()
        new = {str(path) for path in paths if not _is_below(path, known)}
        if not new:
            return
        try:
            make_directories(self._file.parent)
            with write_atomically(self._file, "w") as file:
                json.dump({"folders": sorted(known | new)}, file)  # ASCII: bytes that are not UTF-8 are escaped
        except OSError as error:
            raise UnavailableError(
                f"{printable(self._file)} cannot be written: {error.strerror}",
                "Check the permissions and free space of its disk",
            ) from error

    def hold(self, path: str) -> bool:
        """Whether a path is in one of the folders. Links count as what they are called, as in the library."""
        pure = PurePath(path)
        return ".." not in pure.parts and _is_below(pure, self._paths())

    def named(self) -> Sequence[str]:
        """The folders that people may name: those that were indexed and those directly in them, as absolute paths.

        Remembered for five minutes. Folders that cannot be read now are left out.
        """
        if time.monotonic() - self._named[0] >= REMEMBERED:
            self._named = time.monotonic(), tuple(islice(_with_children(sorted(self._paths())), MAX_FOLDERS))
        return self._named[1]

    def _paths(self) -> frozenset[str]:
        """The paths as the file has them now; none if it is missing or damaged."""
        try:
            status = self._file.stat()
            version = status.st_ino, status.st_size, status.st_mtime_ns
            if self._read[0] != version:
                self._read = version, frozenset(map(str, parse_json(self._file.read_bytes())["folders"]))
        except (OSError, ValueError, KeyError, TypeError):
            return frozenset()
        return self._read[1]


def _is_below(path: PurePath, folders: frozenset[str]) -> bool:
    return any(str(each) in folders for each in (path, *path.parents))


def _with_children(folders: Iterable[str]) -> Iterator[str]:
    for folder in folders:
        with suppress(OSError), os.scandir(folder) as entries:
            yield folder
            yield from sorted(entry.path for entry in entries if entry.is_dir() and not entry.name.startswith("."))
