"""The tracks whose vectors were being overwritten when the power failed: their analysis is repeated.

An engine writes the new vectors of a stored track over the old ones, so that a loss of power before the flush may leave
some of each. The ids are therefore on disk before the vectors are written, and until they are flushed.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from catalog.validation import is_track_id
from polymuse.errors import UnavailableError
from polymuse.files import sync_directory

OVERWRITTEN = "overwritten"  # name of the file


class Overwritten:
    """Ids in a file, each after a line break, so that one of which only a part was written spoils no other."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept = path.stat().st_size if path.exists() else 0  # bytes of what an earlier process has left

    def left(self) -> list[str]:
        """The ids that an earlier process has left."""
        if not self._kept:
            return []
        with self._path.open("rb") as file:
            lines = file.read(self._kept).decode("ascii", "replace").split("\n")
        return [line for line in dict.fromkeys(lines) if is_track_id(line)]

    def leave(self, ids: Iterable[str]) -> None:
        """Add ids to those that `left` returns, on disk when this returns. Raises UnavailableError."""
        self.add(ids)
        self._kept = self._path.stat().st_size

    def settle(self) -> None:
        """Forget what `left` returns. Raises UnavailableError."""
        if self._kept:
            self._kept = 0
            self._truncate()

    def add(self, ids: Iterable[str]) -> None:
        """Record ids, on disk when this returns. Raises UnavailableError."""
        try:
            new = not self._path.exists()
            with self._path.open("ab") as file:
                file.writelines(f"\n{id_}".encode() for id_ in ids)
                file.flush()
                os.fsync(file.fileno())
            if new:
                sync_directory(self._path.parent)
        except OSError as error:
            raise self._unwritable(error) from error

    def clear(self) -> None:
        """Forget the ids that were added, as their vectors are on disk. Raises UnavailableError."""
        if self._path.exists() and self._path.stat().st_size > self._kept:
            self._truncate()

    def _truncate(self) -> None:
        try:
            with self._path.open("r+b") as file:
                file.truncate(self._kept)
                os.fsync(file.fileno())
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> UnavailableError:
        return UnavailableError(
            f"The store {self._path.parent} cannot be written: {error.strerror}",
            "Check permissions and free space of its disk.",
        )
