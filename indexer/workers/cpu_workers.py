"""The backend for CPUs: worker processes, each with its own networks, analyse whole tracks.

Processes rather than threads: decoding holds the GIL, and a decoder that crashes takes down one process, not the run.
"""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Self

from indexer.jobs import Job
from indexer.workers.backend import MAX_ANALYZE_SECONDS, Result, worker_memory
from indexer.workers.score_analysis import analyze_score, is_of_score
from indexer.workers.stage_times import ANALYSIS, Lane
from models.analysis import Analysis
from models.recipe import Recipe
from polymuse.cpu import usable_cores
from polymuse.pool import Pool, Task

if TYPE_CHECKING:  # the parent process never loads the networks
    from models.analyzer import Analyzer
    from models.embedder import Embedder

MIN_SECONDS = 600.0  # lower bound of the time limit of a track: networks may have to be loaded first, from a slow disk
MAX_SLOWDOWN = 30.0  # relative to the slowest track so far, per second of audio


class CpuWorkers:
    """An AnalysisBackend of `jobs` processes, which are started with the first track."""

    def __init__(self, recipe: Recipe, jobs: int, *, background: bool = False) -> None:
        self.jobs = jobs
        threads = max(1, usable_cores() // jobs)
        self.pool = Pool(jobs, _start_worker, recipe, threads, memory=worker_memory(jobs), background=background)
        self._pace = Pace(recipe.max_seconds)
        self._tracks: dict[Task, Job] = {}  # in progress

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    @property
    def in_progress(self) -> int:
        return len(self._tracks)

    @property
    def free_slots(self) -> int:
        return self.jobs + 1 - len(self._tracks)

    @property
    def lanes(self) -> tuple[Lane, ...]:
        return (Lane(f"{self.jobs} worker process{'es' if self.jobs > 1 else ''}", self.jobs, ("identify", *ANALYSIS)),)

    def begin(self, job: Job) -> None:
        self._tracks[self.pool.submit(_analyze, job, self._pace.limit(job))] = job

    def finished(self) -> Iterator[tuple[Job, Result]]:
        for task in self.pool.wait(self._tracks):
            result = task.outcome()
            if isinstance(result, Analysis) and not is_of_score(self._tracks[task]):
                self._pace.learn(result)
            yield self._tracks.pop(task), result

    def drop_waiting(self) -> list[Job]:
        return [self._tracks.pop(task) for task in tuple(self._tracks) if self.pool.withdraw(task)]

    def release(self) -> None:
        self.pool.close()


class Pace:
    """Time limit of a track, from the speed of earlier tracks: a file that hangs the decoder costs minutes, not hours.

    The limit uses the length of the file, up to `max_seconds`, and is at least MIN_SECONDS, which is that of a score.
    """

    def __init__(self, max_seconds: float) -> None:
        self._max_seconds = max_seconds
        self._slowest = 0.0  # seconds of work for a second of audio

    def learn(self, analysis: Analysis) -> None:
        """Take the speed of a finished track into account."""
        self._slowest = max(self._slowest, sum(analysis.busy.values()) / max(1.0, analysis.seconds))

    def limit(self, job: Job) -> float:
        """The time limit of a track in seconds."""
        if is_of_score(job):
            return MIN_SECONDS
        if not self._slowest:
            return MAX_ANALYZE_SECONDS
        claimed = job.identified.length or self._max_seconds
        expected = self._slowest * min(max(claimed, 0.0), self._max_seconds)
        return min(MAX_ANALYZE_SECONDS, max(MIN_SECONDS, MAX_SLOWDOWN * expected))


_recipe: Recipe  # set once in each worker process, before its first task
_embedder: "Embedder | None" = None
_analyzer: "Analyzer | None" = None


def _start_worker(recipe: Recipe, threads: int) -> None:
    global _recipe  # noqa: PLW0603  a worker process uses one recipe
    os.environ["OMP_NUM_THREADS"] = str(threads)  # read when torch is first imported
    _recipe = recipe


def _analyze(job: Job) -> Analysis:
    return analyze_score(_the_embedder(), job) if is_of_score(job) else _analyze_audio(job)


def _analyze_audio(job: Job) -> Analysis:
    global _analyzer  # noqa: PLW0603  built once per process, for the first track
    if _analyzer is None:
        from models.analyzer import build_analyzer

        _analyzer = build_analyzer(_recipe, _the_embedder())
    return _analyzer.analyze(job.identified.file.path, job.save_stems)


def _the_embedder() -> "Embedder":
    """Scores need nothing else, so that a run over them loads no other network."""
    global _embedder  # noqa: PLW0603
    if _embedder is None:
        from models.profiles import load_embedder
        from models.weights.store import WeightStore

        weights = WeightStore(_recipe.home.models)
        _embedder = load_embedder(_recipe.profile, weights, _recipe.embedder_device, _recipe.excerpts)
    return _embedder
