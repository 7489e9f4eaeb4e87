"""Which of two entries counts, when a library takes over those of another.

Entries conflict if they are of one track, or claim one file. First counts what is on this disk: an entry that knows a
file as it is now (size and time) wins over one that knows it differently. Otherwise the entry that was analysed later
(`indexed_at`) wins, and of two that were analysed at once the one that is already in the library. `polymuse index`
follows the same rule: what it has just found on the disk is the newest. An entry whose analysis must be repeated, as of
`catalog.overwritten`, never counts against another one of its track.
"""

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from catalog.track import Entry, FileRef, Track


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two different entries of one track or file."""

    path: str  # of the file, or of the first file of the track
    taken: bool  # whether the entry that came in counts; otherwise the one in the library was kept


@dataclass(frozen=True, slots=True)
class Settled:
    """Entries to be stored, and the conflicts that were found."""

    entries: tuple[Entry, ...]
    conflicts: tuple[Conflict, ...]


def settle(entries: Iterable[Entry], known: Sequence[Track], *, always: bool = False) -> Settled:
    """Apply the rule. `known` are the tracks of the library with the same ids or files. `always`: take all entries."""
    by_id = {track.id: track for track in known}
    by_path: dict[str, Track] = {}
    for track in sorted(known, key=lambda track: track.indexed_at):
        by_path |= {file.path: track for file in track.files}
    chosen: list[Entry] = []
    conflicts: list[Conflict] = []
    for entry in entries:
        track, before = entry.track, by_id.get(entry.track.id)
        if before is not None and replace(track, marks=before.marks) != before:
            repeats = bool(track.models) and not before.models  # the vectors in the library may be partly new
            taken = always or repeats or _counts(track, before, [*track.files, *before.files])
            conflicts.append(Conflict(_first(track), taken))
            if not taken:
                continue
            if not always:
                track = replace(track, files=_all_files(track, before))
        others = [by_path[file.path] for file in track.files if by_path.get(file.path, track).id != track.id]
        files, found = _claimed(track, by_path, always=always)
        conflicts += found
        if files or not others:
            chosen.append(replace(entry, track=replace(track, files=files)))
    return Settled(tuple(chosen), tuple(conflicts))


def _claimed(track: Track, owners: Mapping[str, Track], *, always: bool) -> tuple[tuple[FileRef, ...], list[Conflict]]:
    """The files that are of this track rather than of others, and the conflicts about them."""
    files: list[FileRef] = []
    conflicts: list[Conflict] = []
    for file in track.files:
        other = owners.get(file.path)
        taken = True
        if other is not None and other.id != track.id:
            taken = always or _counts(track, other, [file])
            conflicts.append(Conflict(file.path, taken))
        if taken:
            files.append(file)
    return tuple(files), conflicts


def _counts(new: Track, old: Track, files: Collection[FileRef]) -> bool:
    """Whether the entry that comes in counts rather than the one in the library."""
    paths = {file.path for file in files}
    knows_new, knows_old = _knows(new, paths), _knows(old, paths)
    return knows_new if knows_new != knows_old else new.indexed_at > old.indexed_at


def _knows(track: Track, paths: Collection[str]) -> bool:
    """Whether one of these files is on the disk just as the track knows it."""
    return any(file.path in paths and _is_on_disk(file) for file in track.files)


def _is_on_disk(file: FileRef) -> bool:
    with suppress(OSError, ValueError):
        status = os.stat(file.path)  # noqa: PTH116  not every name is one of this system
        return (status.st_size, status.st_mtime_ns) == (file.size, file.mtime_ns)
    return False


def _all_files(track: Track, before: Track) -> tuple[FileRef, ...]:
    """The files of a track that counts, and those of its former entry that are on the disk."""
    files = {file.path: file for file in track.files}
    return (*files.values(), *(file for file in before.files if file.path not in files and _is_on_disk(file)))


def _first(track: Track) -> str:
    return track.files[0].path if track.files else track.id
