from dataclasses import replace
from pathlib import Path

from indexer.failures import Failure, FailureList
from polymuse.errors import BadAudioError

LOST = Failure("/music/lost.mp3", "identify", "it is empty", "Restore it", size=0, mtime_ns=7)
TORN = Failure("/music/torn.mp3", "analyze", "no audio could be decoded", "Convert it", size=3, mtime_ns=9)


def test_a_reopened_list_has_the_failures_that_were_added(tmp_path: Path) -> None:
    failures = FailureList(tmp_path / "home" / "failures.jsonl")
    failures.add(LOST)
    failures.add(TORN)
    assert list(FailureList(tmp_path / "home" / "failures.jsonl")) == [LOST, TORN]


def test_a_resolved_failure_is_removed(tmp_path: Path) -> None:
    failures = FailureList(tmp_path / "failures.jsonl")
    failures.add(LOST)
    failures.add(TORN)
    failures.forget(LOST.path)
    assert list(failures) == [TORN]
    assert list(FailureList(tmp_path / "failures.jsonl")) == [TORN]


def test_the_same_file_failing_again_is_counted(tmp_path: Path) -> None:
    failures = FailureList(tmp_path / "failures.jsonl")
    failures.add(LOST)
    failures.add(LOST)
    again = FailureList(tmp_path / "failures.jsonl")
    again.add(LOST)
    assert [failure.count for failure in again] == [3]


def test_only_the_version_of_the_file_that_failed_is_found(tmp_path: Path) -> None:
    failures = FailureList(tmp_path / "failures.jsonl")
    failures.add(TORN)
    assert failures.find(TORN.path, size=3, mtime_ns=9) == TORN
    assert failures.find(TORN.path, size=3, mtime_ns=10) is None
    assert failures.find("/music/other.mp3", size=3, mtime_ns=9) is None


def test_two_lists_of_one_file_agree(tmp_path: Path) -> None:
    """As in two processes."""
    one, two = FailureList(tmp_path / "failures.jsonl"), FailureList(tmp_path / "failures.jsonl")
    one.add(LOST)
    two.add(TORN)
    two.add(LOST)
    assert list(one) == list(two) == [TORN, replace(LOST, count=2)]
    one.forget(TORN.path)
    assert two.find(TORN.path, TORN.size, TORN.mtime_ns) is None
    assert len(FailureList(tmp_path / "failures.jsonl")) == len(two) == 1
    two.forget(LOST.path)
    assert list(one) == []


def test_a_line_cut_short_by_a_crash_costs_only_itself(tmp_path: Path) -> None:
    file = tmp_path / "failures.jsonl"
    failures = FailureList(file)
    failures.add(LOST)
    failures.add(TORN)
    file.write_bytes(file.read_bytes()[:-20])
    assert list(FailureList(file)) == [LOST]


def test_a_name_that_is_not_utf8_comes_back_unchanged(tmp_path: Path) -> None:
    failure = Failure("/music/\udcff\udcfe.mp3", "identify", "it is empty")
    FailureList(tmp_path / "failures.jsonl").add(failure)
    assert list(FailureList(tmp_path / "failures.jsonl")) == [failure]


def test_the_path_is_not_repeated() -> None:
    error = BadAudioError("/music/lost.mp3: it is empty", "Restore it from a copy")
    failure = Failure.of(Path("/music/lost.mp3"), "identify", error)
    assert str(failure) == "/music/lost.mp3: it is empty. Restore it from a copy"
