"""A small JSON Lines file that a crash at any moment leaves readable."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from polymuse.errors import UnavailableError
from polymuse.files import write_atomically
from polymuse.paths import printable

Line = Mapping[str, Any]


class LineFile:
    """Every change is one appended line. A line that a crash cut short is left out when the file is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[dict[str, Any]]:
        """Raises UnavailableError for a file that cannot be read."""
        try:
            text = self.path.read_text(encoding="ascii", errors="replace")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise UnavailableError(f"{printable(self.path)} cannot be read: {error.strerror}", "Check it") from error
        return list(_objects(text))

    def append(self, line: Line, *, durable: bool = False) -> None:
        """`durable`: it survives a crash of the whole machine. Raises UnavailableError."""
        with self._writing():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="ascii") as stream:
                stream.write(json.dumps(line) + "\n")
                if durable:
                    stream.flush()
                    os.fsync(stream.fileno())

    def rewrite(self, lines: Iterable[Line]) -> None:
        """Replaces the file by these lines, or leaves it as it was. Raises UnavailableError."""
        with self._writing(), write_atomically(self.path, "w") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise UnavailableError(
                f"{printable(self.path)} cannot be written: {error.strerror}",
                "Check permissions and free space of its disk, and run the command again",
            ) from error


def _objects(text: str) -> Iterator[dict[str, Any]]:
    for line in text.splitlines():
        try:
            value = json.loads(line)
        except ValueError:  # cut short by a crash
            continue
        if isinstance(value, dict):
            yield value
