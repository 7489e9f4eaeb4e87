"""Runs, including files that cannot be analysed."""

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
from indexer.comparing import Comparison, Plan
from indexer.failures import FailureList
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
from tests.helpers.scanned_files import on_disk, scanned

MADE_WITH = {"embedder": "e1", "separator": "s1"}


class TestRun:
    def run(self, run: Indexing, files: Sequence[AudioFile], root: Path) -> list[Outcome]:
        outcomes: list[Outcome] = []
        with Workers.local(CpuWorkers(Recipe(Home(root), "starter", SeparationSpec(), 3600.0), 1)) as workers:
            run.run(Plan(tuple(files), (), ()), workers, outcomes.append)
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
            run.run(Plan((file,), (), ()), workers, outcomes.append)
        assert outcomes == []
        assert stop.signalled

    def test_a_failure_is_not_tried_again_until_the_file_changes(
        self, catalog: Catalog, failures: FailureList, tmp_path: Path
    ) -> None:
        file = on_disk(tmp_path / "a.mp3", b"no music")
        run = Indexing(catalog, failures, MADE_WITH)
        assert [outcome.status for outcome in self.run(run, [file], tmp_path)] == ["failed"]
        comparison = Comparison(catalog, failures, MADE_WITH)
        assert comparison.plan([file], [tmp_path]).todo == ()
        assert [failure.path for failure in comparison.plan([file], [tmp_path]).failed_before] == [str(file.path)]
        os.utime(file.path, ns=(0, 0))
        changed = replace(file, mtime_ns=0)
        assert comparison.plan([changed], [tmp_path]).todo == (changed,)
        again = Comparison(catalog, failures, MADE_WITH, retry_failed=True)
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


@pytest.mark.parametrize(
    ("layout", "count"), [(CpuWorkers, 4), pytest.param(partial(GpuWorkers, devices=[""]), 24, marks=pytest.mark.slow)]
)
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
            run.run(Plan(tuple(files), (), ()), workers, report)
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
            run.run(Plan((file,), (), ()), workers, outcomes.append)
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
        run.run(Plan((file,), (), ()), workers, outcomes.append)
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
        run.run(Plan(tuple(files), (), ()), workers, lambda _: None)
        assert catalog.count() == 3
    lines = [json.loads(line) for line in (tmp_path / "journal").read_text().splitlines()[before:]]
    states = [(Path(line["path"]).name, line["in_progress"]) for line in lines]
    assert states == [(name, state) for name in ("2.wav", "0.wav", "1.wav") for state in (True, False)]
