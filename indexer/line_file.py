"""A small JSON Lines file that several processes change, and that stays readable after a crash."""

import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import portalocker

from polymuse.errors import UnavailableError
from polymuse.files import make_directories, sync_directory, write_atomically
from polymuse.parse_json import parse_json
from polymuse.paths import printable

Line = Mapping[str, Any]


class LineFile:
    """Every change appends a line. A line that a crash cut short is skipped when the file is read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._threads = threading.RLock()
        self._alone = False

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let no other process and no other thread change the file meanwhile. Raises UnavailableError."""
        with self._threads:
            if self._alone:
                yield
                return
            with self._writing():
                make_directories(self.path.parent)
                lock = self.path.with_suffix(".lock").open("a")
            with lock:
                with suppress(portalocker.LockException):  # some network file systems have no locks
                    portalocker.lock(lock, portalocker.LOCK_EX)
                self._alone = True
                try:
                    yield
                finally:
                    self._alone = False

    def version(self) -> tuple[int, ...]:
        """Differs from an earlier one if the file has changed since."""
        try:
            status = self.path.stat()
        except OSError:
            return ()
        return status.st_ino, status.st_size, status.st_mtime_ns

    def read(self) -> list[dict[str, Any]]:
        """All complete lines. Raises UnavailableError if the file cannot be read."""
        try:
            text = self.path.read_text(encoding="ascii", errors="replace")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise UnavailableError(f"{printable(self.path)} cannot be read: {error.strerror}", "Check it") from error
        return list(_objects(text))

    def append(self, line: Line, *, durable: bool = False) -> None:
        """Append a line. `durable`: sync it to disk, to survive a crash of the machine. Raises UnavailableError."""
        with self.alone(), self._writing(), self.path.open("a+b") as stream:
            is_new = stream.tell() == 0
            stream.write(self._end_of_last(stream) + json.dumps(line).encode("ascii") + b"\n")
            if durable:
                stream.flush()
                os.fsync(stream.fileno())
                if is_new:
                    sync_directory(self.path.parent)

    def rewrite(self, lines: Iterable[Line]) -> None:
        """Replace the content of the file atomically. Raises UnavailableError."""
        with self.alone(), self._writing(), write_atomically(self.path, "w") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)

    @staticmethod
    def _end_of_last(stream: BinaryIO) -> bytes:
        """The line break that a crash has kept the last line from."""
        if stream.seek(0, os.SEEK_END) == 0:
            return b""
        stream.seek(-1, os.SEEK_END)
        return b"" if stream.read(1) == b"\n" else b"\n"

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise UnavailableError(
                f"{printable(self.path)} cannot be written: {error.strerror}",
                "Check the permissions and free space of its disk, and run the command again",
            ) from error


def _objects(text: str) -> Iterator[dict[str, Any]]:
    for line in text.splitlines():
        try:
            value = parse_json(line)
        except ValueError:  # cut short by a crash
            continue
        if isinstance(value, dict):
            yield value
