"""Playlists as they are stored."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

from catalog.keys import decode_path, encode_path
from catalog.track import Track
from polymuse.errors import UserError
from polymuse.text import clean, clean_lines

MAX_ENTRIES = 50_000  # of a playlist
MAX_NAME = 200  # characters
MAX_DESCRIPTION = 2_000  # characters
MAX_PATH = 4_096  # characters of the path of an entry; longer ones are left out
URI = "file://"  # how a path that is not UTF-8 is stored
MAX_SECONDS = 1e7  # of a track; players write absurd lengths


class PlaylistError(UserError):
    """A playlist that cannot be stored as asked."""

    exit_code: ClassVar[int] = 2
    kind: ClassVar[str] = "bad-playlist"
    http_status: ClassVar[int] = 422


class PlaylistConflictError(UserError):
    """A change of what has been changed meanwhile."""

    exit_code: ClassVar[int] = 1
    kind: ClassVar[str] = "playlist-changed"
    http_status: ClassVar[int] = 409


@dataclass(frozen=True, slots=True)
class PlaylistEntry:
    """A track of a playlist, with what is shown of it when the library does not have it."""

    number: int  # unique within the playlist, and never used again
    track_id: str  # "": the library has never had it
    title: str
    artist: str = ""
    path: str = ""  # of its first file; bytes that are not UTF-8 as surrogate escapes
    duration: float = 0.0  # seconds; 0: unknown

    def to_list(self) -> list[Any]:
        """As JSON."""
        return [self.number, self.track_id, self.title, self.artist, encode_path(self.path), round(self.duration, 2)]

    @classmethod
    def of_list(cls, stored: Sequence[Any]) -> "PlaylistEntry":
        """The inverse of `to_list`. Raises ValueError for anything else."""
        number, track_id, title, artist, path, duration = stored
        texts = (track_id, title, artist, path)
        if type(number) is not int or number < 0 or not all(isinstance(each, str) for each in texts):
            raise ValueError("an entry has a number and four texts")
        entry = made_entry(title, artist, decode_path(path), duration, track_id=track_id)
        return PlaylistEntry(number, entry.track_id, entry.title, entry.artist, entry.path, entry.duration)

    @classmethod
    def of_track(cls, track: Track) -> "PlaylistEntry":
        """A new entry; it gets its number when it is added."""
        path = track.files[0].path if track.files else ""
        return made_entry(track.title, track.credit, path, track.duration, track_id=track.id)


def made_entry(title: str, artist: str, path: str, duration: object, *, track_id: str = "") -> PlaylistEntry:
    """A new entry with clean texts. Raises ValueError for a duration that is no number."""
    if isinstance(duration, bool) or not isinstance(duration, int | float):
        raise ValueError("the duration of an entry is not a number")
    seconds = min(float(duration), MAX_SECONDS) if math.isfinite(duration) and duration > 0 else 0.0
    place = path if is_kept_path(path) else ""
    return PlaylistEntry(0, clean(track_id)[:64], clean(title), clean(artist), place, seconds)


def is_kept_path(path: str) -> bool:
    """Whether an entry can keep this path."""
    try:
        path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return len(path) <= MAX_PATH and "\0" not in path and not path.startswith(URI)


@dataclass(frozen=True, slots=True)
class SmartQuery:
    """A search that renews itself: the body of a search request without its limit, and how many tracks at most."""

    request: Mapping[str, Any]  # JSON, as `search_api.queries.SearchRequest` writes it
    limit: int


@dataclass(frozen=True, slots=True)
class PlaylistHead:
    """Everything about a playlist but its entries."""

    id: str  # a UUID
    name: str
    description: str = ""
    created: str = ""  # ISO 8601, UTC
    changed: str = ""  # the same
    revision: int = 0  # counts changes
    renamed: int = 0  # the revision that gave it its name and description
    requeried: int = 0  # the revision that gave it its search
    count: int = 0  # entries; 0 for a smart one
    duration: float = 0.0  # seconds of all entries
    smart: SmartQuery | None = None
    deleted: str = ""  # when; "": it is not
    next_number: int = 1  # of an entry
    stamps: tuple[str, ...] = field(default=(), repr=False)  # of the latest writes, the newest first


@dataclass(frozen=True, slots=True)
class RemovedEntry:
    """An entry that can be put back between its former neighbours."""

    entry: PlaylistEntry
    after: int | None  # number of the entry before it, that stayed; None: it was the first
    before: int | None  # number of the entry after it, that stayed; None: it was the last


@dataclass(frozen=True, slots=True)
class Playlist:
    """A playlist: a fixed list of entries, or a search."""

    head: PlaylistHead
    entries: tuple[PlaylistEntry, ...] = ()
    removed: tuple[RemovedEntry, ...] = ()  # the latest, oldest first


def now() -> str:
    """The time as it is stored: ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def checked_name(name: str) -> str:
    """The name as it is stored: one clean line. Raises PlaylistError for an empty one and for a long one."""
    cleaned = clean(name)
    if not cleaned:
        raise PlaylistError("A playlist needs a name", "Give it one.")
    if len(cleaned) > MAX_NAME:
        raise PlaylistError(f"The name has {len(cleaned)} characters", f"A playlist's name has at most {MAX_NAME}.")
    return cleaned


def checked_description(text: str) -> str:
    """The description as it is stored. Raises PlaylistError for a long one."""
    cleaned = clean_lines(text)
    if len(cleaned) > MAX_DESCRIPTION:
        raise PlaylistError(f"The description has {len(cleaned)} characters", f"At most {MAX_DESCRIPTION} fit.")
    return cleaned


def check_count(count: int) -> None:
    """Raises PlaylistError for more entries than a playlist can have."""
    if count > MAX_ENTRIES:
        raise PlaylistError(
            f"The playlist would have {count:,} tracks", f"One playlist has at most {MAX_ENTRIES:,}; make several."
        )
