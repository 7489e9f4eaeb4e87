"""Two entries of one track or file, with real files."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.conflicts import Conflict, settle
from catalog.track import Entry, FileRef, Track

MakeEntry = Callable[..., Entry]
OLD, NEW = "2026-01-01T00:00:00+00:00", "2026-02-01T00:00:00+00:00"


def on_disk(path: Path) -> FileRef:
    path.write_bytes(b"audio")
    status = path.stat()
    return FileRef(str(path), status.st_size, status.st_mtime_ns)


def with_files(entry: Entry, *files: FileRef) -> Entry:
    return replace(entry, track=replace(entry.track, files=files))


def tracks(*entries: Entry) -> list[Track]:
    return [entry.track for entry in entries]


@pytest.mark.parametrize(("incoming", "stored", "taken"), [(NEW, OLD, True), (OLD, NEW, False), (OLD, OLD, False)])
def test_the_later_one_counts(entry: MakeEntry, incoming: str, stored: str, taken: bool) -> None:
    new, old = entry(1, title="a", indexed_at=incoming), entry(1, title="b", indexed_at=stored)
    settled = settle([new], tracks(old))
    assert settled.conflicts == (Conflict("/music/1.ogg", taken),)
    assert settled.entries == ((new,) if taken else ())


def test_a_file_as_it_is_on_the_disk_counts_more_than_time(entry: MakeEntry, tmp_path: Path) -> None:
    file = on_disk(tmp_path / "a.ogg")
    former = replace(file, size=file.size + 1)
    on_disk_now, gone = with_files(entry(1, indexed_at=OLD), file), with_files(entry(2, indexed_at=NEW), former)
    assert settle([gone], tracks(on_disk_now)).entries == ()
    assert settle([on_disk_now], tracks(gone)).entries == (on_disk_now,)


def test_a_track_that_was_moved_stays_where_it_is(entry: MakeEntry, tmp_path: Path) -> None:
    """Moves and new tags do not change the time of the analysis."""
    here = on_disk(tmp_path / "new.ogg")
    moved = with_files(entry(1, indexed_at=OLD), here)
    exported = with_files(entry(1, indexed_at=OLD), replace(here, path=str(tmp_path / "old.ogg")))
    settled = settle([exported], tracks(moved))
    assert settled.entries == ()
    assert [conflict.taken for conflict in settled.conflicts] == [False]


def test_a_newer_analysis_keeps_the_files_that_are_there(entry: MakeEntry, tmp_path: Path) -> None:
    here, there = on_disk(tmp_path / "here.ogg"), FileRef("/nas/there.ogg", 1, 1)
    lost = FileRef(str(tmp_path / "lost.ogg"), 1, 1)
    stored = with_files(entry(1, indexed_at=OLD), here, lost)
    incoming = with_files(entry(1, indexed_at=NEW), there, here)
    [taken] = settle([incoming], tracks(stored)).entries
    assert [file.path for file in taken.track.files] == ["/nas/there.ogg", str(tmp_path / "here.ogg")]


def test_one_of_two_files(entry: MakeEntry) -> None:
    old = entry(1, paths=("/music/a.ogg", "/music/b.ogg"), indexed_at=OLD)
    [taken] = settle([old], tracks(entry(2, paths=("/music/b.ogg",), indexed_at=NEW))).entries
    assert [file.path for file in taken.track.files] == ["/music/a.ogg"]


def test_an_analysis_that_must_be_repeated_does_not_count(entry: MakeEntry) -> None:
    whole, torn = entry(1, indexed_at=OLD, models={"embedder": "e"}), entry(1, indexed_at=NEW)
    assert settle([whole], tracks(torn)).entries == (whole,)
    assert settle([replace(torn, track=replace(torn.track, indexed_at=OLD))], tracks(whole)).entries == ()


def test_always(entry: MakeEntry) -> None:
    old = entry(1, paths=("/music/a.ogg",), indexed_at=OLD)
    settled = settle([old], tracks(entry(2, paths=("/music/a.ogg",), indexed_at=NEW)), always=True)
    assert settled.entries == (old,)
    assert settled.conflicts == (Conflict("/music/a.ogg", taken=True),)


def test_names_that_no_file_has(entry: MakeEntry) -> None:
    odd = entry(1, paths=("/music/\0.ogg",), indexed_at=OLD)
    assert settle([odd], tracks(entry(2, paths=("/music/\0.ogg",), indexed_at=NEW))).entries == ()
