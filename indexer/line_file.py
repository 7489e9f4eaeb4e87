"""A small JSON Lines file that stays readable after a crash."""

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
    """Every change appends a line. A line that a crash cut short is skipped when the file is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

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
        with self._writing():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="ascii") as stream:
                stream.write(json.dumps(line) + "\n")
                if durable:
                    stream.flush()
                    os.fsync(stream.fileno())

    def rewrite(self, lines: Iterable[Line]) -> None:
        """Replace the content of the file atomically. Raises UnavailableError."""
        with self._writing(), write_atomically(self.path, "w") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)

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
            value = json.loads(line)
        except ValueError:  # cut short by a crash
            continue
        if isinstance(value, dict):
            yield value
