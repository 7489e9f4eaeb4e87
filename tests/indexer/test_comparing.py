"""Plans from a scan and the catalog."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.track import Entry, FileRef, Track
from indexer.comparing import Comparison
from indexer.failures import Failure, FailureList
from indexer.file_tags import TAGS_VERSION
from indexer.journal import Journal
from indexer.scan import AudioFile
from tests.helpers.scanned_files import on_disk

MADE_WITH = {"embedder": "e1", "separator": "s1"}
ID = "9f0c5a2e-5b57-5c0e-8a8e-0a4b8f5d7c11"


def known(catalog: Catalog, *files: AudioFile, models: dict[str, str] = MADE_WITH) -> None:
    refs = tuple(FileRef(str(file.path), file.size, file.mtime_ns) for file in files)
    track = Track(ID, refs, title="t", duration=1.0, format="flac", models=models, tags_version=TAGS_VERSION)
    catalog.upsert([Entry(track, {"mix": np.array([1, 0, 0, 0], np.float32)})])


def test_new_files_are_planned_and_known_ones_are_not(catalog: Catalog, failures: FailureList, tmp_path: Path) -> None:
    old, new = on_disk(tmp_path / "old.flac"), on_disk(tmp_path / "new.flac")
    known(catalog, old)
    plan = Comparison(catalog, failures, MADE_WITH).plan([old, new], [tmp_path])
    assert plan.todo == (new,)
    assert plan.unchanged == (old,)


@pytest.mark.parametrize("change", [{"size": 7}, {"mtime_ns": 7}])
def test_a_changed_file_is_planned(
    catalog: Catalog, failures: FailureList, tmp_path: Path, change: dict[str, int]
) -> None:
    file = on_disk(tmp_path / "a.flac")
    known(catalog, replace(file, **change))
    assert Comparison(catalog, failures, MADE_WITH).plan([file], [tmp_path]).todo == (file,)


@pytest.mark.parametrize("models", [{"embedder": "e1"}, {}])
def test_a_track_of_another_or_no_model_is_planned(
    catalog: Catalog, failures: FailureList, tmp_path: Path, models: dict[str, str]
) -> None:
    file = on_disk(tmp_path / "a.flac")
    known(catalog, file, models=models)
    assert Comparison(catalog, failures, MADE_WITH).plan([file], [tmp_path]).todo == (file,)


def test_a_track_with_stems_is_up_to_date_for_a_run_without_stems(
    catalog: Catalog, failures: FailureList, tmp_path: Path
) -> None:
    file = on_disk(tmp_path / "a.flac")
    known(catalog, file)
    assert Comparison(catalog, failures, {"embedder": "e1"}).plan([file], [tmp_path]).unchanged == (file,)


def test_force_takes_everything(catalog: Catalog, failures: FailureList, tmp_path: Path) -> None:
    file = on_disk(tmp_path / "a.flac")
    known(catalog, file)
    assert Comparison(catalog, failures, MADE_WITH, force=True).plan([file], [tmp_path]).todo == (file,)


def test_a_file_that_crashed_runs_comes_last_and_then_fails(
    catalog: Catalog, failures: FailureList, tmp_path: Path
) -> None:
    files = [on_disk(tmp_path / "music" / name) for name in ("a.flac", "b.flac")]
    plans = []
    for _ in range(4):
        journal = Journal(tmp_path / "journal")
        plans.append(Comparison(catalog, failures, MADE_WITH, journal=journal).plan(files, [tmp_path]))
        journal.begin(files[0])
        del journal  # the run crashes
    assert plans[0].todo == tuple(files)
    assert plans[1].todo == plans[2].todo == (files[1], files[0])
    assert plans[3].todo == (files[1],)
    assert [failure.path for failure in plans[3].failed_before] == [str(files[0].path)]
    again = Comparison(catalog, failures, MADE_WITH, retry_failed=True, journal=Journal(tmp_path / "journal"))
    assert set(again.plan(files, [tmp_path]).todo) == set(files)


def test_only_files_below_the_scanned_folders_count_as_gone(
    catalog: Catalog, failures: FailureList, tmp_path: Path
) -> None:
    inside, outside = on_disk(tmp_path / "a" / "x.flac"), on_disk(tmp_path / "b" / "x.flac")
    on_disk(tmp_path / "a" / "another.flac")
    known(catalog, inside, outside)
    inside.path.unlink()
    outside.path.unlink()
    plan = Comparison(catalog, failures, MADE_WITH).plan([], [tmp_path / "a"])
    assert plan.gone == (str(inside.path),)


def test_a_file_that_is_there_but_was_not_scanned_is_not_gone(
    catalog: Catalog, failures: FailureList, tmp_path: Path
) -> None:
    known(catalog, on_disk(tmp_path / "x.flac"))
    assert Comparison(catalog, failures, MADE_WITH).plan([], [tmp_path]).gone == ()


def test_tracks_of_another_separator_are_counted(catalog: Catalog, failures: FailureList, tmp_path: Path) -> None:
    """Whether the run makes their stems again, or leaves them because their files are not among those scanned."""
    file = on_disk(tmp_path / "a.flac")
    known(catalog, file, models=MADE_WITH | {"separator": "s0"})
    assert Comparison(catalog, failures, MADE_WITH).plan([file], [tmp_path]).other_separators == {"s0": (1, 0)}
    assert Comparison(catalog, failures, MADE_WITH).plan([], [tmp_path]).other_separators == {"s0": (0, 1)}
    without_stems = Comparison(catalog, failures, {"embedder": "e1"})
    assert without_stems.plan([file], [tmp_path]).other_separators == {}


@pytest.mark.parametrize("models", [MADE_WITH, {"embedder": "e0"}])
def test_tracks_of_the_same_or_no_separator_are_not_counted(
    catalog: Catalog, failures: FailureList, tmp_path: Path, models: dict[str, str]
) -> None:
    file = on_disk(tmp_path / "a.flac")
    known(catalog, file, models=models)
    assert Comparison(catalog, failures, MADE_WITH).plan([file], [tmp_path]).other_separators == {}


def known_score(catalog: Catalog, file: AudioFile) -> None:
    refs = (FileRef(str(file.path), file.size, file.mtime_ns, file.ctime_ns),)
    track = Track(ID, refs, title="t", duration=0.0, format="midi", kind="score", models={"embedder": "e1"})
    catalog.upsert([Entry(track, {"mix": np.array([1, 0, 0, 0], np.float32)})])


def test_a_score_needs_no_separator_and_has_no_tags_to_read(
    catalog: Catalog, failures: FailureList, tmp_path: Path
) -> None:
    file = replace(on_disk(tmp_path / "a.mid"), kind="score")
    known_score(catalog, file)
    plan = Comparison(catalog, failures, MADE_WITH, reread_tags=True).plan([file], [tmp_path])
    assert (plan.todo, plan.unchanged, plan.rereads) == ((), (file,), ())
    plan = Comparison(catalog, failures, {"embedder": "e2"}).plan([file], [tmp_path])
    assert plan.todo == (file,)


def test_a_score_whose_ctime_has_changed_is_hashed_again(
    catalog: Catalog, failures: FailureList, tmp_path: Path
) -> None:
    file = replace(on_disk(tmp_path / "a.mid"), kind="score", ctime_ns=7)
    known_score(catalog, file)
    touched = replace(file, ctime_ns=8)
    assert Comparison(catalog, failures, MADE_WITH).plan([touched], [tmp_path]).todo == (touched,)
    unknown = replace(file, ctime_ns=0)
    assert Comparison(catalog, failures, MADE_WITH).plan([unknown], [tmp_path]).unchanged == (unknown,)


def test_scores_that_a_scan_does_not_meet_are_not_gone(catalog: Catalog, failures: FailureList, tmp_path: Path) -> None:
    known_score(catalog, on_disk(tmp_path / "a.mid"))
    plan = Comparison(catalog, failures, MADE_WITH, roots=[tmp_path]).plan([], [tmp_path])
    assert (plan.gone, plan.findings.there) == ((), (str(tmp_path / "a.mid"),))


def test_a_failure_as_audio_does_not_count_for_a_score(catalog: Catalog, failures: FailureList, tmp_path: Path) -> None:
    file = on_disk(tmp_path / "a.mid")
    failures.add(Failure(str(file.path), "identify", "no audio", size=file.size, mtime_ns=file.mtime_ns))
    score = replace(file, kind="score")
    comparison = Comparison(catalog, failures, MADE_WITH)
    assert comparison.plan([file], [tmp_path]).todo == ()
    assert comparison.plan([score], [tmp_path]).todo == (score,)
    failures.add(Failure(str(file.path), score.stage("identify"), "no notes", size=file.size, mtime_ns=file.mtime_ns))
    assert [each.cause for each in comparison.plan([score], [tmp_path]).failed_before] == ["no notes"]
    assert comparison.plan([file], [tmp_path]).todo == (file,)
