"""Playlists as JSON: a head, and a body with the entries that is read only when they are wanted."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from catalog.playlists.playlist import (
    MAX_ENTRIES,
    Playlist,
    PlaylistEntry,
    PlaylistError,
    PlaylistHead,
    RemovedEntry,
    SmartQuery,
    checked_description,
    checked_name,
)
from catalog.validation import is_track_id

FORMAT = 1
MAX_STAMPS = 8
TEXTS = ("id", "name", "description", "created", "changed", "deleted")
NUMBERS = ("revision", "renamed", "requeried", "count", "next_number")


@dataclass(frozen=True, slots=True)
class Record:
    """What a shelf stores of a playlist; both are JSON."""

    head: Mapping[str, Any]
    body: Mapping[str, Any]

    @property
    def id(self) -> str:
        return self.head["id"]

    @property
    def stamp(self) -> str:
        """Of the write that stored it."""
        return self.head["stamps"][0]


def to_record(playlist: Playlist, stamp: str) -> Record:
    """The playlist as it is stored by a write with this stamp."""
    head = asdict(playlist.head) | {"stamps": [stamp, *playlist.head.stamps][:MAX_STAMPS], "format": FORMAT}
    removed = [[*each.entry.to_list(), each.after, each.before] for each in playlist.removed]
    return Record(head, {"entries": [entry.to_list() for entry in playlist.entries], "removed": removed})


def to_head(stored: Mapping[str, Any]) -> PlaylistHead:
    """The inverse of `to_record` for a head. Raises ValueError for what is not one, or of a newer format."""
    if type(stored.get("format")) is not int or stored["format"] > FORMAT:
        raise ValueError("it is not a playlist of this version of polymuse")
    if not all(isinstance(stored.get(name), str) for name in TEXTS) or not is_track_id(stored["id"]):
        raise ValueError("a text is missing")
    if not all(type(stored.get(name)) is int and stored[name] >= 0 for name in NUMBERS):
        raise ValueError("a number is missing")
    duration, stamps = stored.get("duration"), stored.get("stamps")
    if not isinstance(duration, int | float) or not isinstance(stamps, list) or not stamps:
        raise ValueError("the duration or the stamps are missing")
    if not all(isinstance(stamp, str) for stamp in stamps):
        raise ValueError("a stamp is not a text")
    known = {name: stored[name] for name in (*TEXTS, *NUMBERS)}
    try:
        known["name"], known["description"] = checked_name(known["name"]), checked_description(known["description"])
    except PlaylistError as error:
        raise ValueError(error.message) from None
    return PlaylistHead(
        **known, duration=float(duration), smart=_to_smart(stored.get("smart")), stamps=tuple(stamps[:MAX_STAMPS])
    )


def to_playlist(record: Record) -> Playlist:
    """The inverse of `to_record`. Raises ValueError for anything else."""
    entries, removed = record.body.get("entries"), record.body.get("removed", [])
    if not isinstance(entries, list) or not isinstance(removed, list) or len(entries) > MAX_ENTRIES:
        raise ValueError("the entries are missing, or too many")
    try:
        return Playlist(
            to_head(record.head),
            tuple(map(PlaylistEntry.of_list, entries)),
            tuple(RemovedEntry(PlaylistEntry.of_list(each), after, before) for *each, after, before in removed),
        )
    except TypeError as error:
        raise ValueError(f"an entry is not a list: {error}") from None


def _to_smart(stored: object) -> SmartQuery | None:
    if stored is None:
        return None
    if not isinstance(stored, dict) or not isinstance(stored.get("request"), dict):
        raise ValueError("the search is not one")
    limit = stored.get("limit")
    if type(limit) is not int or not 1 <= limit <= MAX_ENTRIES:
        raise ValueError("the limit of the search is not a number of tracks")
    return SmartQuery(stored["request"], limit)
