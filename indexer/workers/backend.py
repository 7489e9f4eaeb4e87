"""The interface of the analysis backends, and their shared limits."""

from collections.abc import Iterator
from types import TracebackType
from typing import Protocol, Self

from indexer.jobs import Job
from indexer.workers.stage_times import Lane
from models.analysis import Analysis
from polymuse.errors import BadAudioError
from polymuse.memory import total_memory

MAX_ANALYZE_SECONDS = 4 * 3600.0  # one track; whole-file separation of an hour of audio on a slow CPU fits
MEMORY_SHARE = 0.8  # of the memory of the machine, for all workers together
MIN_MEMORY = 4 * 2**30  # bytes for a worker: an hour of audio, its stems and the networks

Result = Analysis | BadAudioError


class AnalysisBackend(Protocol):
    """Analyses tracks in parallel, from `__enter__` to `__exit__`. Not thread-safe."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...

    @property
    def in_progress(self) -> int:
        """Number of tracks that were begun and are neither finished nor dropped."""
        ...

    @property
    def free_slots(self) -> int:
        """Number of further tracks that may be begun: the queue stays short."""
        ...

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """Parallel lanes of work."""
        ...

    def begin(self, job: Job) -> None:
        """Start analysing a track, or queue it."""

    def finished(self) -> Iterator[tuple[Job, Result]]:
        """Finished tracks, after waiting a short time for some. Raises errors of the weights and settings."""
        ...

    def drop_waiting(self) -> list[Job]:
        """Drop the tracks that have not been started, and return them."""
        ...

    def release(self) -> None:
        """End the processes, to free their memory; the next track starts them again."""


def worker_memory(jobs: int) -> int | None:
    """Memory limit of each of `jobs` workers in bytes, or None if the memory of the machine is unknown."""
    total = total_memory()
    return None if total is None else max(MIN_MEMORY, round(MEMORY_SHARE * total / jobs))
