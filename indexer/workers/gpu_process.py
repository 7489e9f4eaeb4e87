"""The process that owns the networks of one device, and its handle in the main process."""

import os
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING

from indexer.jobs import Job
from indexer.workers.backend import MAX_ANALYZE_SECONDS, Result
from indexer.workers.score_analysis import analyze_score
from indexer.workers.shared_audio import SharedAudio
from models.analysis import Analysis
from models.recipe import Recipe
from polymuse.errors import BadAudioError, UserError
from polymuse.pool import POLL, Pool, Task, attempt

if TYPE_CHECKING:  # the parent process never loads the networks
    from indexer.workers.gpu_stages import NetworkStages
    from models.analyzer import Analyzer

EXCHANGE_SECONDS = 2 * POLL  # maximum wait for results before an empty response; the pool polls the process meanwhile
Work = SharedAudio | Job  # a decoded track, or a score
EXIT_HUNG = 3  # exit status of a process whose networks produced no result for MAX_ANALYZE_SECONDS


class NetworkProcess:
    """The handle of the process with the networks of one device, with the tracks assigned to it.

    Each request asks for the results of all its tracks. So a process that replaces a dead one gets all of them with the
    first request.
    """

    def __init__(self, recipe: Recipe, device: str, memory: int | None = None, *, background: bool = False) -> None:
        """`memory`: limit of the process in bytes; a track that exceeds it alone is a failure."""
        self.pool = Pool(1, _start, recipe, device, memory=memory, background=background)
        self._numbers = count()
        self._tracks: dict[int, tuple[Job, SharedAudio | None]] = {}  # without audio: scores
        self._suspects: list[int] = []  # were in a process when it died; retried one by one
        self._task: Task | None = None

    def __len__(self) -> int:
        """Number of tracks assigned to the process."""
        return len(self._tracks)

    @property
    def bytes(self) -> int:
        """Size of the decoded audio of its tracks."""
        return sum(audio.nbytes for _, audio in self._tracks.values() if audio is not None)

    def warm_up(self) -> None:
        """Let the process load its networks while the first tracks are decoded."""
        if not self.pool.starts and self._task is None:
            self._task = self.pool.submit(_exchange, {}, MAX_ANALYZE_SECONDS)
            self.pool.dispatch()

    def release(self) -> None:
        """End the process, to free its memory; the next request starts it again. It must have no tracks."""
        self.pool.close()
        self._task = None

    def begin(self, job: Job, audio: SharedAudio | None) -> None:
        """Assign a decoded track, or a score, to the process."""
        self._tracks[next(self._numbers)] = job, audio

    def poll(self) -> Task | None:
        """The pending request to the process, sending a new one if needed; None if the process has no tracks."""
        if self._task is None and self._tracks:
            wanted = self._suspects[:1] or self._tracks
            work: dict[int, Work] = {number: audio or job for number in wanted for job, audio in [self._tracks[number]]}
            self._task = self.pool.submit(_exchange, work, MAX_ANALYZE_SECONDS)
        return self._task

    def collect(self) -> Iterator[tuple[Job, Result]]:
        """Results from the response to the request. Raises errors of the weights, which affect all tracks."""
        assert self._task is not None  # noqa: S101  for the type checker
        task, self._task = self._task, None
        response = task.outcome()
        if isinstance(response, BadAudioError) and not task.argument:
            return  # a warm-up without tracks failed: the next request raises the cause
        if not isinstance(response, BadAudioError):
            for number, result in response.items():
                yield self._finish(number), result
        elif self._suspects or len(self._tracks) == 1:
            [number] = self._suspects[:1] or self._tracks
            yield self._finish(number), response
        else:
            self._suspects = list(self._tracks)

    def _finish(self, number: int) -> Job:
        job, audio = self._tracks.pop(number)
        if audio is not None:
            audio.discard()
        if number in self._suspects:
            self._suspects.remove(number)
        return job


class _Networks:
    """The networks and tracks inside the process."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._in_progress: dict[int, Future[Analysis]] = {}
        self._last_result = 0.0  # time.monotonic()
        self._scores = ThreadPoolExecutor(1)  # beside the stages of audio

    @cached_property
    def _analyzer(self) -> "Analyzer":
        from models.analyzer import build_analyzer

        return build_analyzer(self._recipe)

    @cached_property
    def _stages(self) -> "NetworkStages":
        """Created by the first request, so that errors of the weights are its response. Ends with the process."""
        from indexer.workers.gpu_stages import NetworkStages
        from models.runtime.device import choose_device

        return NetworkStages(self._analyzer, choose_device(self._recipe.device)).__enter__()

    def _submit(self, work: Work) -> Future[Analysis]:
        if isinstance(work, Job):
            return self._scores.submit(analyze_score, self._analyzer.embedder, work)
        return self._stages.submit(work)

    def exchange(self, wanted: Mapping[int, Work]) -> dict[int, Result]:
        """Start new tracks among these, and return the results that are ready."""
        _ = self._stages
        if not self._in_progress:
            self._last_result = time.monotonic()
        for number in wanted.keys() - self._in_progress.keys():
            self._in_progress[number] = self._submit(wanted[number])
        wait([self._in_progress[number] for number in wanted], EXCHANGE_SECONDS, FIRST_COMPLETED)
        done = {number: self._in_progress.pop(number) for number in wanted if self._in_progress[number].done()}
        if done:
            self._last_result = time.monotonic()
        elif time.monotonic() - self._last_result > MAX_ANALYZE_SECONDS:
            os._exit(EXIT_HUNG)
        return {number: _result(future) for number, future in done.items()}


def _result(future: "Future[Analysis]") -> Result:
    analysis, error = attempt(Future.result, future)
    if isinstance(error, UserError) and not isinstance(error, BadAudioError):
        raise error
    return error or analysis


_networks: _Networks  # set once in the process, before its first request


def _start(recipe: Recipe, device: str) -> None:
    global _networks  # noqa: PLW0603
    os.environ["CUDA_VISIBLE_DEVICES"] = device  # read when CUDA is first used
    os.environ["OMP_WAIT_POLICY"] = "passive"  # spinning threads of one stage would slow down the others
    separation = replace(recipe.separation, device="cuda" if device else "cpu")  # the only visible device
    _networks = _Networks(replace(recipe, separation=separation))


def _exchange(wanted: Mapping[int, Work]) -> dict[int, Result]:
    return _networks.exchange(wanted)
