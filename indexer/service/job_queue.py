"""The jobs of a service: those that wait, the one that runs, and the last ones that ended."""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path

from indexer.service.running_job import RunningJob
from polymuse.errors import NotFoundError
from polymuse.library_jobs import Kind, LibraryJob

MAX_JOBS = 20  # kept, waiting ones aside


class JobQueue:
    """Thread-safe. `make` creates a job."""

    def __init__(self, make: Callable[[Kind, Iterable[Path] | None, bool], RunningJob]) -> None:
        self._make = make
        self._jobs: list[RunningJob] = []  # oldest first
        self._forgotten: deque[RunningJob] = deque(maxlen=MAX_JOBS)
        self._changed = threading.Condition()

    def add(
        self, kind: Kind, paths: Iterable[Path] | None = None, *, by_itself: bool = False, forget: int = 0
    ) -> RunningJob:
        """Queue a job. One of the kind that already waits takes over its paths and is returned instead.

        `forget`: see `RunningJob`.
        """
        with self._changed:
            for job in self._jobs:
                if job.waiting and job.kind == kind and (job.by_itself == by_itself or job.paths is None):
                    if paths is None:
                        job.paths = None
                    elif job.paths is not None:
                        job.paths |= dict.fromkeys(paths)
                    job.forget = max(job.forget, forget)
                    return job
            job = self._make(kind, paths, by_itself)
            job.forget = forget
            self._jobs.append(job)
            self._changed.notify_all()
            return job

    def next(self, can_begin: Callable[[RunningJob], bool], timeout: float) -> RunningJob | None:
        """Begin the oldest waiting job that can begin; None after `timeout` seconds without one."""
        with self._changed:
            ready = self._next(can_begin)
            if ready is None:
                self._changed.wait(timeout)
                ready = self._next(can_begin)
            if ready is not None:
                ready.begin()
            return ready

    def wake(self) -> None:
        """Look again which jobs can begin."""
        with self._changed:
            self._changed.notify_all()

    def forget(self, job: RunningJob) -> None:
        """List the job no more. Those who follow it still find it for a while."""
        with self._changed:
            self._jobs.remove(job)
            self._forgotten.append(job)

    def has_other(self, job: RunningJob) -> bool:
        """Whether another job of the kind is listed."""
        with self._changed:
            return any(other is not job and other.kind == job.kind for other in self._jobs)

    @property
    def has_waiting(self) -> bool:
        with self._changed:
            return any(job.waiting for job in self._jobs)

    def find(self, id: str) -> RunningJob:  # noqa: A002  the field's own word
        """Raises NotFoundError."""
        with self._changed:
            for job in (*self._jobs, *self._forgotten):
                if job.id == id:
                    return job
        raise NotFoundError(f"There is no job {id!r}", "GET /v1/jobs lists the recent ones")

    def snapshots(self) -> tuple[LibraryJob, ...]:
        """The running job, then the newest."""
        with self._changed:
            ended = [job for job in self._jobs if job.final]
            for job in ended[: max(0, len(self._jobs) - MAX_JOBS)]:
                self._jobs.remove(job)
            jobs = [job.snapshot() for job in reversed(self._jobs)]
        return tuple(sorted(jobs, key=lambda job: job.started is None or job.ended is not None))

    def unfinished(self) -> list[RunningJob]:
        with self._changed:
            return [job for job in self._jobs if not job.final]

    def _next(self, can_begin: Callable[[RunningJob], bool]) -> RunningJob | None:
        return next((job for job in self._jobs if job.waiting and can_begin(job)), None)
