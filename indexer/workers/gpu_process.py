"""A process that owns the networks of one device, seen from outside and from within."""

import os
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING

from indexer.jobs import Job
from indexer.workers.backend import MAX_ANALYZE_SECONDS, Result
from indexer.workers.shared_audio import Handover
from models.analysis import Analysis
from models.recipe import Recipe
from polymuse.errors import BadAudioError, UserError
from polymuse.pool import POLL, Pool, Task, attempt

if TYPE_CHECKING:  # the parent process never loads the networks
    from indexer.workers.gpu_stages import NetworkStages

EXCHANGE_SECONDS = 2 * POLL  # that it waits for results before it answers without; the pool looks at it meanwhile
HUNG = 3  # exit status of a process whose networks came to no result for MAX_ANALYZE_SECONDS


class NetworkProcess:
    """The process with the networks of one device, as seen from outside, and the tracks that it has.

    It is asked again and again for the results of all its tracks. So a new process in the place of a dead one learns
    from the first question what there is to do.
    """

    def __init__(self, recipe: Recipe, device: str, memory: int | None = None) -> None:
        """`memory`: bytes of the machine's that it may fill; a track that takes more even by itself is a failure."""
        self.pool = Pool(1, _start, recipe, device, memory=memory)
        self._numbers = count()
        self._tracks: dict[int, tuple[Job, Handover]] = {}
        self._suspects: list[int] = []  # were with a process when it died, and are tried one by one
        self._task: Task | None = None

    def __len__(self) -> int:
        """Tracks that it has."""
        return len(self._tracks)

    @property
    def bytes(self) -> int:
        """Of the audio of its tracks."""
        return sum(handover.nbytes for _, handover in self._tracks.values())

    def warm_up(self) -> None:
        """Have the process load its networks while the first tracks are decoded."""
        if not self.pool.starts and self._task is None:
            self._task = self.pool.submit(_exchange, {}, MAX_ANALYZE_SECONDS)
            self.pool.dispatch()

    def rest(self) -> None:
        """End the process, which has no tracks, and so give back its memory; the next question starts it again."""
        self.pool.close()
        self._task = None

    def begin(self, job: Job, handover: Handover) -> None:
        """Take on a track that is decoded."""
        self._tracks[next(self._numbers)] = job, handover

    def ask(self) -> Task | None:
        """The question that is on its way to the process; None where there is nothing to ask for."""
        if self._task is None and self._tracks:
            wanted = self._suspects[:1] or self._tracks
            self._task = self.pool.submit(
                _exchange, {number: self._tracks[number][1] for number in wanted}, MAX_ANALYZE_SECONDS
            )
        return self._task

    def collect(self) -> Iterator[tuple[Job, Result]]:
        """The answer to the question. Raises what is about the weights: no other track would fare better."""
        assert self._task is not None  # noqa: S101  for the type checker
        task, self._task = self._task, None
        answer = task.outcome()
        if isinstance(answer, BadAudioError) and not task.argument:
            return  # it was to load its networks, and no track is to blame: the next question tells what is wrong
        if not isinstance(answer, BadAudioError):
            for number, result in answer.items():
                yield self._finish(number), result
        elif self._suspects or len(self._tracks) == 1:
            [number] = self._suspects[:1] or self._tracks
            yield self._finish(number), answer
        else:
            self._suspects = list(self._tracks)

    def _finish(self, number: int) -> Job:
        job, handover = self._tracks.pop(number)
        handover.discard()
        if number in self._suspects:
            self._suspects.remove(number)
        return job


class _Networks:
    """What lives in the process."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._under_way: dict[int, Future[Analysis]] = {}
        self._last_result = 0.0  # when there was one, by time.monotonic()

    @cached_property
    def _stages(self) -> "NetworkStages":
        """Made with the first question: what is wrong with the weights is the answer. They end with the process."""
        from indexer.workers.gpu_stages import NetworkStages
        from models.analyzer import build_analyzer
        from models.runtime.device import choose_device

        return NetworkStages(build_analyzer(self._recipe), choose_device(self._recipe.device)).__enter__()

    def exchange(self, wanted: Mapping[int, Handover]) -> dict[int, Result]:
        """What has come of these tracks since it was last asked for; those that are new are begun."""
        stages = self._stages
        if not self._under_way:
            self._last_result = time.monotonic()
        for number in wanted.keys() - self._under_way.keys():
            self._under_way[number] = stages.submit(wanted[number])
        wait([self._under_way[number] for number in wanted], EXCHANGE_SECONDS, FIRST_COMPLETED)
        done = {number: self._under_way.pop(number) for number in wanted if self._under_way[number].done()}
        if done:
            self._last_result = time.monotonic()
        elif time.monotonic() - self._last_result > MAX_ANALYZE_SECONDS:
            os._exit(HUNG)
        return {number: _result(future) for number, future in done.items()}


def _result(future: "Future[Analysis]") -> Result:
    analysis, error = attempt(Future.result, future)
    if isinstance(error, UserError) and not isinstance(error, BadAudioError):
        raise error
    return error or analysis


_networks: _Networks  # set once in the process, before its first question


def _start(recipe: Recipe, device: str) -> None:
    global _networks  # noqa: PLW0603
    os.environ["CUDA_VISIBLE_DEVICES"] = device  # read when CUDA is first used
    os.environ["OMP_WAIT_POLICY"] = "passive"  # threads of one stage that spin hold up those of the others
    separation = replace(recipe.separation, device="cuda" if device else "cpu")  # whose first one is that device now
    _networks = _Networks(replace(recipe, separation=separation))


def _exchange(wanted: Mapping[int, Handover]) -> dict[int, Result]:
    return _networks.exchange(wanted)
