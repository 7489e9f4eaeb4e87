"""Who works for a run: one that identifies files, and a backend that analyses tracks."""

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
    """An identifier beside a backend. Nothing new is begun while `stop` is halted."""

    def __init__(self, identifier: Identifier, backend: AnalysisBackend, stop: Stop | None = None) -> None:
        self.backend = backend
        self.stop = stop or Stop()
        self._identifier = identifier

    @classmethod
    def local(cls, backend: CpuWorkers | GpuWorkers, stop: Stop | None = None) -> Self:
        """A backend of this machine, whose processes identify files as well: so `jobs` counts all there are."""
        return cls(Identifier(backend.pool, backend.jobs), backend, stop)

    def __enter__(self) -> Self:
        self.backend.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._identifier.rest()
        self.backend.__exit__(kind, error, trace)

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """What works side by side."""
        return (*self._identifier.lanes, *self.backend.lanes, STORE)

    def identify(self, files: Iterable[AudioFile]) -> Iterator[tuple[AudioFile, Identified | BadAudioError]]:
        """Each file with its identity, or with what is wrong with it, in order of completion."""
        return self._identifier.identify(files, lambda: self.stop.halted)

    def analyze(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Result]]:
        """Each track with its analysis, or with what is wrong with it, in order of completion.

        Once the run is halted, tracks that nothing works on yet are dropped.
        """
        jobs = iter(jobs)
        while True:
            if self.stop.halted:
                self.backend.drop_waiting()
            else:
                for job in islice(jobs, self.backend.room):
                    self.backend.begin(job)
            if not self.backend.under_way:
                return
            yield from self.backend.finished()

    def rest(self) -> None:
        """End the processes, and so give back their memory; the next file or track starts them again."""
        self.backend.rest()
        self._identifier.rest()
