"""What the next run learns from one that died."""

from pathlib import Path

from indexer.journal import MAX_CRASHES, Journal
from indexer.scan import AudioFile

A, B = (AudioFile(Path(f"/music/{name}.mp3"), 10, 1) for name in "ab")


def die_with(path: Path, *files: AudioFile) -> None:
    """A run that ends without closing its journal."""
    journal = Journal(path)
    for file in files:
        journal.begin(file)


def test_a_file_that_was_in_hand_when_a_run_died_is_a_suspect(tmp_path: Path) -> None:
    die_with(tmp_path / "journal", A)
    journal = Journal(tmp_path / "journal")
    assert (journal.crash_count(A), journal.crash_count(B)) == (1, 0)
    assert journal.failure_for(A) is None


def test_a_file_that_many_runs_died_of_is_a_failure_until_it_changes(tmp_path: Path) -> None:
    for _ in range(MAX_CRASHES):
        die_with(tmp_path / "journal", A)
    journal = Journal(tmp_path / "journal")
    failure = journal.failure_for(A)
    assert failure is not None
    assert (failure.path, failure.size, failure.mtime_ns) == ("/music/a.mp3", 10, 1)
    assert "3 runs" in failure.cause
    assert journal.failure_for(AudioFile(A.path, 11, 2)) is None


def test_a_result_clears_a_suspect(tmp_path: Path) -> None:
    die_with(tmp_path / "journal", A, B)
    journal = Journal(tmp_path / "journal")
    journal.begin(A)
    journal.finish(A)
    again = Journal(tmp_path / "journal")
    assert (again.crash_count(A), again.crash_count(B)) == (0, 1)


def test_what_a_run_that_ends_by_itself_lets_go_is_no_suspect(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.begin(A)
    journal.close()
    assert Journal(tmp_path / "journal").crash_count(A) == 0


def test_a_run_that_ends_by_itself_clears_no_older_suspicion(tmp_path: Path) -> None:
    die_with(tmp_path / "journal", A)
    journal = Journal(tmp_path / "journal")
    journal.begin(A)
    journal.close()
    assert Journal(tmp_path / "journal").crash_count(A) == 1


def test_a_line_cut_short_costs_only_itself(tmp_path: Path) -> None:
    die_with(tmp_path / "journal", A, B)
    content = (tmp_path / "journal").read_bytes()
    (tmp_path / "journal").write_bytes(content[:-20])
    journal = Journal(tmp_path / "journal")
    assert (journal.crash_count(A), journal.crash_count(B)) == (1, 0)
