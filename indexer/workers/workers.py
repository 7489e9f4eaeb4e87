"""What worker processes do: each holds its own networks and turns files into identities and analyses.

Processes rather than threads: decoding holds the GIL, and a decoder that crashes takes down one process, not the run.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from indexer.file_tags import read_tags
from indexer.identity import track_id
from indexer.jobs import Identified, Job
from indexer.scan import AudioFile
from indexer.stopping import Stop
from indexer.workers.stage_times import ANALYSIS, STORE, Lane
from models.analysis import Analysis
from models.recipe import Recipe
from polymuse.cpu import usable_cores
from polymuse.errors import BadAudioError
from polymuse.memory import total_memory
from polymuse.pool import Pool, Task

if TYPE_CHECKING:  # the parent process never loads the networks
    from models.analyzer import Analyzer

IDENTIFY_SECONDS = 600.0  # reading the packets of one file; a disk that is slower than this hangs
ANALYZE_SECONDS = 4 * 3600.0  # one track; whole-file separation of an hour of audio on a slow CPU fits
LEAST_SECONDS = 600.0  # for a track, however short: the networks may have to be loaded first, from a slow disk
PATIENCE = 30.0  # times as long as the slowest track so far took for its length
MEMORY_SHARE = 0.8  # of the machine's, for all workers together
LEAST_MEMORY = 4 * 2**30  # bytes for a worker: an hour of audio, its stems and the networks

Item = TypeVar("Item")
Result = TypeVar("Result")


class Workers:
    """A pool of analysing processes, started when the first item comes. It takes up nothing while `stop` is halted."""

    def __init__(self, recipe: Recipe, jobs: int, stop: Stop | None = None) -> None:
        self.jobs = jobs
        self.stop = stop or Stop()
        self._pace = Pace(recipe.max_seconds)
        self._tracks: dict[Task, Job] = {}  # under way
        self._pool = Pool(jobs, _start_worker, recipe, max(1, usable_cores() // jobs), memory=worker_memory(jobs))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.rest()

    def rest(self) -> None:
        """End the processes, and so give back their memory; the next item starts them again."""
        self._pool.close()

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """What works side by side."""
        return (Lane(f"{self.jobs} worker processes", self.jobs, ("identify", *ANALYSIS)), STORE)

    def identify(self, files: Iterable[AudioFile]) -> Iterator[tuple[AudioFile, Identified | BadAudioError]]:
        """Each file with its identity, or with what is wrong with it, in order of completion."""
        return self.map(_identify, files, ahead=4 * self.jobs, limit=IDENTIFY_SECONDS)

    def analyze(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Analysis | BadAudioError]]:
        """Each track with its analysis, or with what is wrong with it, in order of completion.

        Once the run is halted, tracks that no worker has begun are dropped.
        """
        jobs = iter(jobs)
        while True:
            if self.stop.halted:
                self.drop_waiting()
            else:
                for job in islice(jobs, self.room):
                    self.take(job)
            if not self.under_way:
                return
            yield from self.settle()

    @property
    def under_way(self) -> int:
        """Tracks that were taken up and are neither settled nor dropped."""
        return len(self._tracks)

    @property
    def room(self) -> int:
        """How many tracks more may be taken up: a long list is never queued."""
        return self.jobs + 1 - len(self._tracks)

    def take(self, job: Job) -> None:
        """Take up a track."""
        self._tracks[self._pool.submit(_analyze, job, self._pace.limit(job))] = job

    def drop_waiting(self) -> list[Job]:
        """Give up the tracks that no worker has begun."""
        return [self._tracks.pop(task) for task in tuple(self._tracks) if self._pool.withdraw(task)]

    def settle(self) -> Iterator[tuple[Job, Analysis | BadAudioError]]:
        """The tracks that are done; none after a short while. Raises what is about the weights or the settings."""
        for task in self._pool.wait(self._tracks):
            result = outcome(task)
            if isinstance(result, Analysis):
                self._pace.learn(result)
            yield self._tracks.pop(task), result

    def map(
        self, function: Callable[[Item], Result], items: Iterable[Item], ahead: int, limit: float
    ) -> Iterator[tuple[Item, Result | BadAudioError]]:
        """Each item with what `function` makes of it, or with why it could not, in order of completion.

        At most `ahead` items are under way, so that a long list is never queued. `limit` is in seconds for each. Once
        the run is halted, items that no worker has begun are dropped. An error that is about the weights or the
        settings is raised: no other item would fare better.
        """
        items = iter(items)
        under_way: dict[Task, Item] = {}
        while True:
            if self.stop.halted:
                under_way = {task: item for task, item in under_way.items() if not self._pool.withdraw(task)}
            else:
                for item in islice(items, ahead - len(under_way)):
                    under_way[self._pool.submit(function, item, limit)] = item
            if not under_way:
                return
            for task in self._pool.wait(under_way):
                yield under_way.pop(task), outcome(task)


class Pace:
    """How long a track may take, from how long others took: a file that the decoder loops on costs minutes, not hours.

    What a file says about its length is believed up to LEAST_SECONDS, and no file is heard beyond `max_seconds`.
    """

    def __init__(self, max_seconds: float) -> None:
        self._max_seconds = max_seconds
        self._slowest = 0.0  # seconds of work for a second of audio

    def learn(self, analysis: Analysis) -> None:
        self._slowest = max(self._slowest, sum(analysis.busy.values()) / max(1.0, analysis.seconds))

    def limit(self, job: Job) -> float:
        """Seconds."""
        if not self._slowest:
            return ANALYZE_SECONDS
        claimed = job.identified.tags.duration or self._max_seconds
        expected = self._slowest * min(max(claimed, 0.0), self._max_seconds)
        return min(ANALYZE_SECONDS, max(LEAST_SECONDS, PATIENCE * expected))


def worker_memory(jobs: int) -> int | None:
    """Bytes that each of so many workers may fill: together they leave the machine some."""
    total = total_memory()
    return None if total is None else max(LEAST_MEMORY, round(MEMORY_SHARE * total / jobs))


def outcome(task: Task) -> Any:
    """What a task's function returned, or what is wrong with the audio. Raises what is wrong with anything else."""
    if task.error is not None and not isinstance(task.error, BadAudioError):
        raise task.error
    return task.error or task.value


_recipe: Recipe  # set once in each worker process, before its first task
_analyzer: "Analyzer | None" = None


def _start_worker(recipe: Recipe, threads: int) -> None:
    global _recipe  # noqa: PLW0603  a worker process has one recipe for life
    os.environ["OMP_NUM_THREADS"] = str(threads)  # read when torch is first imported
    _recipe = recipe


def _identify(file: AudioFile) -> Identified:
    started = time.perf_counter()
    found, tags = track_id(file.path), read_tags(file.path)
    return Identified(file, found, tags, time.perf_counter() - started)


def _analyze(job: Job) -> Analysis:
    global _analyzer  # noqa: PLW0603  built once a process, and only where there is something to analyse
    if _analyzer is None:
        from models.analyzer import build_analyzer

        _analyzer = build_analyzer(_recipe)
    return _analyzer.analyze(job.identified.file.path, job.save_stems)
