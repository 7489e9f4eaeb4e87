"""Changes of playlists, by the numbers of entries rather than by places, so that those of two windows merge.

Additions, removals and moves apply to the playlist as it is now. What cannot be meant any more is a conflict: a move of
an entry that has gone, or beside one; a new name or search given in a window that has not seen the latest one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from catalog.playlists.playlist import (
    Playlist,
    PlaylistConflictError,
    PlaylistEntry,
    PlaylistError,
    PlaylistHead,
    RemovedEntry,
    SmartQuery,
    check_count,
    checked_description,
    checked_name,
    now,
)

KEPT_REMOVED = 1_000  # removed entries that can be put back, beside all of the latest removal


@dataclass(frozen=True, slots=True)
class Add:
    """Add entries, which get new numbers, before this one; None: at the end."""

    entries: tuple[PlaylistEntry, ...]
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove entries; those that have gone already are ignored."""

    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PutBack:
    """Put removed entries back where they were; those that are there are ignored."""

    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """Move entries, in this order, before another one; None: to the end."""

    numbers: tuple[int, ...]
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Arrange:
    """Bring the entries into this order; those that are not named follow in the order they have."""

    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Describe:
    """Set the name or the description; None: as it is."""

    name: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Requery:
    """Set the search of a smart playlist."""

    smart: SmartQuery


Change = Add | Remove | PutBack | Move | Arrange | Describe | Requery


def changed(playlist: Playlist, changes: Sequence[Change], revision: int | None) -> Playlist:
    """The playlist after the changes, one revision later. `revision`: the one that they were made for; None: the last.

    Raises PlaylistConflictError, PlaylistError.
    """
    base = playlist.head.revision if revision is None else revision
    if base > playlist.head.revision:
        raise PlaylistConflictError(f"There is no revision {base} of the playlist", "Read it again.")
    for change in changes:
        playlist = _applied(playlist, change, base)
    check_count(len(playlist.entries))
    head = playlist.head
    return replace(
        playlist,
        head=replace(
            head,
            changed=now(),
            revision=head.revision + 1,
            count=len(playlist.entries),
            duration=round(sum(entry.duration for entry in playlist.entries), 2),
        ),
    )


def _applied(playlist: Playlist, change: Change, base: int) -> Playlist:
    head = playlist.head
    if head.smart is not None and not isinstance(change, Describe | Requery):
        raise PlaylistError(
            f"The tracks of {head.name} are those that its search finds", "Make a fixed playlist of it first."
        )
    match change:
        case Add(entries, before):
            return _with_added(playlist, entries, before)
        case Remove(numbers):
            return _without(playlist, frozenset(numbers))
        case PutBack(numbers):
            return _with_put_back(playlist, frozenset(numbers))
        case Move(numbers, before):
            return replace(playlist, entries=_moved(playlist, numbers, before))
        case Arrange(numbers):
            return replace(playlist, entries=_arranged(playlist, numbers))
        case Describe():
            return replace(playlist, head=_described(head, change, base))
        case Requery(smart):
            return replace(playlist, head=_requeried(head, smart, base))


def _with_added(playlist: Playlist, new: Sequence[PlaylistEntry], before: int | None) -> Playlist:
    check_count(len(playlist.entries) + len(new))
    first = playlist.head.next_number
    numbered = tuple(replace(entry, number=first + index) for index, entry in enumerate(new))
    at = _place(playlist, before)
    entries = (*playlist.entries[:at], *numbered, *playlist.entries[at:])
    return replace(playlist, entries=entries, head=replace(playlist.head, next_number=first + len(numbered)))


