"""A job as clients see it."""

import logging
from pathlib import Path

import pytest

from indexer.comparing import Plan
from indexer.jobs import Outcome
from indexer.remeasuring import Remeasure
from indexer.scan import AudioFile
from indexer.service.job_stop import JobStop
from indexer.service.running_job import MAX_NOTES, RunningJob
from polymuse.errors import UserError


def a_job() -> RunningJob:
    return RunningJob("scan", JobStop(None, lambda: False))


def test_how_jobs_end() -> None:
    done, failed, stopped = a_job(), a_job(), a_job()
    done.begin()
    done.end()
    failed.begin()
    failed.end(UserError("The disk is full", "Free some space"))
    stopped.begin()
    stopped.stop.signalled = True
    stopped.end()
    assert [job.snapshot().state for job in (done, failed, stopped)] == ["done", "failed", "stopped"]
    problem = failed.snapshot().problem
    assert problem is not None
    assert problem.message == "The disk is full"


def test_files_are_counted() -> None:
    job = a_job()
    job.begin()
    files = tuple(AudioFile(Path(f"/m/{n}.mp3"), 100, 0) for n in range(4))
    plan = Plan(files[:3], files[3:], ())
    job.planned(plan, ())
    assert job.snapshot().phase == "scanning"
    with job.running(plan, job.stop):
        for n, status in enumerate(("indexed", "too short", "failed")):
            job.add(Outcome(f"/m/{n}.mp3", status, 100))
    counts = job.snapshot().files
    assert (counts.total, counts.done, counts.indexed, counts.unchanged) == (4, 4, 1, 1)
    assert (counts.skipped, counts.failed) == (1, 1)
    assert job.snapshot().current == "/m/2.mp3"
    assert job.eventful


def test_it_is_shown_as_paused_only_while_it_runs() -> None:
    job = RunningJob("scan", JobStop(None, lambda: True))
    assert job.snapshot().state == "waiting"
    job.begin()
    assert job.snapshot().state == "paused"
    job.end()
    assert job.snapshot().state == "done"


def test_notes_are_said_once_and_bounded() -> None:
    job = a_job()
    for number in range(2 * MAX_NOTES):
        job.note(f"note {number // 2}")
    assert job.snapshot().notes == tuple(f"note {number}" for number in range(MAX_NOTES))


def test_work_that_nobody_may_expect_is_logged_before_it_begins(caplog: pytest.LogCaptureFixture) -> None:
    job = a_job()
    job.begin()
    with caplog.at_level(logging.INFO):
        job.planned(Plan((), (), (), renewed="2 tracks have stems by spleeter; the run makes them again."), ())
    assert caplog.messages == [f"scan {job.id}: 2 tracks have stems by spleeter; the run makes them again."]
    assert job.snapshot().notes == ("2 tracks have stems by spleeter; the run makes them again.",)


def test_measuring_is_a_phase_of_its_own() -> None:
    job = a_job()
    job.begin()
    files = tuple(AudioFile(Path(f"/m/{n}.mp3"), 100, 0) for n in range(3))
    plan = Plan((), files, (), remeasures=tuple(Remeasure(str(n), file) for n, file in enumerate(files)))
    job.planned(plan, ())
    with job.running(plan, job.stop):
        job.add(Outcome("/m/0.mp3", "measured", 100, 60.0))
        job.add(Outcome("/m/1.mp3", "failed", 100))
    shown = job.snapshot()
    assert shown.phase == "measuring"
    assert (shown.files.measured, shown.files.to_measure, shown.files.unchanged) == (1, 3, 3)
    assert (shown.files.done, shown.files.total) == (3, 3)
    assert job.eventful
