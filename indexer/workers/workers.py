"""The workers of a run: an identifier for files and a backend that analyses tracks."""

from collections.abc import Iterable, Iterator
from itertools import islice
from types import TracebackType
from typing import Self

from indexer.jobs import Identified, Job
from indexer.scan import AudioFile
from indexer.stopping import Stop
from indexer.workers.backend import AnalysisBackend, Result
from indexer.workers.cpu_workers import CpuWorkers
from indexer.workers.gpu_workers import GpuWorkers
from indexer.workers.identifier import Identifier
from indexer.workers.stage_times import STORE, Lane
from polymuse.errors import BadAudioError


class Workers:
    """An identifier and a backend. Nothing new is started while `stop` is halted."""

    def __init__(self, identifier: Identifier, backend: AnalysisBackend, stop: Stop | None = None) -> None:
        self.backend = backend
        self.stop = stop or Stop()
        self._identifier = identifier

    @classmethod
    def local(cls, backend: CpuWorkers | GpuWorkers, stop: Stop | None = None, tag_encoding: str = "auto") -> Self:
        """Workers with a local backend, whose pool also identifies files, so that `jobs` is the total."""
        return cls(Identifier(backend.pool, backend.jobs, tag_encoding), backend, stop)

    def __enter__(self) -> Self:
        self.backend.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._identifier.release()
        self.backend.__exit__(kind, error, trace)

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """Parallel lanes of work."""
        return (*self._identifier.lanes, *self.backend.lanes, STORE)

    def identify(self, files: Iterable[AudioFile]) -> Iterator[tuple[AudioFile, Identified | BadAudioError]]:
        """Each file with its identity or error, in order of completion."""
        return self._identifier.identify(files, lambda: self.stop.halted)

    def analyze(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Result]]:
        """Each track with its analysis or error, in order of completion.

        Once the run is halted, tracks that have not been started are dropped; once it is aborted, all are.
        """
        jobs = iter(jobs)
        while not self.stop.aborted:
            if self.stop.halted:
                self.backend.drop_waiting()
            else:
                for job in islice(jobs, self.backend.free_slots):
                    self.backend.begin(job)
            if not self.backend.in_progress:
                return
            yield from self.backend.finished()

    def release(self) -> None:
        """End the processes, to free their memory; the next file or track starts them again."""
        self.backend.release()
        self._identifier.release()
