"""Plans from a scan and the catalog, and runs, including files that cannot be analysed."""

import json
import multiprocessing
import os
import threading
import time as clock
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from catalog.catalog import Catalog, Space
from catalog.track import Entry, FileRef, Track
from indexer.failures import FailureList
from indexer.file_tags import TAGS_VERSION
from indexer.indexing import Indexing
from indexer.jobs import Outcome
from indexer.journal import Journal
from indexer.scan import AudioFile
from indexer.stopping import Stop
from indexer.workers.cpu_workers import CpuWorkers
from indexer.workers.gpu_workers import GpuWorkers
from indexer.workers.workers import Workers
from models.audio.write import write_wav
from models.profiles import load_embedder
from models.recipe import Recipe
from models.separator import SeparationSpec
from models.weights.store import WeightStore
from polymuse.errors import UnavailableError
from polymuse.home import Home
from polymuse.pause import Pause
from tests.helpers.audio_files import write_noise
from tests.helpers.disks import mounted, open_folder

MADE_WITH = {"embedder": "e1", "separator": "s1"}
ID = "9f0c5a2e-5b57-5c0e-8a8e-0a4b8f5d7c11"


@pytest.fixture
def catalog():
    with Catalog.in_memory(Space("test", 4, "e1", "test")) as memory:
        yield memory


@pytest.fixture
def failures(tmp_path: Path) -> FailureList:
    return FailureList(tmp_path / "failures.jsonl")


def on_disk(path: Path, content: bytes = b"x") -> AudioFile:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return scanned(path)


def scanned(path: Path) -> AudioFile:
    status = path.stat()
    return AudioFile(path, status.st_size, status.st_mtime_ns)


def known(catalog: Catalog, *files: AudioFile, models: dict[str, str] = MADE_WITH) -> None:
    refs = tuple(FileRef(str(file.path), file.size, file.mtime_ns) for file in files)
    track = Track(ID, refs, title="t", duration=1.0, format="flac", models=models, tags_version=TAGS_VERSION)
    catalog.upsert([Entry(track, {"mix": np.array([1, 0, 0, 0], np.float32)})])


