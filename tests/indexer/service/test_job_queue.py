from collections.abc import Iterable
from pathlib import Path

import pytest

from indexer.service.job_queue import MAX_JOBS, JobQueue
from indexer.service.job_stop import JobStop
from indexer.service.running_job import RunningJob
from polymuse.errors import NotFoundError
from polymuse.library_jobs import Kind


def make(kind: Kind, paths: Iterable[Path] | None, by_itself: bool) -> RunningJob:
    return RunningJob(kind, JobStop(None, lambda: False), paths, by_itself=by_itself)


def begun(queue: JobQueue) -> RunningJob:
    job = queue.next(lambda _: True, 0)
    assert job is not None
    return job


def test_a_waiting_job_takes_over_the_paths_of_the_next() -> None:
    queue = JobQueue(make)
    first = queue.add("scan", [Path("/a")])
    assert queue.add("scan", [Path("/b"), Path("/a")]) is first
    assert first.paths == dict.fromkeys([Path("/a"), Path("/b")])
    assert queue.add("scan") is first
    assert first.paths is None
    assert queue.add("retry") is not first


def test_whether_a_job_waits() -> None:
    queue = JobQueue(make)
    assert not queue.has_waiting
    queue.add("scan")
    assert queue.has_waiting
    begun(queue)
    assert not queue.has_waiting
    queue.add("retry")
    assert queue.has_waiting


def test_a_waiting_job_takes_over_what_may_be_forgotten() -> None:
    queue = JobQueue(make)
    waiting = queue.add("scan")
    assert queue.add("scan", forget=7) is waiting
    assert queue.add("scan", forget=3) is waiting
    assert waiting.forget == 7


def test_a_job_that_runs_is_not_extended() -> None:
    queue = JobQueue(make)
    first = queue.add("scan")
    assert begun(queue) is first
    assert queue.add("scan") is not first


def test_jobs_begin_in_order_if_they_can() -> None:
    queue = JobQueue(make)
    queue.add("scan")
    weights = queue.add("weights")
    assert queue.next(lambda job: job.kind == "weights", 0) is weights
    assert queue.next(lambda job: False, 0) is None


def test_the_running_job_is_listed_first_then_the_newest() -> None:
    queue = JobQueue(make)
    for _ in range(MAX_JOBS + 5):
        queue.add("scan")
        begun(queue).end()
    running = queue.add("scan")
    begun(queue)
    waiting = queue.add("retry")
    listed = [job.id for job in queue.snapshots()]
    assert listed[:2] == [running.id, waiting.id]
    assert len(listed) == MAX_JOBS


def test_a_forgotten_job_is_still_found_by_those_who_follow_it() -> None:
    queue = JobQueue(make)
    first = queue.add("scan")
    begun(queue).end()
    assert not queue.has_other(first)
    second = queue.add("scan", by_itself=True)
    assert queue.has_other(second)
    begun(queue).end()
    queue.forget(second)
    assert [job.id for job in queue.snapshots()] == [first.id]
    assert queue.find(second.id) is second


def test_an_unknown_job() -> None:
    with pytest.raises(NotFoundError):
        JobQueue(make).find("x")
