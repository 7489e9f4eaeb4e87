"""The playlists of a catalog: create, change, remove, each as one step of which nothing is lost."""

import logging
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from catalog.playlists.changes import Change, changed
from catalog.playlists.playlist import (
    Playlist,
    PlaylistConflictError,
    PlaylistEntry,
    PlaylistError,
    PlaylistHead,
    SmartQuery,
    check_count,
    checked_description,
    checked_name,
    now,
)
from catalog.playlists.records import Record, to_head, to_playlist, to_record
from catalog.playlists.shelf import Shelf
from catalog.validation import is_track_id
from polymuse.errors import NotFoundError, UnavailableError

MAX_PLAYLISTS = 5_000
KEPT_DAYS = 30  # for which a removed playlist can be had back
ATTEMPTS = 20  # to write what other processes write as well

logger = logging.getLogger(__name__)


class PlaylistStore:
    """Playlists by id. Thread-safe. Every method raises UnavailableError if the place of the playlists fails."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def heads(self) -> list[PlaylistHead]:
        """All playlists that are not removed, ordered by name."""
        return sorted((each for each in self._all() if not each.deleted), key=_by_name)

    def removed(self) -> list[PlaylistHead]:
        """The playlists that were removed and can be had back, the latest first."""
        return sorted((each for each in self._all() if each.deleted), key=lambda head: head.deleted, reverse=True)

    def get(self, id: str) -> Playlist:  # noqa: A002  # the field's own word
        """The playlist of an id. Raises NotFoundError."""
        playlist = self._stored(id)
        if playlist is None or playlist.head.deleted:
            raise _unknown(id)
        return playlist

    def create(
        self,
        name: str,
        entries: Sequence[PlaylistEntry] = (),
        *,
        description: str = "",
        smart: SmartQuery | None = None,
    ) -> Playlist:
        """A new playlist, fixed or smart. Raises PlaylistError."""
        head = PlaylistHead(
            str(uuid.uuid4()), checked_name(name), checked_description(description), created=now(), smart=smart
        )
        return self._put(head, entries)

    def put(self, playlist: Playlist) -> bool:
        """Store a playlist of another library under its id, if there is none; False if there is. Raises PlaylistError.

        A removed one is replaced.
        """
        there = self._stored(playlist.head.id)
        if there is not None and not there.head.deleted:
            return False
        self._check_room()
        expected = None if there is None else there.head.stamps[0]
        return self._shelf.swap(to_record(replace(playlist, removed=()), _stamp()), expected)

    def change(self, id: str, changes: Sequence[Change], revision: int | None = None) -> Playlist:  # noqa: A002
        """Apply changes, all or none, and return the playlist. `revision`: the one that they were made for.

        Raises NotFoundError, PlaylistConflictError, PlaylistError.
        """
        for _ in range(ATTEMPTS):
            before = self.get(id)
            after = changed(before, changes, revision)
            stamp = _stamp()
            if self._shelf.swap(to_record(after, stamp), before.head.stamps[0]):
                return replace(after, head=replace(after.head, stamps=(stamp, *after.head.stamps)))
        raise PlaylistConflictError("Others keep changing this playlist", "Try again.")

    def remove(self, id: str) -> PlaylistHead:  # noqa: A002
        """Remove a playlist; it can be had back for KEPT_DAYS. Raises NotFoundError."""
        return self._mark(id, now())

    def bring_back(self, id: str) -> PlaylistHead:  # noqa: A002
        """Take back a removal; does nothing to a playlist that is there. Raises NotFoundError, PlaylistError."""
        self._check_room()
        return self._mark(id, "")

    def _put(self, head: PlaylistHead, entries: Sequence[PlaylistEntry]) -> Playlist:
        check_count(len(entries))
        self._check_room()
        numbered = tuple(replace(entry, number=number) for number, entry in enumerate(entries, 1))
        seconds = round(sum(entry.duration for entry in numbered), 2)
        stamp = _stamp()
        head = replace(
            head, changed=head.created, revision=1, count=len(numbered), duration=seconds, next_number=len(numbered) + 1
        )
        if not self._shelf.swap(to_record(Playlist(head, numbered), stamp), None):
            raise PlaylistConflictError("There is a playlist of this id already", "Try again.")
        return Playlist(replace(head, stamps=(stamp,)), numbered)

    def _mark(self, id: str, deleted: str) -> PlaylistHead:  # noqa: A002
        for _ in range(ATTEMPTS):
            playlist = self._stored(id)
            if playlist is None or (playlist.head.deleted and deleted):
                raise _unknown(id)
            if playlist.head.deleted == deleted:
                return playlist.head
            head = replace(playlist.head, deleted=deleted)
            if self._shelf.swap(to_record(replace(playlist, head=head), _stamp()), playlist.head.stamps[0]):
                return head
        raise PlaylistConflictError("Others keep changing this playlist", "Try again.")

    def _stored(self, id: str) -> Playlist | None:  # noqa: A002
        record = self._shelf.read(id) if is_track_id(id) else None
        return None if record is None else _read(record)

    def _all(self) -> list[PlaylistHead]:
        """Those that were removed long ago are dropped on the way."""
        found = []
        oldest = (datetime.now(UTC) - timedelta(days=KEPT_DAYS)).isoformat(timespec="seconds")
        for stored in self._shelf.heads():
            try:
                head = to_head(stored)
            except ValueError as error:
                logger.warning("a playlist cannot be read: %s", error)
                continue
            if head.deleted and head.deleted < oldest:
                self._shelf.drop(head.id)
            else:
                found.append(head)
        return found

    def _check_room(self) -> None:
        if sum(not each.deleted for each in self._all()) >= MAX_PLAYLISTS:
            raise PlaylistError(f"There are {MAX_PLAYLISTS:,} playlists already", "Remove one first.")


def _read(record: Record) -> Playlist:
    try:
        return to_playlist(record)
    except ValueError as error:
        raise UnavailableError(
            f"The playlist {record.head.get('id')} is damaged: {error}", "Restore it from a backup, or remove its file."
        ) from None


def _by_name(head: PlaylistHead) -> tuple[str, str]:
    return head.name.casefold(), head.id


def _unknown(id: str) -> NotFoundError:  # noqa: A002
    return NotFoundError(f"There is no playlist {id[:64]}", "`polymuse playlists list` shows all.")


def _stamp() -> str:
    return uuid.uuid4().hex