class TestPlan:
    def test_new_files_are_planned_and_known_ones_are_not(
        self, catalog: Catalog, failures: FailureList, tmp_path: Path
    ) -> None:
        old, new = on_disk(tmp_path / "old.flac"), on_disk(tmp_path / "new.flac")
        known(catalog, old)
        plan = Indexing(catalog, failures, MADE_WITH).plan([old, new], [tmp_path])
        assert plan.todo == (new,)
        assert plan.unchanged == (old,)

    @pytest.mark.parametrize("change", [{"size": 7}, {"mtime_ns": 7}])
    def test_a_changed_file_is_planned(
        self, catalog: Catalog, failures: FailureList, tmp_path: Path, change: dict[str, int]
    ) -> None:
        file = on_disk(tmp_path / "a.flac")
        known(catalog, replace(file, **change))
        assert Indexing(catalog, failures, MADE_WITH).plan([file], [tmp_path]).todo == (file,)

    @pytest.mark.parametrize("models", [{"embedder": "e1"}, {}])
    def test_a_track_of_another_or_no_model_is_planned(
        self, catalog: Catalog, failures: FailureList, tmp_path: Path, models: dict[str, str]
    ) -> None:
        file = on_disk(tmp_path / "a.flac")
        known(catalog, file, models=models)
        assert Indexing(catalog, failures, MADE_WITH).plan([file], [tmp_path]).todo == (file,)

    def test_a_track_with_stems_is_up_to_date_for_a_run_without_stems(
        self, catalog: Catalog, failures: FailureList, tmp_path: Path
    ) -> None:
        file = on_disk(tmp_path / "a.flac")
        known(catalog, file)
        assert Indexing(catalog, failures, {"embedder": "e1"}).plan([file], [tmp_path]).unchanged == (file,)

    def test_force_takes_everything(self, catalog: Catalog, failures: FailureList, tmp_path: Path) -> None:
        file = on_disk(tmp_path / "a.flac")
        known(catalog, file)
        assert Indexing(catalog, failures, MADE_WITH, force=True).plan([file], [tmp_path]).todo == (file,)

    def test_a_file_that_crashed_runs_comes_last_and_then_fails(
        self, catalog: Catalog, failures: FailureList, tmp_path: Path
    ) -> None:
        files = [on_disk(tmp_path / "music" / name) for name in ("a.flac", "b.flac")]
        plans = []
        for _ in range(4):
            journal = Journal(tmp_path / "journal")
            plans.append(Indexing(catalog, failures, MADE_WITH, journal=journal).plan(files, [tmp_path]))
            journal.begin(files[0])
            del journal  # the run crashes
        assert plans[0].todo == tuple(files)
        assert plans[1].todo == plans[2].todo == (files[1], files[0])
        assert plans[3].todo == (files[1],)
        assert [failure.path for failure in plans[3].failed_before] == [str(files[0].path)]
        again = Indexing(catalog, failures, MADE_WITH, retry_failed=True, journal=Journal(tmp_path / "journal"))
        assert set(again.plan(files, [tmp_path]).todo) == set(files)

    def test_only_files_below_the_scanned_folders_count_as_gone(
        self, catalog: Catalog, failures: FailureList, tmp_path: Path
    ) -> None:
        inside, outside = on_disk(tmp_path / "a" / "x.flac"), on_disk(tmp_path / "b" / "x.flac")
        on_disk(tmp_path / "a" / "another.flac")
        known(catalog, inside, outside)
        inside.path.unlink()
        outside.path.unlink()
        plan = Indexing(catalog, failures, MADE_WITH).plan([], [tmp_path / "a"])
        assert plan.gone == (str(inside.path),)

    def test_a_file_that_is_there_but_was_not_scanned_is_not_gone(
        self, catalog: Catalog, failures: FailureList, tmp_path: Path
    ) -> None:
        known(catalog, on_disk(tmp_path / "x.flac"))
        assert Indexing(catalog, failures, MADE_WITH).plan([], [tmp_path]).gone == ()


class TestRun:
    def run(self, run: Indexing, files: Sequence[AudioFile], root: Path) -> list[Outcome]:
        outcomes: list[Outcome] = []
        with Workers.local(CpuWorkers(Recipe(Home(root), "starter", SeparationSpec(), 3600.0), 1)) as workers:
            run.run(run.plan(files, [root]), workers, outcomes.append)
        return outcomes

    def test_a_file_deleted_after_the_scan_is_a_failure(
        self, catalog: Catalog, failures: FailureList, tmp_path: Path
    ) -> None:
        file = on_disk(tmp_path / "a.flac")
        file.path.unlink()
        [outcome] = self.run(Indexing(catalog, failures, MADE_WITH), [file], tmp_path)
        assert outcome.status == "failed"
        assert outcome.failure is not None
        assert outcome.failure.stage == "identify"
        assert outcome.failure.advice
        assert [failure.path for failure in failures] == [str(file.path)]
        assert failures.find(str(file.path), file.size, file.mtime_ns) is None  # it is tried again when it is back

    def test_a_run_ends_when_its_disk_is_gone(self, catalog: Catalog, failures: FailureList) -> None:
        with open_folder() as folder:
            music = folder / "music"
            music.mkdir()
            with mounted(music):
                files = [on_disk(music / f"{number}.flac") for number in range(4)]
            with pytest.raises(UnavailableError, match="cannot be read any more"):
                self.run(Indexing(catalog, failures, MADE_WITH, roots=[music]), files, music)
            assert all(failures.find(str(file.path), file.size, file.mtime_ns) is None for file in files)

    def test_no_track_is_started_during_a_pause(self, catalog: Catalog, failures: FailureList, tmp_path: Path) -> None:
        write_wav(tmp_path / "a.wav", np.full((2, 44_100), 0.5, np.float32), 44_100)
        file = scanned(tmp_path / "a.wav")
        run, stop, outcomes = Indexing(catalog, failures, MADE_WITH), Stop(pause=Pause(time(0, 0), time.max)), []
        recipe = Recipe(Home(tmp_path), "starter", SeparationSpec(), 3600.0)  # without weights it would raise
        with Workers.local(CpuWorkers(recipe, 1), stop) as workers:
            threading.Timer(2.0, setattr, (stop, "signalled", True)).start()
            run.run(run.plan([file], [tmp_path]), workers, outcomes.append)
        assert outcomes == []
        assert stop.signalled

    def test_a_failure_is_not_tried_again_until_the_file_changes(
        self, catalog: Catalog, failures: FailureList, tmp_path: Path
    ) -> None:
        file = on_disk(tmp_path / "a.mp3", b"no music")
        run = Indexing(catalog, failures, MADE_WITH)
        assert [outcome.status for outcome in self.run(run, [file], tmp_path)] == ["failed"]
        assert run.plan([file], [tmp_path]).todo == ()
        assert [failure.path for failure in run.plan([file], [tmp_path]).failed_before] == [str(file.path)]
        os.utime(file.path, ns=(0, 0))
        changed = replace(file, mtime_ns=0)
        assert run.plan([changed], [tmp_path]).todo == (changed,)
        again = Indexing(catalog, failures, MADE_WITH, retry_failed=True)
        assert again.plan([file], [tmp_path]).todo == (file,)


