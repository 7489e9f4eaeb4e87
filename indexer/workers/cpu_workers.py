"""The layout for CPUs: worker processes, each with networks of its own, that analyse whole tracks.

Processes rather than threads: decoding holds the GIL, and a decoder that crashes takes down one process, not the run.
"""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Self

from indexer.jobs import Job
from indexer.workers.backend import MAX_ANALYZE_SECONDS, Result, worker_memory
from indexer.workers.stage_times import ANALYSIS, Lane
from models.analysis import Analysis
from models.recipe import Recipe
from polymuse.cpu import usable_cores
from polymuse.pool import Pool, Task

if TYPE_CHECKING:  # the parent process never loads the networks
    from models.analyzer import Analyzer

MIN_SECONDS = 600.0  # for a track, however short: the networks may have to be loaded first, from a slow disk
PATIENCE = 30.0  # times as long as the slowest track so far took for its length


class CpuWorkers:
    """An AnalysisBackend of `jobs` processes, started when the first track comes."""

    def __init__(self, recipe: Recipe, jobs: int) -> None:
        self.jobs = jobs
        self.pool = Pool(jobs, _start_worker, recipe, max(1, usable_cores() // jobs), memory=worker_memory(jobs))
        self._pace = Pace(recipe.max_seconds)
        self._tracks: dict[Task, Job] = {}  # under way

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.rest()

    @property
    def under_way(self) -> int:
        return len(self._tracks)

    @property
    def room(self) -> int:
        return self.jobs + 1 - len(self._tracks)

    @property
    def lanes(self) -> tuple[Lane, ...]:
        return (Lane(f"{self.jobs} worker processes", self.jobs, ("identify", *ANALYSIS)),)

    def begin(self, job: Job) -> None:
        self._tracks[self.pool.submit(_analyze, job, self._pace.limit(job))] = job

    def finished(self) -> Iterator[tuple[Job, Result]]:
        for task in self.pool.wait(self._tracks):
            result = task.outcome()
            if isinstance(result, Analysis):
                self._pace.learn(result)
            yield self._tracks.pop(task), result

    def drop_waiting(self) -> list[Job]:
        return [self._tracks.pop(task) for task in tuple(self._tracks) if self.pool.withdraw(task)]

    def rest(self) -> None:
        self.pool.close()


class Pace:
    """How long a track may take, from how long others took: a file that the decoder loops on costs minutes, not hours.

    What a file says about its length is believed up to MIN_SECONDS, and no file is analysed beyond `max_seconds`.
    """

    def __init__(self, max_seconds: float) -> None:
        self._max_seconds = max_seconds
        self._slowest = 0.0  # seconds of work for a second of audio

    def learn(self, analysis: Analysis) -> None:
        self._slowest = max(self._slowest, sum(analysis.busy.values()) / max(1.0, analysis.seconds))

    def limit(self, job: Job) -> float:
        """Seconds."""
        if not self._slowest:
            return MAX_ANALYZE_SECONDS
        claimed = job.identified.tags.duration or self._max_seconds
        expected = self._slowest * min(max(claimed, 0.0), self._max_seconds)
        return min(MAX_ANALYZE_SECONDS, max(MIN_SECONDS, PATIENCE * expected))


_recipe: Recipe  # set once in each worker process, before its first task
_analyzer: "Analyzer | None" = None


def _start_worker(recipe: Recipe, threads: int) -> None:
    global _recipe  # noqa: PLW0603  a worker process has one recipe for life
    os.environ["OMP_NUM_THREADS"] = str(threads)  # read when torch is first imported
    _recipe = recipe


def _analyze(job: Job) -> Analysis:
    global _analyzer  # noqa: PLW0603  built once a process, and only where there is something to analyse
    if _analyzer is None:
        from models.analyzer import build_analyzer

        _analyzer = build_analyzer(_recipe)
    return _analyzer.analyze(job.identified.file.path, job.save_stems)
