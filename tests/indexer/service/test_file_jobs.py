from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.catalog import Catalog, Space
from indexer.failures import Failure, FailureList
from indexer.journal import Journal
from indexer.presence import HANDFUL
from indexer.service.file_jobs import go_through
from indexer.service.job_stop import JobStop
from indexer.service.library_folders import LibraryFolders
from indexer.service.running_job import RunningJob
from indexer.stopping import Interrupted
from indexer.updating import Summary, Target
from models.recipe import Recipe
from polymuse.library_jobs import Kind
from polymuse.settings import Settings
from tests.helpers.disks import open_folder
from tests.helpers.shelf import MADE_WITH, Shelf


@pytest.fixture
def shelf(settings: Settings) -> Iterator[Shelf]:
    home = settings.layout
    home.root.mkdir()
    recipe = Recipe.of(settings, "starter")
    with Catalog.in_memory(Space("test", 4, "e1", "test")) as catalog:
        yield Shelf(
            settings.music[0], Target(catalog, FailureList(home.failures), Journal(home.journal), recipe, MADE_WITH)
        )


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    with open_folder() as folder:
        (folder / "music").mkdir()
        yield Settings(home=tmp_path / "home", music=(folder / "music",))


@pytest.fixture
def folders(settings: Settings) -> LibraryFolders:
    return LibraryFolders(settings, lambda _: None)


def a_job(kind: Kind = "scan", *paths: Path, forget: int = 0) -> RunningJob:
    job = RunningJob(kind, JobStop(None, lambda: False), paths or None)
    job.forget = forget
    job.begin()
    return job


def test_a_scan_counts_the_files_of_the_folders(shelf: Shelf, folders: LibraryFolders) -> None:
    shelf.add("a.mp3", "b/c.mp3", "b/d.mp3")
    job = a_job()
    assert go_through(job, shelf.target, folders, ["d.mp3"]) == Summary()
    assert job.snapshot().files.unchanged == 2
    assert folders.files == {shelf.music: 2}
    go_through(a_job("scan", shelf.music / "b"), shelf.target, folders, [])
    assert folders.files == {shelf.music: 2}  # of whole folders only


def test_a_scan_forgets_what_is_gone_unless_it_is_much(shelf: Shelf, folders: LibraryFolders) -> None:
    shelf.add(*(f"{number}.mp3" for number in range(2 * HANDFUL)))
    (shelf.music / "0.mp3").unlink()
    job = a_job()
    go_through(job, shelf.target, folders, [])
    assert job.snapshot().forgotten == 1
    for number in range(1, HANDFUL + 2):
        (shelf.music / f"{number}.mp3").unlink()
    for forget, forgotten in ((0, 0), (HANDFUL, 0), (HANDFUL + 1, HANDFUL + 1)):
        job = a_job(forget=forget)
        summary = go_through(job, shelf.target, folders, [])
        assert summary is not None
        assert summary.too_many_gone == (not forgotten)
        assert job.snapshot().forgotten == forgotten
    assert len(shelf.names) == HANDFUL - 2


def test_a_stopped_scan_forgets_nothing(shelf: Shelf, folders: LibraryFolders) -> None:
    shelf.add("a.mp3", "b.mp3")
    (shelf.music / "a.mp3").unlink()
    job = a_job()
    job.stop.signalled = True
    with pytest.raises(Interrupted):
        go_through(job, shelf.target, folders, [])
    assert shelf.names == ["a.mp3", "b.mp3"]


def test_failed_files_of_the_folders_are_tried_again(shelf: Shelf, folders: LibraryFolders, tmp_path: Path) -> None:
    """Here they are in the library meanwhile, so that nothing is to be analysed."""
    shelf.add("a.mp3", "b.mp3")
    for path in (shelf.music / "a.mp3", tmp_path / "elsewhere.mp3"):
        shelf.target.failures.add(Failure(str(path), "identify", "it is damaged"))
    job = a_job("retry")
    go_through(job, shelf.target, folders, [])
    assert job.snapshot().files.unchanged == 1


def test_stored_tracks_are_measured_unless_other_work_waits(shelf: Shelf, folders: LibraryFolders) -> None:
    shelf.add("a.mp3")  # which is no audio
    catalog = shelf.target.catalog
    [track] = catalog.tracks()
    catalog.update(replace(track, measured=None), before=track)
    waiting = a_job()
    assert go_through(waiting, shelf.target, folders, [], lambda: True) == Summary(unmeasured=1)
    assert waiting.snapshot().files.failed == 0
    job = a_job()
    assert go_through(job, shelf.target, folders, []) == Summary()
    shown = job.snapshot()
    assert (shown.phase, shown.files.failed, shown.files.unchanged, shown.files.to_measure) == ("measuring", 1, 1, 1)
    assert [failure.stage for failure in shelf.target.failures] == ["measure"]
    again = a_job()
    go_through(again, shelf.target, folders, [])
    assert again.snapshot().files.failed == 0
    retried = a_job("retry")
    go_through(retried, shelf.target, folders, [])
    assert retried.snapshot().files.failed == 1
