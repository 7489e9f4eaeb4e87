"""Remembers which playlists on servers are ours, and what we last wrote to them."""

import json
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from polymuse.errors import UnavailableError
from polymuse.files import make_directories, write_atomically
from polymuse.parse_json import parse_json
from polymuse.paths import printable

_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class Pushed:
    """A playlist that was made on a server."""

    id: str  # the server's
    url: str  # of the server: another one has other ids
    name: str  # as we called it
    songs: tuple[str, ...]  # ids of the server, as we last wrote them


class PushedLists:
    """The playlists of a library on servers, in a file of JSON."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def get(self, server: str, playlist: str) -> Pushed | None:
        """What is remembered of a playlist on a server. Raises UnavailableError for a damaged file."""
        stored = self._read().get(server, {}).get(playlist)
        if stored is None:
            return None
        return Pushed(stored["id"], stored["url"], stored["name"], tuple(stored["songs"]))

    def put(self, server: str, playlist: str, pushed: Pushed) -> None:
        """Remember it. Raises UnavailableError."""
        with _LOCK:
            known = self._read()
            known.setdefault(server, {})[playlist] = asdict(pushed)
            try:
                make_directories(self._file.parent)
                with write_atomically(self._file, "w") as file:
                    json.dump(known, file)
            except OSError as error:
                raise UnavailableError(
                    f"{printable(self._file)} cannot be written: {error.strerror}",
                    "Check the permissions and free space of its disk",
                ) from error

    def _read(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Unlike a cache, a damaged file is not taken for an empty one: our playlists would be strangers'."""
        try:
            known = parse_json(self._file.read_bytes())
            for lists in known.values():
                for each in lists.values():
                    _check(each)
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, AttributeError, TypeError, KeyError) as error:
            raise UnavailableError(
                f"{printable(self._file)} cannot be read: {error}", "Restore it from a backup, or remove it"
            ) from None
        return known


def _check(stored: dict[str, Any]) -> None:
    """Raises ValueError and the like for what is no record."""
    texts = [stored["id"], stored["url"], stored["name"], *stored["songs"]]
    if len(stored) != 4 or not all(isinstance(each, str) for each in texts):
        raise ValueError("it is damaged")
