"""What analyses the tracks of a run: one contract, and what its layouts share."""

from collections.abc import Iterator
from types import TracebackType
from typing import Protocol, Self

from indexer.jobs import Job
from indexer.workers.stage_times import Lane
from models.analysis import Analysis
from polymuse.errors import BadAudioError
from polymuse.memory import total_memory

MAX_ANALYZE_SECONDS = 4 * 3600.0  # one track; whole-file separation of an hour of audio on a slow CPU fits
MEMORY_SHARE = 0.8  # of the machine's, for all workers together
MIN_MEMORY = 4 * 2**30  # bytes for a worker: an hour of audio, its stems and the networks

Result = Analysis | BadAudioError


class AnalysisBackend(Protocol):
    """Analyses many tracks at a time, from `__enter__` to `__exit__`. For one thread."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...

    @property
    def under_way(self) -> int:
        """Tracks that were begun and are neither finished nor dropped."""
        ...

    @property
    def room(self) -> int:
        """How many tracks more may be begun: a long list is never queued."""
        ...

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """What works side by side."""
        ...

    def begin(self, job: Job) -> None:
        """Take a track on."""

    def finished(self) -> Iterator[tuple[Job, Result]]:
        """The tracks that are done; none after a short while. Raises what is about the weights or the settings."""
        ...

    def drop_waiting(self) -> list[Job]:
        """Give up the tracks that nothing works on yet."""
        ...

    def rest(self) -> None:
        """End the processes, and so give back their memory; the next track starts them again."""


def worker_memory(jobs: int) -> int | None:
    """Bytes that each of so many workers may fill: together they leave the machine some."""
    total = total_memory()
    return None if total is None else max(MIN_MEMORY, round(MEMORY_SHARE * total / jobs))
