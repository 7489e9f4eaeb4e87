"""The journal of a run that crashed, as read by the next run."""

from pathlib import Path

from indexer.journal import MAX_CRASHES, Journal
from indexer.scan import AudioFile

A, B = (AudioFile(Path(f"/music/{name}.mp3"), 10, 1) for name in "ab")


def crash_with(path: Path, *files: AudioFile) -> None:
    """Simulate a run that ends without closing its journal."""
    journal = Journal(path)
    for file in files:
        journal.begin(file)


def test_a_file_in_progress_when_a_run_crashed_is_a_suspect(tmp_path: Path) -> None:
    crash_with(tmp_path / "journal", A)
    journal = Journal(tmp_path / "journal")
    assert (journal.crash_count(A), journal.crash_count(B)) == (1, 0)
    assert journal.failure_for(A) is None


def test_a_file_that_crashed_many_runs_is_a_failure_until_it_changes(tmp_path: Path) -> None:
    for _ in range(MAX_CRASHES):
        crash_with(tmp_path / "journal", A)
    journal = Journal(tmp_path / "journal")
    failure = journal.failure_for(A)
    assert failure is not None
    assert (failure.path, failure.size, failure.mtime_ns) == ("/music/a.mp3", 10, 1)
    assert "3 runs" in failure.cause
    assert journal.failure_for(AudioFile(A.path, 11, 2)) is None


def test_a_result_clears_a_suspect(tmp_path: Path) -> None:
    crash_with(tmp_path / "journal", A, B)
    journal = Journal(tmp_path / "journal")
    journal.begin(A)
    journal.finish(A)
    again = Journal(tmp_path / "journal")
    assert (again.crash_count(A), again.crash_count(B)) == (0, 1)


def test_a_file_in_progress_when_a_run_ends_normally_is_no_suspect(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.begin(A)
    journal.close()
    assert Journal(tmp_path / "journal").crash_count(A) == 0


def test_a_run_that_ends_normally_keeps_earlier_crashes(tmp_path: Path) -> None:
    crash_with(tmp_path / "journal", A)
    journal = Journal(tmp_path / "journal")
    journal.begin(A)
    journal.close()
    assert Journal(tmp_path / "journal").crash_count(A) == 1


def test_a_line_cut_short_costs_only_itself(tmp_path: Path) -> None:
    crash_with(tmp_path / "journal", A, B)
    content = (tmp_path / "journal").read_bytes()
    (tmp_path / "journal").write_bytes(content[:-20])
    journal = Journal(tmp_path / "journal")
    assert (journal.crash_count(A), journal.crash_count(B)) == (1, 0)


def test_a_run_beside_is_not_taken_for_one_that_crashed(tmp_path: Path) -> None:
    crash_with(tmp_path / "journal", B)
    running = Journal(tmp_path / "journal")
    running.begin(A)
    beside = Journal(tmp_path / "journal")
    assert (beside.crash_count(A), beside.crash_count(B)) == (0, 1)
    del running  # crashes
    assert Journal(tmp_path / "journal").crash_count(A) == 1


def test_a_run_that_goes_on_after_a_pause_is_still_running(tmp_path: Path) -> None:
    running = Journal(tmp_path / "journal")
    running.begin(A)
    running.close()
    running.begin(B)
    assert Journal(tmp_path / "journal").crash_count(B) == 0
    running.close()
    assert {each.name for each in tmp_path.iterdir()} == {"journal", "journal.lock"}
