"""Worker processes that one task may crash, hang or swell without harm to the others or to the run.

Each worker has a pipe of its own and no lock is shared, so the death of one cannot hold up another; and no thread
works behind the caller's back, so a signal that ends the caller cannot leave one waiting for ever. It is neither pebble
nor loky: both schedule with threads of their own and share a queue over all workers, and neither limits memory.
"""

import multiprocessing
import os
import pickle
import signal
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any, TypeVar

from polymuse.errors import BadAudioError, UnavailableError, UserError
from polymuse.memory import memory_of

POLL = 0.5  # seconds between looks at the clock and the memory
MAX_TRIES = 2  # of a task whose worker dies: the first time it may have been killed for another reason
MAX_FALSE_STARTS = 3  # workers in a row that die before they are ready
MORE_MEMORY = "Use fewer --jobs or a lower POLYMUSE_MAX_MINUTES"
MAX_DEATH_SECONDS = 10.0  # in which a killed process is gone, unless it hangs in the kernel

SPAWN = multiprocessing.get_context("spawn")  # torch and FFmpeg do not survive a fork
STOPPING_SIGNALS = {signal.SIGINT, signal.SIGTERM}

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(slots=True, eq=False)
class Task:
    """One call in a worker. `error` says why there is no `value` once it is `done`."""

    function: Callable[[Any], Any]
    argument: Any
    limit: float  # seconds
    done: bool = False
    value: Any = None
    error: UserError | None = None
    crash_count: int = 0  # workers that died of it

    def settle(self, value: object = None, error: UserError | None = None) -> None:
        self.value, self.error, self.done = value, error, True

    def outcome(self) -> Any:
        """What the function returned, or what is wrong with the audio. Raises what is wrong with anything else."""
        if self.error is not None and not isinstance(self.error, BadAudioError):
            raise self.error
        return self.error or self.value


@dataclass(slots=True, eq=False)
class _Worker:
    process: SpawnProcess
    pipe: Connection
    ready: bool = False
    task: Task | None = None
    deadline: float = field(default=float("inf"))  # by time.monotonic()


class Pool:
    """Up to `size` processes, started as tasks come. Each calls `prepare(*arguments)` first.

    Not for several threads. What a task raises comes back as its error: a UserError as it is, anything else as a
    BadAudioError that names it, like a crash of its worker or the end of its time or memory.
    """

    def __init__(self, size: int, prepare: Callable[..., None], *arguments: object, memory: int | None = None) -> None:
        """`memory`: bytes that one worker may fill; where the system does not tell them, there is no limit."""
        self._size = size
        self._memory = memory
        self._start = (prepare, arguments)
        self._workers: list[_Worker] = []
        self._queue: deque[Task] = deque()
        self._false_starts = 0
        self.starts = 0  # workers so far
        self.losses = 0  # of them those that died of a task, or were ended for the time or memory it took

    def submit(self, function: Callable[[Any], Any], argument: object, limit: float) -> Task:
        """Queue a call, whose worker is killed when it takes longer than `limit` seconds."""
        task = Task(function, argument, limit)
        self._queue.append(task)
        return task

    def withdraw(self, task: Task) -> bool:
        """Take back a task that no worker has begun. False for one that is under way or done."""
        try:
            self._queue.remove(task)
        except ValueError:
            return False
        return True

    def wait(self, tasks: Collection[Task]) -> list[Task]:
        """Those of the tasks that are done; returns with none after a short while.

        Raises UnavailableError where no worker can be started.
        """
        return wait_for([self], tasks)

    def imap_unordered(
        self,
        function: Callable[[Item], Result],
        items: Iterable[Item],
        *,
        ahead: int,
        limit: float,
        halted: Callable[[], bool] = lambda: False,
    ) -> Iterator[tuple[Item, Result | BadAudioError]]:
        """Each item with what `function` makes of it, or with why it could not, in order of completion.

        At most `ahead` items are under way, so that a long list is never queued. `limit` is in seconds for each. Once
        `halted` says so, items that no worker has begun are dropped. An error that is not about the audio is raised: no
        other item would fare better.
        """
        items = iter(items)
        under_way: dict[Task, Item] = {}
        while True:
            if halted():
                under_way = {task: item for task, item in under_way.items() if not self.withdraw(task)}
            else:
                for item in islice(items, ahead - len(under_way)):
                    under_way[self.submit(function, item, limit)] = item
            if not under_way:
                return
            for task in self.wait(under_way):
                yield under_way.pop(task), task.outcome()

    def dispatch(self) -> None:
        """Give queued tasks to workers that wait for one, and start workers where there are too few, as `wait` does."""
        idle = [worker for worker in self._workers if worker.ready and worker.task is None]
        while idle and self._queue:
            self._give(idle.pop(), self._queue.popleft())
        starting = sum(not worker.ready for worker in self._workers)
        for _ in range(min(len(self._queue) - starting, self._size - len(self._workers))):
            self._workers.append(self._started())

    def close(self) -> None:
        """Kill the workers, whatever they do."""
        self._queue.clear()
        while self._workers:
            self._end(self._workers[-1])

    def _give(self, worker: _Worker, task: Task) -> None:
        worker.task = task
        worker.deadline = time.monotonic() + task.limit
        try:
            worker.pipe.send((task.function, task.argument))
        except OSError:
            self._handle_death(worker)

    def _started(self) -> _Worker:
        self.starts += 1
        ours, its = SPAWN.Pipe()
        process = SPAWN.Process(target=_work, args=(its, *self._start), daemon=True)
        with _signals_blocked():  # the worker inherits that: Ctrl-C in a terminal reaches it as well
            process.start()
        its.close()
        return _Worker(process, ours)

    def _receive(self, worker: _Worker) -> None:
        try:
            message = worker.pipe.recv()
        except (OSError, EOFError, pickle.UnpicklingError):
            self._handle_death(worker)
            return
        if worker.task is None:
            worker.ready, self._false_starts = True, 0
        else:
            worker.task.settle(*message)
            worker.task, worker.deadline = None, float("inf")

    def _handle_death(self, worker: _Worker) -> None:
        """A worker has died by itself."""
        status = self._end(worker)
        if not worker.ready:
            self._false_starts += 1
            if self._false_starts >= MAX_FALSE_STARTS:
                raise UnavailableError(
                    f"Worker processes end before they are ready (exit status {status})",
                    "Look at the messages above; close other programs if memory is short",
                )
        elif worker.task is not None:
            self.losses += 1
            worker.task.crash_count += 1
            if worker.task.crash_count < MAX_TRIES:
                self._queue.appendleft(worker.task)
                return
            cause = f"the decoder or a network crashed (exit status {status})"
            worker.task.settle(error=BadAudioError(cause, "Convert the file, or report it if it plays elsewhere"))

    def _end_overdue(self) -> None:
        """End the workers that have used up their time or memory."""
        for worker in tuple(self._workers):
            if worker.task is not None and (error := self._excess(worker, worker.task)) is not None:
                self.losses += 1
                self._end(worker)
                worker.task.settle(error=error)

    def _excess(self, worker: _Worker, task: Task) -> BadAudioError | None:
        if time.monotonic() > worker.deadline:
            return BadAudioError(f"no result after {task.limit:.0f} s", "Check the disk, or convert the file")
        if self._memory is not None and (memory_of(worker.process.pid or 0) or 0) > self._memory:
            return BadAudioError(f"needs more than {self._memory / 2**30:.1f} GiB of memory", MORE_MEMORY)
        return None

    def _end(self, worker: _Worker) -> int | None:
        """Kill a worker if it lives; its exit status."""
        self._workers.remove(worker)
        worker.process.kill()
        worker.process.join(MAX_DEATH_SECONDS)
        worker.pipe.close()
        return worker.process.exitcode