def _without(playlist: Playlist, numbers: frozenset[int]) -> Playlist:
    kept: list[PlaylistEntry] = []
    removed: list[RemovedEntry] = []
    waiting = 0  # the latest removed ones, whose following entry is not known yet
    for entry in playlist.entries:
        if entry.number in numbers:
            removed.append(RemovedEntry(entry, kept[-1].number if kept else None, None))
            waiting += 1
            continue
        for index in range(len(removed) - waiting, len(removed)):
            removed[index] = replace(removed[index], before=entry.number)
        waiting = 0
        kept.append(entry)
    earlier = playlist.removed[-max(0, KEPT_REMOVED - len(removed)) :] if len(removed) < KEPT_REMOVED else ()
    return replace(playlist, entries=tuple(kept), removed=(*earlier, *removed))


def _with_put_back(playlist: Playlist, numbers: frozenset[int]) -> Playlist:
    there = {entry.number for entry in playlist.entries}
    wanted = [each for each in playlist.removed if each.entry.number in numbers and each.entry.number not in there]
    if len(wanted) + len(numbers & there) < len(numbers):
        raise PlaylistConflictError("Some of these tracks were removed too long ago", "Add them again.")
    ahead: dict[int, list[PlaylistEntry]] = {}  # by the number of the entry that they come before
    behind: dict[int, list[PlaylistEntry]] = {}  # by that of the entry that they come after
    first: list[PlaylistEntry] = []
    last: list[PlaylistEntry] = []
    for each in wanted:
        if each.before in there:
            ahead.setdefault(each.before, []).append(each.entry)
        elif each.after in there:
            behind.setdefault(each.after, []).append(each.entry)
        else:
            (first if each.after is None and each.before is not None else last).append(each.entry)
    entries = first
    for entry in playlist.entries:
        entries += [*ahead.get(entry.number, ()), entry, *behind.get(entry.number, ())]
    left = tuple(each for each in playlist.removed if each.entry.number not in numbers)
    return replace(playlist, entries=(*entries, *last), removed=left)


def _moved(playlist: Playlist, numbers: Sequence[int], before: int | None) -> tuple[PlaylistEntry, ...]:
    by_number = {entry.number: entry for entry in playlist.entries}
    moving = dict.fromkeys(numbers)
    if not moving.keys() <= by_number.keys():
        raise PlaylistConflictError("A track that is to be moved has been removed meanwhile", "Read the list again.")
    if before in moving:  # before the first one after it that stays
        at = _place(playlist, before)
        before = next((entry.number for entry in playlist.entries[at:] if entry.number not in moving), None)
    staying = replace(playlist, entries=tuple(entry for entry in playlist.entries if entry.number not in moving))
    at = _place(staying, before)
    return (*staying.entries[:at], *(by_number[number] for number in moving), *staying.entries[at:])


def _arranged(playlist: Playlist, numbers: Sequence[int]) -> tuple[PlaylistEntry, ...]:
    by_number = {entry.number: entry for entry in playlist.entries}
    named = [by_number.pop(number) for number in numbers if number in by_number]
    return (*named, *by_number.values())


def _described(head: PlaylistHead, change: Describe, base: int) -> PlaylistHead:
    name = head.name if change.name is None else checked_name(change.name)
    description = head.description if change.description is None else checked_description(change.description)
    if (name, description) == (head.name, head.description):
        return head
    if head.renamed > base:
        raise PlaylistConflictError(f"The playlist has been renamed to {head.name} meanwhile", "Read it again.")
    return replace(head, name=name, description=description, renamed=head.revision + 1)


def _requeried(head: PlaylistHead, smart: SmartQuery, base: int) -> PlaylistHead:
    if head.smart is None:
        raise PlaylistError(f"{head.name} is a fixed list, without a search", "Make a new, smart playlist.")
    if head.requeried > base:
        raise PlaylistConflictError(f"The search of {head.name} has been changed meanwhile", "Read it again.")
    return replace(head, smart=smart, requeried=head.revision + 1)


def _place(playlist: Playlist, before: int | None) -> int:
    """The index of the entry with this number. Raises PlaylistConflictError if it has gone."""
    if before is None:
        return len(playlist.entries)
    for index, entry in enumerate(playlist.entries):
        if entry.number == before:
            return index
    raise PlaylistConflictError("The track beside that place has been removed meanwhile", "Read the list again.")
