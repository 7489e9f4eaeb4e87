"""What `polymuse index` reports about a run."""

import json
import re
from pathlib import Path

import pytest

from cli.index_report import PREVIEW, Report
from indexer.comparing import Plan
from indexer.failures import TOO_SHORT, Failure
from indexer.jobs import Outcome
from indexer.presence import Findings, OutOfSight
from indexer.remeasuring import Remeasure
from indexer.scan import AudioFile
from indexer.stopping import Stop
from indexer.updating import Summary

FAILED = Failure("/music/bad.mp3", "analyze", "it is damaged", "Get another copy", size=9)


def files(*names: str) -> tuple[AudioFile, ...]:
    return tuple(AudioFile(Path("/music") / name, 1000, 0) for name in names)


class TestPlanned:
    def test_counts_of_the_plan(self, capsys: pytest.CaptureFixture[str]) -> None:
        report = Report(as_json=False)
        report.planned(
            Plan(files("a.mp3", "b.mp3"), files("c.mp3"), (FAILED,), Findings(gone=("/music/gone.mp3",))), []
        )
        failed, counts = capsys.readouterr().err.splitlines()
        assert failed == "failed before: /music/bad.mp3: it is damaged. Get another copy"
        assert counts.startswith("4 files: 2 to do, 1 unchanged, 1 failed before")
        assert "1 not found (moved or deleted)" in counts
        assert report.exit_code == 1

    def test_without_a_failure_it_says_nothing_of_one(self, capsys: pytest.CaptureFixture[str]) -> None:
        report = Report(as_json=False)
        report.planned(Plan(files("a.mp3"), (), ()), [])
        assert capsys.readouterr().err == "1 file: 1 to do, 0 unchanged.\n"
        assert report.exit_code == 0

    def test_a_failure_for_programs(self, capsys: pytest.CaptureFixture[str]) -> None:
        Report(as_json=True).planned(Plan((), (), ()), [FAILED])
        assert json.loads(capsys.readouterr().out) == {
            "path": "/music/bad.mp3",
            "status": "failed",
            "size": 9,
            "stage": "analyze",
            "cause": "it is damaged",
            "advice": "Get another copy",
        }

    def test_a_preview_names_the_first_files(self, capsys: pytest.CaptureFixture[str]) -> None:
        plan = Plan(files(*(f"{number}.mp3" for number in range(PREVIEW + 3))), (), ())
        Report(as_json=False, preview=True).planned(plan, [])
        lines = capsys.readouterr().err.splitlines()[:-1]
        assert lines == [*(f"to do: /music/{number}.mp3" for number in range(PREVIEW)), "and 3 more"]

    def test_a_preview_for_programs_names_all(self, capsys: pytest.CaptureFixture[str]) -> None:
        plan = Plan(files(*(f"{number}.mp3" for number in range(PREVIEW + 3))), (), ())
        Report(as_json=True, preview=True).planned(plan, [])
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert lines[-1] == {"path": "/music/22.mp3", "status": "to do", "size": 1000}
        assert len(lines) == 23


def test_stored_tracks_that_are_measured(capsys: pytest.CaptureFixture[str]) -> None:
    """They count as unchanged as well; what is left of them is work that is left."""
    known = files("a.mp3", "b.mp3")
    plan = Plan((), known, (), remeasures=tuple(Remeasure(file.path.name, file) for file in known))
    report = Report(as_json=False)
    report.planned(plan, [])
    assert capsys.readouterr().err == ("2 files: 0 to do, 2 unchanged, 2 whose tempo, key and loudness are measured.\n")
    with report.running(plan, Stop()):
        report.add(Outcome("/music/a.mp3", "measured", 1000, 60.0, "a"))
    report.summary(Summary(), pruned=False)
    last = capsys.readouterr().err
    assert "0 indexed, 0 updated, 2 unchanged, 1 measured, 0 failed; 1:00 of audio" in last
    assert "1 of 2 files are done. Run the same command again to resume." in last


