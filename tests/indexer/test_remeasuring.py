"""Tempo, key, loudness and energy of tracks that are stored already."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.track import Entry, FileRef, Track
from indexer.comparing import Plan
from indexer.failures import Failure, FailureList
from indexer.file_tags import TAGS_VERSION
from indexer.jobs import Outcome
from indexer.journal import Journal
from indexer.remeasuring import MEASURE, Remeasure, find_remeasures, measured_version, remeasure
from indexer.rereading import Stored
from indexer.scan import AudioFile, scan
from indexer.stopping import Stop
from indexer.updating import Choices, Summary, Target, bring_up_to_date
from indexer.workers.measurer import Measured
from models.recipe import Recipe
from models.separator import SeparationSpec
from polymuse.errors import BadAudioError, UnreadableError
from polymuse.home import Home
from polymuse.music import MEASURING_VERSION, Measurements
from tests.helpers.audio_files import write_noise
from tests.helpers.ids import id_of
from tests.helpers.measured import measured

MODELS = {"embedder": "e1"}
NOW = measured(version=MEASURING_VERSION)


class Listed:
    """A report that keeps what it is told."""

    def __init__(self) -> None:
        self.plan: Plan | None = None
        self.stages: list[list[str]] = []
        self.outcomes: list[Outcome] = []

    def planned(self, plan: Plan, _problems: Sequence[Failure]) -> None:
        self.plan = plan

    @contextmanager
    def running(self, plan: Plan, _stop: Stop) -> Iterator[None]:
        self.stages.append([file.path.name for file in plan.next])
        yield

    def add(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    @property
    def statuses(self) -> dict[str, str]:
        return {Path(each.path).name: each.status for each in self.outcomes}


@pytest.fixture
def target(catalog: Catalog, failures: FailureList, tmp_path: Path) -> Target:
    recipe = Recipe(Home(tmp_path), "starter", SeparationSpec(), 3600.0)
    return Target(catalog, failures, Journal(tmp_path / "journal"), recipe, MODELS, jobs=1)


@pytest.fixture
def music(tmp_path: Path) -> Path:
    (tmp_path / "music").mkdir()
    return tmp_path / "music"


def scanned(path: Path) -> AudioFile:
    [file] = scan([path])
    assert isinstance(file, AudioFile)
    return file


def store(catalog: Catalog, *paths: Path, values: Measurements | None = None) -> Track:
    """A track with these files, indexed before there were measurements, or with those."""
    files = tuple(FileRef(str(f.path), f.size, f.mtime_ns, f.ctime_ns, f.device) for f in map(scanned, paths))
    track = Track(
        id_of(catalog.count() + 1), files, paths[0].stem, 3.0, "pcm_s16le", models=MODELS, tags_version=TAGS_VERSION
    )
    catalog.upsert([Entry(replace(track, measured=values), {"mix": np.array([0.6, 0.8, 0, 0], np.float32)})])
    return track


def update(
    target: Target, music: Path, choices: Choices | None = None, stop: Stop | None = None
) -> tuple[Listed, Summary | None]:
    report = Listed()
    summary = bring_up_to_date(target, scan([music]), [music], report, stop or Stop(), choices or Choices())
    return report, summary


class TestWhichTracks:
    def versions(self, values: Measurements | None, failed: bool = False) -> list[str]:
        track = Track(id_of(1), (FileRef("/a.mp3", 1, 1),), "A", 1.0, "mp3", measured=values)
        stored = [Stored(track.id, track.files, TAGS_VERSION, measured_version(track))]
        found = find_remeasures(stored, [AudioFile(Path("/a.mp3"), 1, 1)], lambda _: failed)
        return [each.track_id for each in found]

    def test_those_that_were_not_measured_or_by_an_older_version(self) -> None:
        assert self.versions(None) == [id_of(1)]
        assert self.versions(measured(version=0)) == [id_of(1)]
        assert self.versions(NOW) == self.versions(measured(version=MEASURING_VERSION + 1)) == []

    def test_not_those_that_could_not_be_measured(self) -> None:
        assert self.versions(None, failed=True) == []

    def test_a_track_with_several_files_once_by_one_that_is_there(self) -> None:
        files = tuple(FileRef(f"/{n}.mp3", 1, 1) for n in range(3))
        there = [AudioFile(Path(file.path), 1, 1) for file in files[1:]]
        stored = [Stored(id_of(1), files, TAGS_VERSION)]
        assert list(find_remeasures(stored, there, lambda _: False)) == [Remeasure(id_of(1), there[0])]
        assert [each.file for each in find_remeasures(stored, there, lambda file: file == there[0])] == [there[1]]


def test_a_library_of_an_earlier_version_is_measured_once(target: Target, music: Path) -> None:
    for n in range(3):
        store(target.catalog, write_noise(music / f"{n}.wav", 3.0, n))
    store(target.catalog, write_noise(music / "new.wav", 3.0, 9), values=NOW)
    before = target.catalog.vectors([id_of(n) for n in range(1, 5)])
    report, summary = update(target, music)
    assert summary == Summary()
    assert report.stages == [["0.wav", "1.wav", "2.wav"]]
    assert report.statuses == dict.fromkeys(("0.wav", "1.wav", "2.wav"), "measured")
    assert all(each.seconds == 3.0 and each.work > 0 for each in report.outcomes)  # for the time left
    tracks = list(target.catalog.tracks())
    assert [measured_version(track) for track in tracks] == [MEASURING_VERSION] * 4
    assert all(track.loudness is not None for track in tracks)
    after = target.catalog.vectors([track.id for track in tracks])
    for id_, vectors in before.items():
        np.testing.assert_array_equal(after[id_]["mix"], vectors["mix"])
    again, _ = update(target, music)
    assert again.outcomes == []


def test_a_dry_run_says_how_many(target: Target, music: Path) -> None:
    store(target.catalog, write_noise(music / "a.wav", 2.0, 1))
    report, _ = update(target, music, Choices(dry_run=True))
    assert report.plan is not None
    assert len(report.plan.remeasures) == 1
    assert report.outcomes == []
    assert target.catalog.get([id_of(1)])[0].measured is None


def test_a_file_that_cannot_be_decoded_keeps_what_is_stored_and_is_not_tried_again(target: Target, music: Path) -> None:
    old = measured(version=0, bpm=99.0)
    broken = music / "broken.wav"
    broken.write_bytes(b"RIFF and nothing else")
    store(target.catalog, broken, values=old)
    report, summary = update(target, music)
    assert (report.statuses, summary) == ({"broken.wav": "failed"}, Summary())
    assert target.catalog.get([id_of(1)])[0].measured == old
    [failure] = target.failures
    assert failure.stage == MEASURE
    again, _ = update(target, music)
    assert again.outcomes == []
    assert again.plan is not None
    assert (len(again.plan.unchanged), again.plan.failed_before) == (1, ())
    retried, _ = update(target, music, Choices(retry_failed=True))
    assert retried.statuses == {"broken.wav": "failed"}


def test_a_file_that_is_gone_or_unreadable_is_no_failure_of_its_own(
    target: Target, music: Path, tmp_path: Path
) -> None:
    """Its disk may have been taken out between the scan and the decoding."""
    path = write_noise(music / "a.wav", 2.0, 1)
    store(target.catalog, path)
    left = {str(path): Remeasure(id_of(1), scanned(path))}
    report = Listed()
    remeasure(target.catalog, target.failures, left, [(scanned(path), UnreadableError("no disk"))], report.add)
    assert report.statuses == {"a.wav": "failed"}
    assert list(target.failures) == []
    shutil.rmtree(music)
    music.mkdir()
    gone, _ = update(target, music)
    assert gone.outcomes == []


def test_what_was_measured_before_a_stop_stays(target: Target, music: Path) -> None:
    for n in range(8):
        store(target.catalog, write_noise(music / f"{n}.wav", 2.0, n))
    stop = Stop()

    class Stopping(Listed):
        def add(self, outcome: Outcome) -> None:
            super().add(outcome)
            stop.signalled = True

    first = Stopping()
    assert bring_up_to_date(target, scan([music]), [music], first, stop, Choices()) is None
    done = len(first.outcomes)
    assert 1 <= done <= 3  # those in progress
    second, _ = update(target, music)
    assert len(second.outcomes) == 8 - done
    assert all(map(measured_version, target.catalog.tracks()))


def test_it_gives_way_to_other_work(target: Target, music: Path) -> None:
    for n in range(3):
        store(target.catalog, write_noise(music / f"{n}.wav", 2.0, n))
    report, summary = update(target, music, Choices(gives_way=lambda: True))
    assert report.outcomes == []
    assert summary == Summary(unmeasured=3)


def test_a_track_that_was_changed_or_deleted_meanwhile(catalog: Catalog, failures: FailureList, music: Path) -> None:
    paths = [write_noise(music / f"{n}.wav", 2.0, n) for n in range(2)]
    kept, deleted = (store(catalog, path) for path in paths)
    results: list[tuple[AudioFile, Measured | BadAudioError]] = [
        (scanned(path), Measured(NOW, 2.0, 0.1)) for path in paths
    ]
    left = {str(path): Remeasure(id_of(n), scanned(path)) for n, path in enumerate(paths, 1)}
    catalog.update(replace(kept, title="New"), before=kept)
    catalog.delete([deleted.id])
    report = Listed()
    remeasure(catalog, failures, left, results, report.add)
    assert report.statuses == {"0.wav": "measured", "1.wav": "unchanged"}
    [track] = catalog.tracks()
    assert (track.title, track.measured, left) == ("New", NOW, {})
