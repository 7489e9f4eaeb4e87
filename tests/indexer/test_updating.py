"""What a run forgets and what it keeps."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.catalog import Catalog, Space
from indexer.failures import Failure, FailureList
from indexer.journal import Journal
from indexer.missing import missing_tracks
from indexer.presence import HANDFUL
from indexer.scan import scan
from indexer.stopping import Stop
from indexer.updating import Choices, Summary, Target, bring_up_to_date
from models.recipe import Recipe
from models.separator import SeparationSpec
from polymuse.home import Home
from polymuse.indexed_folders import IndexedFolders
from tests.helpers.disks import mounted, open_folder, ordinary_user, unmount
from tests.helpers.shelf import MADE_WITH, PRUNE, Shelf, Silent

SURE = Choices(prune=True, sure=True)


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


def test_much_at_once_is_forgotten_if_one_has_agreed_to_so_much(shelf: Shelf) -> None:
    """But not what may only be out of sight."""
    shelf.add("disk/x.mp3", *(f"{number}.mp3" for number in range(HANDFUL + 2)))
    for number in range(HANDFUL + 1):
        (shelf.music / f"{number}.mp3").unlink()
    shutil.rmtree(shelf.music / "disk")
    (shelf.music / "disk").symlink_to("nowhere")
    assert shelf.update(Choices(prune=True, agreed=HANDFUL)).too_many_gone
    summary = shelf.update(Choices(prune=True, agreed=HANDFUL + 1))
    assert len(summary.forgotten) == HANDFUL + 1
    assert [folder.folder for folder in summary.out_of_sight] == [str(shelf.music / "disk")]
    assert shelf.names == [f"{HANDFUL + 1}.mp3", "disk/x.mp3"]


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
