"""What the indexer of a service tells: pauses, failures and the run that did the work."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from catalog.catalog import Catalog, Space
from indexer.failures import Failure, FailureList
from indexer.journal import Journal
from indexer.presence import HANDFUL
from indexer.service.keeper import LibraryKeeper
from indexer.updating import Target
from models.recipe import Recipe
from polymuse.errors import UnavailableError
from polymuse.settings import Settings
from tests.helpers.disks import open_folder
from tests.helpers.service_process import serving, wait
from tests.helpers.shelf import MADE_WITH, Shelf
from tests.helpers.tones import write_tone


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "music").mkdir()
    return Settings(home=tmp_path / "home", roots=(tmp_path,), music=(tmp_path / "music",), watch=False)


@pytest.fixture
def keeper(settings: Settings) -> Iterator[LibraryKeeper]:
    with started(settings) as keeper:
        yield keeper


@contextmanager
def started(settings: Settings) -> Iterator[LibraryKeeper]:
    keeper = LibraryKeeper(settings)
    keeper.start(lambda: None)
    try:
        yield keeper
    finally:
        keeper.close()


def test_only_the_service_that_indexes_is_paused(keeper: LibraryKeeper, settings: Settings) -> None:
    assert keeper.folders().editable
    with started(settings) as other, pytest.raises(UnavailableError, match="Another service"):
        other.pause(True)
    assert not keeper.jobs().paused
    assert not settings.layout.service.exists()


def test_a_service_that_takes_over_keeps_what_the_other_has_stored(settings: Settings, tmp_path: Path) -> None:
    with started(settings) as second:
        with started(settings) as first:
            first.pause(True)
        second.choose_folders([str(tmp_path)])
        assert second.jobs().paused


def test_a_job_says_until_when_the_hours_of_the_settings_hold_it_up(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    now = datetime.now().astimezone()
    begin, end = (f"{now + timedelta(hours=hours):%H:%M}" for hours in (-2, 2))
    caplog.set_level("INFO")
    with started(settings.model_copy(update={"pause": f"{begin}-{end}"})) as keeper:
        job = keeper.submit("scan")
        assert (job.state, job.notes) == ("paused", (f"pauses until {end}",))
        wait(lambda: f"paused until {end}" in caplog.text)
        stopped = keeper.stop_job(job.id)
        assert (stopped.state, stopped.notes) == ("stopped", ())


def test_failures_outside_the_folders_are_kept_but_not_listed(
    keeper: LibraryKeeper, settings: Settings, tmp_path: Path
) -> None:
    failures = FailureList(settings.layout.failures)
    inside, outside = tmp_path / "music" / "a.mp3", tmp_path / "former" / "b.mp3"
    for path in (inside, outside):
        failures.add(Failure(str(path), "identify", "Nothing could be decoded"))
    page = keeper.failures(0, 10)
    assert ([failure.path for failure in page.failures], page.total) == ([str(inside)], 1)
    assert len(list(FailureList(settings.layout.failures))) == 2


def test_much_that_is_gone_is_forgotten_once_somebody_agrees(tmp_path: Path) -> None:
    with open_folder() as folder, Catalog.in_memory(Space("test", 4, "e1", "starter")) as catalog:
        settings = Settings(home=tmp_path / "home", music=(folder,), watch=False, stems="none")
        settings.layout.root.mkdir()
        recipe = Recipe.of(settings, "starter")
        home = settings.layout
        target = Target(catalog, FailureList(home.failures), Journal(home.journal), recipe, MADE_WITH)
        Shelf(folder, target).add(*(f"{number}.mp3" for number in range(HANDFUL + 3)))
        for number in range(HANDFUL + 1):
            (folder / f"{number}.mp3").unlink()
        with started(settings) as keeper:
            keeper.library_opened(catalog, "starter")
            wait(lambda: keeper.jobs().gone)
            assert keeper.jobs().gone == HANDFUL + 1
            assert catalog.count() == HANDFUL + 3
            job = keeper.submit("scan", None, keeper.jobs().gone)
            wait(lambda: keeper.job(job.id).state == "done")
            assert keeper.job(job.id).forgotten == HANDFUL + 1
            assert keeper.jobs().gone == 0
            assert catalog.count() == 2


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_run_that_did_the_work_is_the_newest(
    polymuse_home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    music = tmp_path / "music"
    music.mkdir()
    write_tone(music / "a.wav", 220)
    (music / "broken.wav").write_bytes(b"no audio" * 100)
    monkeypatch.setenv("POLYMUSE_JOBS", "1")
    monkeypatch.setenv("POLYMUSE_STEMS", "none")
    with serving(polymuse_home, POLYMUSE_ROOTS=str(tmp_path)) as service:
        service.client.put("/v1/folders", json={"folders": [str(music)]})
        wait(lambda: service.log.read_text("utf-8").count(" begins") == 2)  # the second by the watcher
        wait(service.idle)
        [job] = service.get("/v1/jobs")["jobs"]
        assert (job["files"]["indexed"], job["files"]["failed"]) == (1, 1)
        log = service.log.read_text("utf-8")
        assert f"scan {job['id']}: done, 1 failed, 1 indexed" in log
        assert log.count("broken.wav: ") == 1
        assert 'polymuse_indexed_files_total{status="failed"} 1.0' in service.client.get("/metrics").text
