"""Several versions of a track in one: entries of a batch, and changes that two processes made at once."""

from collections.abc import Iterable
from dataclasses import fields, replace

from catalog.track import Entry, FileRef, Track
from catalog.validation import check_one_owner


def merged(entries: Iterable[Entry]) -> list[Entry]:
    """Merge entries with the same id, keeping all files. Raises InvalidEntryError if two tracks claim a file."""
    by_id: dict[str, Entry] = {}
    for entry in entries:
        before = by_id[entry.track.id].track.files if entry.track.id in by_id else ()
        files: dict[str, FileRef] = {file.path: file for file in (*before, *entry.track.files)}
        by_id[entry.track.id] = replace(entry, track=replace(entry.track, files=tuple(files.values())))
    check_one_owner([entry.track for entry in by_id.values()])
    return list(by_id.values())


def with_unseen_files(track: Track, before: Track | None, stored: Track) -> Track:
    """The track with those files that were stored after it was read as `before`."""
    seen = {file.path for each in (before, track) if each is not None for file in each.files}
    return replace(track, files=(*(file for file in stored.files if file.path not in seen), *track.files))


def with_other_changes(track: Track, before: Track, stored: Track) -> Track:
    """The changes from `before` to `track`, applied to what is stored; the marks stay."""
    names = [each.name for each in fields(Track) if each.name not in ("files", "marks")]
    changed = {name: getattr(track, name) for name in names if getattr(track, name) != getattr(before, name)}
    new = {file.path: file for file in track.files if file not in before.files}
    removed = {file.path for file in before.files} - {file.path for file in track.files}
    files = {file.path: file for file in stored.files if file.path not in removed} | new
    return replace(stored, files=tuple(files.values()) or track.files, **changed)