def test_a_file_for_programs_leaves_out_what_is_empty(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report(as_json=True)
    report.add(Outcome("/music/a.mp3", "indexed", 1000, 12.5, "id-1", ("2 damaged packets",)))
    report.add(Outcome("/music/b.mp3", "unchanged"))
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first == {
        "path": "/music/a.mp3",
        "status": "indexed",
        "size": 1000,
        "seconds": 12.5,
        "track_id": "id-1",
        "remarks": ["2 damaged packets"],
    }
    assert second == {"path": "/music/b.mp3", "status": "unchanged"}


def test_a_run_that_ends_early_says_how_much_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    plan = Plan(files("a.mp3", "b.mp3", "c.mp3"), (), ())
    report = Report(as_json=False)
    stop = Stop()
    with report.running(plan, stop):
        report.add(Outcome("/music/a.mp3", "indexed", 1000, 1.0))
        report.add(Outcome("/music/b.mp3", "updated", 1000))
        stop.signalled = True
    assert "Stopped: 2 of 3 files are done. Run the same command again to resume." in capsys.readouterr().err


def test_a_run_that_is_stopped_when_all_is_done_has_nothing_to_resume(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report(as_json=False)
    stop = Stop()
    with report.running(Plan(files("a.mp3"), (), ()), stop):
        report.add(Outcome("/music/a.mp3", "failed", 9, failure=FAILED))
        stop.signalled = True
    assert capsys.readouterr().err.endswith("Stopped: 1 of 1 file is done.\n")


def test_a_run_whose_time_is_over_says_what_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    plan = Plan(files("a.mp3", "b.mp3"), (), ())
    report = Report(as_json=False)
    report.planned(plan, [])
    with report.running(plan, Stop(0.0)):
        report.add(Outcome("/music/a.mp3", "indexed", 1000, 1.0))
    report.summary(Summary(), pruned=False)
    said = capsys.readouterr().err
    assert "Done" not in said
    assert "Stopped after 0:00: 1 indexed" in said
    assert "1 of 2 files are done. Run the same command again to resume." in said
    assert report.exit_code == 0


def test_failures_of_this_run_and_of_earlier_ones_are_counted_apart(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report(as_json=False)
    report.planned(Plan(files("c.mp3"), (), (FAILED,)), [])
    report.add(Outcome("/music/c.mp3", "failed", 9, failure=FAILED))
    report.summary(Summary(), pruned=False)
    assert "1 failed, 1 failed before" in capsys.readouterr().err


def test_a_run_that_does_not_end_early_says_nothing_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    with Report(as_json=False).running(Plan(files("a.mp3"), (), ()), Stop()):
        pass
    assert "Stopped" not in capsys.readouterr().err


def test_a_summary(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report(as_json=True)
    report.add(Outcome("/music/a.mp3", "indexed", 1000, 100.0))
    report.add(Outcome("/music/b.mp3", "indexed", 1000, 25.04))
    report.add(Outcome("/music/c.mp3", "failed", 9, failure=FAILED))
    capsys.readouterr()
    report.summary(Summary(forgotten=("/music/gone.mp3",)), pruned=True)
    said = capsys.readouterr()
    summary = json.loads(said.out)["summary"]
    counts = {key: summary[key] for key in ("indexed", "updated", "unchanged", "failed", "pruned")}
    assert counts == {"indexed": 2, "updated": 0, "unchanged": 0, "failed": 1, "pruned": 1}
    assert summary["audio_seconds"] == 125.0  # 100 and 25.04, to a decimal
    assert summary["stages"] == {}
    # 125 s are 2:05
    assert re.search(r": 2 indexed, 0 updated, 0 unchanged, 1 failed, 1 \w+; 2:05 of audio", said.err)
    assert report.exit_code == 1


def test_what_is_gone_but_kept_is_not_counted_as_pruned(capsys: pytest.CaptureFixture[str]) -> None:
    Report(as_json=True).summary(Summary(gone=("/music/gone.mp3",)), pruned=False)
    said = capsys.readouterr()
    assert json.loads(said.out)["summary"]["pruned"] == 0
    assert "1 file gone (--prune forgets it)." in said.err


def test_what_is_kept_against_a_request_is_said_and_counts_as_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    summary = Summary(out_of_sight=(OutOfSight("/music", "is empty", ("/music/a.mp3",)),))
    for pruned in (False, True):
        report = Report(as_json=False)
        report.summary(summary, pruned=pruned)
        assert "/music is empty" in capsys.readouterr().err
        assert report.exit_code == pruned


def test_files_that_are_too_short_are_counted_and_are_no_failures(capsys: pytest.CaptureFixture[str]) -> None:
    short = Failure("/music/jingle.mp3", TOO_SHORT, "The audio lasts 0.50 s", size=1, mtime_ns=1)
    report = Report(as_json=False)
    report.planned(Plan((), (), (short,)), [])
    report.add(Outcome("/music/b.mp3", TOO_SHORT, failure=short))
    report.summary(Summary(), pruned=False)
    assert report.exit_code == 0
    said = capsys.readouterr().err
    assert said.startswith("1 file: 0 to do, 0 unchanged, 1 too short.\n")
    assert ": 0 indexed, 0 updated, 0 unchanged, 0 failed, 2 too short." in said
    assert "failed:" not in said
