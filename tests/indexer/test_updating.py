"""What a run forgets and what it keeps."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from catalog.catalog import Catalog, Space
from catalog.track import Entry, FileRef, Track
from indexer.failures import Failure, FailureList
from indexer.file_tags import TAGS_VERSION
from indexer.indexing import Plan
from indexer.jobs import Outcome
from indexer.journal import Journal
from indexer.missing import missing_tracks
from indexer.presence import HANDFUL
from indexer.scan import scan, scan_changed
from indexer.stopping import Stop
from indexer.updating import Choices, Summary, Target, bring_up_to_date
from models.recipe import Recipe
from models.separator import SeparationSpec
from polymuse.home import Home
from polymuse.indexed_folders import IndexedFolders
from tests.helpers.disks import mounted, open_folder, ordinary_user, unmount
from tests.helpers.ids import id_of

MADE_WITH = {"embedder": "e1"}
PRUNE, SURE = Choices(prune=True), Choices(prune=True, sure=True)


class Silent:
    def planned(self, _plan: Plan, _problems: Sequence[Failure]) -> None:
        pass

    def running(self, _plan: Plan, _stop: Stop) -> AbstractContextManager[None]:
        raise AssertionError("nothing is to be analysed")

    def add(self, outcome: Outcome) -> None:
        assert outcome.status == "updated"


class Shelf:
    """A folder of music, and a library that has all of it."""

    def __init__(self, music: Path, target: Target) -> None:
        self.music = music
        self.target = target

    def add(self, *names: str) -> None:
        for name in names:
            path = self.music / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(name.encode())
            status = path.stat()
            ref = FileRef(str(path), status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_dev)
            track = Track(
                id_of(self.target.catalog.count()),
                (ref,),
                name,
                1.0,
                "mp3",
                models=MADE_WITH,
                tags_version=TAGS_VERSION,
            )
            self.target.catalog.upsert([Entry(track, {"mix": np.array([1, 0, 0, 0], np.float32)})])

    @property
    def missing(self) -> list[str]:
        return [Path(file.path).name for track in missing_tracks(self.target.catalog) for file in track.files]

    def update(self, choices: Choices = PRUNE, *changed: Path) -> Summary:
        found = scan_changed(changed) if changed else scan([self.music])
        scanned = changed or (self.music,)
        summary = bring_up_to_date(self.target, found, scanned, Silent(), Stop(), choices, [self.music])
        assert summary is not None
        return summary

    @property
    def names(self) -> list[str]:
        files = (file for track in self.target.catalog.tracks() for file in track.files)
        return sorted(str(Path(file.path).relative_to(self.music)) for file in files)


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    recipe = Recipe(Home(tmp_path), "starter", SeparationSpec(), 3600.0)
    with Catalog.in_memory(Space("test", 4, "e1", "test")) as catalog, open_folder() as folder:
        (folder / "music").mkdir()
        target = Target(catalog, FailureList(tmp_path / "failures"), Journal(tmp_path / "journal"), recipe, MADE_WITH)
        yield Shelf(folder / "music", target)


def test_the_folders_of_a_run_are_recorded(shelf: Shelf, tmp_path: Path) -> None:
    folders = IndexedFolders(tmp_path / "folders.json")
    shelf.target = replace(shelf.target, folders=folders)
    dry = Choices(dry_run=True)
    assert bring_up_to_date(shelf.target, [], [shelf.music], Silent(), Stop(), dry) is None
    assert not folders.hold(str(shelf.music / "a.mp3"))
    shelf.update(PRUNE, shelf.music / "changed")
    assert folders.hold(str(shelf.music / "a.mp3"))


def test_a_deleted_file_is_forgotten_only_on_request(shelf: Shelf) -> None:
    shelf.add("a.mp3", "b.mp3")
    deleted = shelf.music / "a.mp3"
    deleted.unlink()
    assert shelf.update(Choices()) == Summary(gone=(str(deleted),))
    assert shelf.names == ["a.mp3", "b.mp3"]
    assert shelf.update() == Summary(forgotten=(str(deleted),))
    assert shelf.names == ["b.mp3"]


def test_nothing_is_forgotten_while_a_disk_is_out(shelf: Shelf) -> None:
    with mounted(shelf.music):
        shelf.add("a.mp3", "b/c.mp3")
        unmount(shelf.music)
        summary = shelf.update()
        assert summary.forgotten == summary.gone == ()
        [folder] = summary.out_of_sight
        assert folder.folder == str(shelf.music)
        assert len(folder.paths) == 2
        assert shelf.names == ["a.mp3", "b/c.mp3"]
        assert len(shelf.update(SURE).forgotten) == 2
        assert shelf.names == []


def test_nothing_is_forgotten_in_a_folder_that_cannot_be_read(shelf: Shelf) -> None:
    shelf.add("sub/a.mp3", "b.mp3")
    (shelf.music / "sub").chmod(0)
    try:
        with ordinary_user():
            summary = shelf.update()
    finally:
        (shelf.music / "sub").chmod(0o755)
    assert summary.forgotten == ()
    assert [folder.folder for folder in summary.out_of_sight] == [str(shelf.music / "sub")]
    assert shelf.names == ["b.mp3", "sub/a.mp3"]


def test_much_at_once_is_forgotten_only_if_one_is_sure(shelf: Shelf) -> None:
    shelf.add(*(f"{number}.mp3" for number in range(2 * HANDFUL)))
    for number in range(HANDFUL + 1):
        (shelf.music / f"{number}.mp3").unlink()
    summary = shelf.update()
    assert summary.too_many_gone
    assert len(summary.gone) == HANDFUL + 1
    assert len(shelf.names) == 2 * HANDFUL
    assert len(shelf.update(SURE).forgotten) == HANDFUL + 1
    assert len(shelf.names) == HANDFUL - 1


def test_a_change_below_a_folder_is_judged_by_the_folder(shelf: Shelf) -> None:
    """What is scanned is what has changed: here folders that are gone, of which one was all that there was."""
    shelf.add("a/1.mp3", "b/1.mp3")
    shutil.rmtree(shelf.music / "a")
    assert len(shelf.update(PRUNE, shelf.music / "a").forgotten) == 1
    shutil.rmtree(shelf.music / "b")
    assert shelf.update(PRUNE, shelf.music / "b").forgotten == ()
    assert shelf.names == ["b/1.mp3"]


def test_failures_of_files_out_of_sight_are_kept(shelf: Shelf) -> None:
    shelf.add("a/1.mp3")
    with mounted(shelf.music / "a"):
        (shelf.music / "a" / "bad.mp3").write_bytes(b"bad")
        for path in (shelf.music / "a" / "bad.mp3", shelf.music / "gone.mp3"):
            shelf.target.failures.add(Failure(str(path), "identify", "it is damaged"))
        unmount(shelf.music / "a")
        (shelf.music / "a" / "1.mp3").unlink()  # the folder below the disk is empty now
        shelf.update()
        assert [failure.path for failure in shelf.target.failures] == [str(shelf.music / "a" / "bad.mp3")]


def test_a_forgotten_track_comes_back_without_analysis(shelf: Shelf) -> None:
    shelf.add("a.mp3", "b.mp3")
    track = shelf.target.catalog.find_by_path(str(shelf.music / "a.mp3"))
    aside = shelf.music.parent / "a.mp3"
    (shelf.music / "a.mp3").rename(aside)
    shelf.update()
    assert (shelf.names, shelf.missing) == (["b.mp3"], ["a.mp3"])
    assert shelf.update().forgotten == ()  # it is not forgotten a second time
    aside.rename(shelf.music / "a.mp3")
    shelf.update(Choices())  # which would fail if it had to analyse anything
    assert (shelf.names, shelf.missing) == (["a.mp3", "b.mp3"], [])
    assert shelf.target.catalog.find_by_path(str(shelf.music / "a.mp3")) == track


def test_a_missing_track_is_deleted_after_some_days(shelf: Shelf) -> None:
    shelf.add("a.mp3", "b.mp3", "c.mp3")
    for name in ("a.mp3", "b.mp3"):
        (shelf.music / name).unlink()
    shelf.update()
    old = next(missing_tracks(shelf.target.catalog))
    shelf.target.catalog.update(replace(old, missing_since="2020-01-01T00:00:00+00:00"))
    shelf.update(Choices())
    assert len(shelf.missing) == 1
    assert Path(old.files[0].path).name not in shelf.missing


def test_without_days_nothing_is_kept(shelf: Shelf) -> None:
    shelf.target = replace(shelf.target, keep_missing_days=0)
    shelf.add("a.mp3", "b.mp3")
    (shelf.music / "a.mp3").unlink()
    shelf.update()
    assert (shelf.names, shelf.missing) == (["b.mp3"], [])


def test_a_dry_run_brings_nothing_back(shelf: Shelf) -> None:
    shelf.add("a.mp3", "b.mp3")
    content = (shelf.music / "a.mp3").rename(shelf.music.parent / "a.mp3")
    shelf.update()
    content.rename(shelf.music / "a.mp3")
    found = scan([shelf.music])
    assert (
        bring_up_to_date(shelf.target, found, [shelf.music], Silent(), Stop(), Choices(prune=True, dry_run=True))
        is None
    )
    assert shelf.missing == ["a.mp3"]
