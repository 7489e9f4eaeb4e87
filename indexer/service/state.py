"""What clients of the service have chosen, kept across restarts."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from polymuse.errors import UnavailableError
from polymuse.files import make_directories, write_atomically
from polymuse.parse_json import parse_json
from polymuse.paths import printable


@dataclass(frozen=True, slots=True)
class ServiceState:
    """Folders chosen by clients, and whether they have paused analysis."""

    folders: tuple[str, ...] = ()
    paused: bool = False

    @classmethod
    def read(cls, path: Path) -> Self:
        """The stored state; the default if there is none or it is damaged. Raises UnavailableError."""
        try:
            stored = parse_json(path.read_text("ascii"))
            folders = tuple(str(folder) for folder in stored["folders"])
            return cls(folders, bool(stored["paused"]))
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            return cls()
        except OSError as error:
            raise UnavailableError(f"{printable(path)} cannot be read: {error.strerror}", "Check it") from error

    def write(self, path: Path) -> None:
        """Raises UnavailableError."""
        try:
            make_directories(path.parent)
            with write_atomically(path, "w") as file:
                json.dump(asdict(self), file)  # ASCII: bytes that are not UTF-8 are escaped
        except OSError as error:
            raise UnavailableError(
                f"{printable(path)} cannot be written: {error.strerror}",
                "Check the permissions and free space of its disk",
            ) from error