def wait_for(pools: Collection[Pool], tasks: Collection[Task]) -> list[Task]:
    """As `Pool.wait`, for the tasks of several pools."""
    for pool in pools:
        pool.dispatch()
    done = [task for task in tasks if task.done]
    if not done:
        owners = {worker.pipe: (pool, worker) for pool in pools for worker in pool._workers}
        for pipe in wait(owners, POLL):
            pool, worker = owners[pipe]  # type: ignore[index]
            pool._receive(worker)
        for pool in pools:
            pool._end_overdue()
            pool.dispatch()
        done = [task for task in tasks if task.done]
    return done


@contextmanager
def _signals_blocked() -> Iterator[None]:
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(pipe: Connection, prepare: Callable[..., None], arguments: tuple[object, ...]) -> None:
    """The life of a worker."""
    for number in STOPPING_SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # its parent decides when it ends
    threading.Thread(target=_end_with_parent, daemon=True).start()
    prepare(*arguments)
    try:
        pipe.send(None)
        while True:
            function, argument = pipe.recv()
            _send(pipe, *attempt(function, argument))
    except (EOFError, OSError):
        return  # the parent has let go of it


def _end_with_parent() -> None:
    """However the parent ends, no worker goes on for hours without it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def attempt(function: Callable[[Any], Any], argument: object) -> tuple[Any, UserError | None]:
    """What the function returns, or what it raises in words for people."""
    try:
        return function(argument), None
    except UserError as error:
        return None, error
    except MemoryError:
        return None, BadAudioError("not enough memory", MORE_MEMORY)
    except Exception as error:  # noqa: BLE001  one file must not end the run; the cause is named, not hidden
        return None, _unexpected(error)


def _send(pipe: Connection, value: object, error: UserError | None) -> None:
    try:
        pipe.send((value, error))
    except (pickle.PicklingError, TypeError, AttributeError) as problem:
        pipe.send((None, _unexpected(problem)))


def _unexpected(error: Exception) -> BadAudioError:
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return BadAudioError(
        f"unexpected {type(error).__name__}: {error}{where}", "Please report it, with the file if you may"
    )