class ManualPause(Stop):
    """A pause that begins when `begun` is set, and ends when no process of the run is left."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = self.over = self.freed = False
        self._others = set(multiprocessing.active_children())  # of other tests
        self._deadline = clock.monotonic() + 120

    @property
    def paused(self) -> bool:
        if self.begun and not self.over:
            self.freed = self._others.issuperset(multiprocessing.active_children())
            self.over = self.freed or clock.monotonic() > self._deadline
        return self.begun and not self.over


@pytest.mark.parametrize(("layout", "count"), [(CpuWorkers, 4), (partial(GpuWorkers, devices=[""]), 24)])
def test_tracks_in_progress_are_stored_before_a_pause(
    tiny_clamp3_home: Path,
    failures: FailureList,
    tmp_path: Path,
    layout: Callable[..., CpuWorkers | GpuWorkers],
    count: int,
) -> None:
    """The pause begins with the first report: by then the worker has the second track, the networks have a dozen."""
    files = [scanned(write_noise(tmp_path / f"{number}.wav", 1.0, seed=number)) for number in range(count)]
    embedder = load_embedder("clamp3", WeightStore(tiny_clamp3_home / "models"))
    recipe = Recipe(Home(tiny_clamp3_home), "clamp3", SeparationSpec(), 3600.0, tiny_clamp3_home / "bank.json")
    outcomes: list[Outcome] = []
    pause = ManualPause()
    before: list[int] = []  # number of reports at the end of the pause

    def report(outcome: Outcome) -> None:
        if pause.over and not before:
            before.append(len(outcomes))
        outcomes.append(outcome)
        pause.begun = True

    with Catalog.in_memory(Space("test", embedder.dim, embedder.fingerprint, "clamp3")) as catalog:
        run = Indexing(catalog, failures, MADE_WITH, journal=Journal(tmp_path / "journal"))
        with Workers.local(layout(recipe, jobs=1), pause) as workers:
            run.run(run.plan(files, [tmp_path]), workers, report)
        assert catalog.count() == len(files)
    assert pause.over
    assert pause.freed
    assert 1 < before[0] < len(files)
    assert sorted(outcome.path for outcome in outcomes) == sorted(str(file.path) for file in files)
    assert {outcome.status for outcome in outcomes} == {"indexed"}


def test_moments_are_stored_unless_disabled(tiny_clamp3_home: Path, failures: FailureList, tmp_path: Path) -> None:
    """40 s are 8 windows of 5 s: segments of 6 of them, the second flush with the end."""
    waveform = np.random.default_rng(0).normal(0, 0.1, (2, 40 * 24_000)).astype(np.float32)
    write_wav(tmp_path / "noise.wav", waveform, 24_000)
    file = scanned(tmp_path / "noise.wav")
    embedder = load_embedder("clamp3", WeightStore(tiny_clamp3_home / "models"))
    recipe = Recipe(Home(tiny_clamp3_home), "clamp3", SeparationSpec(), 3600.0, tiny_clamp3_home / "bank.json")
    space = Space("test", embedder.dim, embedder.fingerprint, "clamp3")
    with Catalog.in_memory(space) as catalog, Workers.local(CpuWorkers(recipe, 1)) as workers:
        for moments, expected in ((True, [(0, 30), (10, 40)]), (False, [])):
            run = Indexing(catalog, failures, MADE_WITH, force=True, moments=moments)
            outcomes: list[Outcome] = []
            run.run(run.plan([file], [tmp_path]), workers, outcomes.append)
            [outcome] = outcomes
            assert outcome.failure is None
            assert [(each.start, each.end) for each in catalog.segments(outcome.track_id)] == expected


def test_the_length_is_that_of_the_file_even_if_only_its_start_was_analysed(
    tiny_clamp3_home: Path, failures: FailureList, tmp_path: Path
) -> None:
    file = scanned(write_noise(tmp_path / "long.wav", 12.0, seed=0))
    embedder = load_embedder("clamp3", WeightStore(tiny_clamp3_home / "models"))
    recipe = Recipe(Home(tiny_clamp3_home), "clamp3", SeparationSpec(), 6.0, tiny_clamp3_home / "bank.json")
    space = Space("test", embedder.dim, embedder.fingerprint, "clamp3")
    with Catalog.in_memory(space) as catalog, Workers.local(CpuWorkers(recipe, 1)) as workers:
        run = Indexing(catalog, failures, MADE_WITH)
        outcomes: list[Outcome] = []
        run.run(run.plan([file], [tmp_path]), workers, outcomes.append)
        assert [outcome.seconds for outcome in outcomes] == [6.0]  # analysed
        assert [track.duration for track in catalog.tracks()] == [pytest.approx(12.0)]


def test_files_that_crashed_runs_are_retried_one_by_one(
    tiny_clamp3_home: Path, failures: FailureList, tmp_path: Path
) -> None:
    files = [scanned(write_noise(tmp_path / f"{number}.wav", 1.0, seed=number)) for number in range(3)]
    for file in files[:2]:
        Journal(tmp_path / "journal").begin(file)  # and the run crashes
    embedder = load_embedder("clamp3", WeightStore(tiny_clamp3_home / "models"))
    recipe = Recipe(Home(tiny_clamp3_home), "clamp3", SeparationSpec(), 3600.0, tiny_clamp3_home / "bank.json")
    journal = Journal(tmp_path / "journal")
    before = len((tmp_path / "journal").read_text().splitlines())
    space = Space("test", embedder.dim, embedder.fingerprint, "clamp3")
    with Catalog.in_memory(space) as catalog, Workers.local(CpuWorkers(recipe, 1)) as workers:
        run = Indexing(catalog, failures, MADE_WITH, journal=journal)
        run.run(run.plan(files, [tmp_path]), workers, lambda _: None)
        assert catalog.count() == 3
    lines = [json.loads(line) for line in (tmp_path / "journal").read_text().splitlines()[before:]]
    states = [(Path(line["path"]).name, line["in_progress"]) for line in lines]
    assert states == [(name, state) for name in ("2.wav", "0.wav", "1.wav") for state in (True, False)]
