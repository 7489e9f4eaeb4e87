"""What every server of music can do for us, whichever kind it is."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from catalog.songs.reference import SongReference
from catalog.track import Track

MAX_SONGS = 2_000_000  # of a server; more are not read
MAX_PLAYLISTS = 20_000
MAX_ID = 200  # characters
MAX_FIELD = 1_000  # characters of a title and the like
MAX_PLACE = 4_096  # characters of a path
MAX_NAMES = 100  # artists of a song


@dataclass(frozen=True, slots=True)
class RemotePlaylist:
    """A playlist on a server."""

    id: str
    name: str
    writable: bool = True  # for the user; a smart one or one of somebody else is not


@dataclass(frozen=True, slots=True)
class RemoteEntry:
    """A song in a playlist on a server."""

    song: str
    entry: str = ""  # the server's id of this place, where it has one


class Server(Protocol):
    """One server. Every method raises `players.http.PlayerError`, with advice."""

    name: str  # as the user calls it; ids are remembered under it
    unique: bool  # whether it keeps a song only once in a playlist

    def check(self) -> str:
        """What it is, after a request that needs the user and the secret: "navidrome 0.63.2"."""
        ...

    def songs(self) -> Iterator[list[SongReference]]:
        """All songs, page by page."""
        ...

    def find(self, track: Track) -> list[SongReference]:
        """Songs that the track may be, by its title."""
        ...

    def playlists(self) -> list[RemotePlaylist]:
        """The playlists that the user sees."""
        ...

    def entries(self, playlist: str) -> list[RemoteEntry]:
        """The songs of a playlist, in order. Raises PlayerError also if there is none with that id."""
        ...

    def create(self, name: str, songs: Sequence[str]) -> str:
        """A new playlist of a few songs, for the user alone; its id."""
        ...

    def append(self, playlist: str, songs: Sequence[str]) -> None:
        """Add songs at the end."""
        ...

    def cut(self, playlist: str, entries: Sequence[RemoteEntry], first: int, last: int) -> None:
        """Take out the entries at the places from `first` to before `last`, of those that it has now."""
        ...

    def replace(self, playlist: str, name: str, songs: Sequence[str]) -> bool:
        """Give it these songs instead of all others in one step; False if the server cannot."""
        ...

    def rename(self, playlist: str, name: str) -> None:
        """Give it another name."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


class BadAnswerError(ValueError):
    """An answer without what it must have."""


def as_list(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; a single one stands for a list of one, as some servers write it; else none."""
    if isinstance(value, dict):
        return [value]
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def as_object(value: Any) -> dict[str, Any]:
    """An object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def as_text(value: Any, most: int = MAX_FIELD) -> str:
    """A text or whole number as a text; "" for anything else."""
    if isinstance(value, str):
        return value[:most]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18 else ""


def as_id(value: Any) -> str:
    """An id; "" for what cannot be one."""
    text = as_text(value, MAX_ID + 1)
    return text if len(text) <= MAX_ID and text.isprintable() and " " not in text else ""


def as_seconds(value: Any, unit: float = 1.0) -> float | None:
    """A duration in seconds from a number of units, each so many seconds; None for anything else."""
    if isinstance(value, str):
        try:
            value = float(value[:40])
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        seconds = float(value) * unit
    except OverflowError:
        return None
    return seconds if math.isfinite(seconds) and 0 < seconds < 1e7 else None


def as_names(value: Any) -> tuple[str, ...]:
    """Names from a list of texts, or of objects with a name."""
    if not isinstance(value, list):
        return ()
    names = (as_text(each.get("name")) if isinstance(each, dict) else as_text(each) for each in value[:MAX_NAMES])
    return tuple(filter(None, names))


def batches(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """The items in order, so many at a time."""
    return (items[start : start + size] for start in range(0, len(items), size))
