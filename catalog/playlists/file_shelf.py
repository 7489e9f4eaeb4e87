"""Playlists as files of a folder, one each: two lines of JSON, the head and the body.

They are beside the stores of tracks and not in one of them, so that a change of the model leaves them alone. A file is
replaced as a whole under the lock of the folder, so that processes of different models may write as well.
"""

import json
import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import portalocker

from catalog.playlists.records import Record
from catalog.validation import is_track_id
from polymuse.errors import UnavailableError
from polymuse.files import make_directories, write_atomically
from polymuse.parse_json import parse_json
from polymuse.paths import printable

SUFFIX = ".json"
LOCK = "lock"
LOCK_SECONDS = 20.0
MAX_HEAD = 1 << 20  # bytes

logger = logging.getLogger(__name__)


class FileShelf:
    """Records below `folder`, which is made with the first of them. Implements `Shelf`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._heads: dict[Path, tuple[tuple[int, int, int], Mapping[str, Any]]] = {}  # with inode, time, size

    def heads(self) -> list[Mapping[str, Any]]:
        with self._reading(self._folder):
            paths = [path for path in self._folder.glob(f"*{SUFFIX}") if is_track_id(path.stem)]
        found = {path: head for path in paths if (head := self._head(path)) is not None}
        with self._lock:
            self._heads = {path: each for path, each in self._heads.items() if path in found}
        return list(found.values())

    def read(self, id: str) -> Record | None:  # noqa: A002  # the field's own word
        path = self._path(id)
        with self._reading(path):
            try:
                head, _, body = path.read_bytes().partition(b"\n")
            except FileNotFoundError:
                return None
            try:
                return Record(_parsed(head), _parsed(body))
            except ValueError as error:
                raise _damaged(path, error) from None

    def swap(self, record: Record, expected: str | None) -> bool:
        path = self._path(record.id)
        with self._writing():
            there = self.read(record.id)
            if (there.stamp if there is not None else None) != expected:
                return False
            with write_atomically(path, "w") as file:
                for part in (record.head, record.body):
                    file.write(json.dumps(part, ensure_ascii=True, separators=(",", ":")) + "\n")
        return True

    def drop(self, id: str) -> None:  # noqa: A002
        with self._writing():
            self._path(id).unlink(missing_ok=True)

    def _path(self, id: str) -> Path:  # noqa: A002
        return self._folder / f"{id}{SUFFIX}"

    def _head(self, path: Path) -> Mapping[str, Any] | None:
        """The head of a file; None if it has gone or is damaged. It is read only if the file has changed."""
        try:
            status = path.stat()
            version = status.st_ino, status.st_mtime_ns, status.st_size
            with self._lock:
                known = self._heads.get(path)
            if known is not None and known[0] == version:
                return known[1]
            with path.open("rb") as file:
                head = _parsed(file.readline(MAX_HEAD))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            logger.warning("the playlist %s cannot be read: %s", printable(path), error)
            return None
        with self._lock:
            self._heads[path] = version, head
        return head

    @contextmanager
    def _reading(self, path: Path) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise UnavailableError(
                f"{printable(path)} cannot be read: {error.strerror}", "Check permissions and its disk."
            ) from error

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Alone with the folder."""
        try:
            make_directories(self._folder)
            with portalocker.Lock(self._folder / LOCK, "a", timeout=LOCK_SECONDS):
                yield
        except portalocker.LockException as error:
            raise UnavailableError(
                f"Another process does not let go of the playlists in {printable(self._folder)}", "Try again."
            ) from error
        except OSError as error:
            raise UnavailableError(
                f"The playlists in {printable(self._folder)} cannot be written: {error.strerror}",
                "Nothing was changed. Check permissions and free space of its disk.",
            ) from error


def _parsed(line: bytes) -> dict[str, Any]:
    """Raises ValueError."""
    value = parse_json(line)
    if not isinstance(value, dict):
        raise ValueError("not a playlist")
    return value


def _damaged(path: Path, error: ValueError) -> UnavailableError:
    return UnavailableError(
        f"The playlist {printable(path)} is damaged: {error}", "Put a copy of the file in its place, or move it away."
    )
