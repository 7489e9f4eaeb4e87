"""A pool of worker processes in which a task that crashes, hangs or exhausts memory does not affect other tasks.

Each worker has its own pipe and there are no shared locks, so the death of one cannot block another. There are no
background threads, so a signal that ends the caller cannot leave one waiting. Not pebble or loky: both use scheduler
threads and a queue shared by all workers, and neither limits memory.
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
from polymuse.priority import lower_priority

POLL = 0.5  # seconds between checks of time and memory
MAX_ATTEMPTS = 2  # of a task whose worker dies: the first time it may have been killed for another reason
MAX_FAILED_STARTS = 3  # workers in a row that die before they are ready
MORE_MEMORY = "Use fewer --jobs or a lower POLYMUSE_MAX_MINUTES"
KILL_TIMEOUT = 10.0  # seconds; a killed process takes longer only if it hangs in the kernel

SPAWN = multiprocessing.get_context("spawn")  # torch and FFmpeg do not survive a fork
STOPPING_SIGNALS = {signal.SIGINT, signal.SIGTERM}

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(slots=True, eq=False)
class Task:
    """One call in a worker. Once `done`, it has a `value` or an `error`."""

    function: Callable[[Any], Any]
    argument: Any
    timeout: float  # seconds
    done: bool = False
    value: Any = None
    error: UserError | None = None
    crash_count: int = 0  # workers that died while running it

    def finish(self, value: object = None, error: UserError | None = None) -> None:
        """Set the value or the error."""
        self.value, self.error, self.done = value, error, True

    def outcome(self) -> Any:
        """What the function returned, or the BadAudioError. Raises any other error."""
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
    """Up to `size` processes, started on demand. Each calls `prepare(*arguments)` first.

    Not thread-safe. What a task raises becomes its error: a UserError unchanged, anything else as a BadAudioError, and
    so do a crash of its worker, a timeout and exceeded memory.
    """

    def __init__(
        self,
        size: int,
        prepare: Callable[..., None],
        *arguments: object,
        memory: int | None = None,
        background: bool = False,
    ) -> None:
        """`memory`: limit of one worker in bytes; not enforced where memory cannot be measured.

        `background`: the workers have the lowest priority.
        """
        self._size = size
        self._memory = memory
        self._background = background
        self._prepare = (prepare, arguments)
        self._workers: list[_Worker] = []
        self._queue: deque[Task] = deque()
        self._failed_starts = 0
        self.starts = 0  # workers started so far
        self.losses = 0  # workers that crashed in a task, or were killed for its time or memory

    def submit(self, function: Callable[[Any], Any], argument: object, timeout: float) -> Task:
        """Queue a call. Its worker is killed if it takes longer than `timeout` seconds."""
        task = Task(function, argument, timeout)
        self._queue.append(task)
        return task

    def withdraw(self, task: Task) -> bool:
        """Cancel a queued task. False if it is running or done."""
        try:
            self._queue.remove(task)
        except ValueError:
            return False
        return True

    def wait(self, tasks: Collection[Task]) -> list[Task]:
        """The tasks that are done; empty after a short timeout.

        Raises UnavailableError if no worker can be started.
        """
        return wait_for([self], tasks)

    def imap_unordered(
        self,
        function: Callable[[Item], Result],
        items: Iterable[Item],
        *,
        ahead: int,
        timeout: float,
        halted: Callable[[], bool] = lambda: False,
    ) -> Iterator[tuple[Item, Result | BadAudioError]]:
        """Yields each item with the result of `function` or its BadAudioError, in order of completion.

        At most `ahead` items are queued or running. `timeout` applies to each item, in seconds. Once `halted` returns
        true, queued items are dropped. An error that is not about the audio is raised, as it would affect every item.
        """
        items = iter(items)
        pending: dict[Task, Item] = {}
        while True:
            if halted():
                pending = {task: item for task, item in pending.items() if not self.withdraw(task)}
            else:
                for item in islice(items, ahead - len(pending)):
                    pending[self.submit(function, item, timeout)] = item
            if not pending:
                return
            for task in self.wait(pending):
                yield pending.pop(task), task.outcome()

    def dispatch(self) -> None:
        """Give queued tasks to idle workers and start missing workers. `wait` does this too."""
        idle = [worker for worker in self._workers if worker.ready and worker.task is None]
        while idle and self._queue:
            self._give(idle.pop(), self._queue.popleft())
        starting = sum(not worker.ready for worker in self._workers)
        for _ in range(min(len(self._queue) - starting, self._size - len(self._workers))):
            self._workers.append(self._start_worker())

    def close(self) -> None:
        """Kill all workers."""
        self._queue.clear()
        while self._workers:
            self._kill(self._workers[-1])

    def _give(self, worker: _Worker, task: Task) -> None:
        worker.task = task
        worker.deadline = time.monotonic() + task.timeout
        try:
            worker.pipe.send((task.function, task.argument))
        except OSError:
            self._handle_death(worker)

    def _start_worker(self) -> _Worker:
        self.starts += 1
        ours, theirs = SPAWN.Pipe()
        process = SPAWN.Process(target=_work, args=(theirs, self._background, *self._prepare), daemon=True)
        with _signals_blocked():  # inherited by the worker, which Ctrl-C in a terminal reaches too
            process.start()
        theirs.close()
        return _Worker(process, ours)

    def _receive(self, worker: _Worker) -> None:
        try:
            message = worker.pipe.recv()
        except (OSError, EOFError, pickle.UnpicklingError):
            self._handle_death(worker)
            return
        if worker.task is None:
            worker.ready, self._failed_starts = True, 0
        else:
            worker.task.finish(*message)
            worker.task, worker.deadline = None, float("inf")

    def _handle_death(self, worker: _Worker) -> None:
        """Retry or fail the task of a worker that died, and give up if workers keep failing to start."""
        status = self._kill(worker)
        if not worker.ready:
            self._failed_starts += 1
            if self._failed_starts >= MAX_FAILED_STARTS:
                raise UnavailableError(
                    f"Worker processes end before they are ready (exit status {status})",
                    "Look at the messages above; close other programs if memory is short",
                )
        elif worker.task is not None:
            self.losses += 1
            worker.task.crash_count += 1
            if worker.task.crash_count < MAX_ATTEMPTS:
                self._queue.appendleft(worker.task)
                return
            cause = f"the decoder or a network crashed (exit status {status})"
            worker.task.finish(error=BadAudioError(cause, "Convert the file, or report it if it plays elsewhere"))

    def _kill_overdue(self) -> None:
        """Kill the workers that exceed their timeout or memory."""
        for worker in tuple(self._workers):
            if worker.task is not None and (error := self._limit_error(worker, worker.task)) is not None:
                self.losses += 1
                self._kill(worker)
                worker.task.finish(error=error)

    def _limit_error(self, worker: _Worker, task: Task) -> BadAudioError | None:
        if time.monotonic() > worker.deadline:
            return BadAudioError(f"no result after {task.timeout:.0f} s", "Check the disk, or convert the file")
        if self._memory is not None and (memory_of(worker.process.pid or 0) or 0) > self._memory:
            return BadAudioError(f"needs more than {self._memory / 2**30:.1f} GiB of memory", MORE_MEMORY)
        return None

    def _kill(self, worker: _Worker) -> int | None:
        """Kill a worker if it is alive, and return its exit status."""
        self._workers.remove(worker)
        worker.process.kill()
        worker.process.join(KILL_TIMEOUT)
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
            pool._kill_overdue()
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


def _work(pipe: Connection, background: bool, prepare: Callable[..., None], arguments: tuple[object, ...]) -> None:
    """The main function of a worker."""
    if background:
        lower_priority()  # before any thread starts: each has a priority of its own
    for number in STOPPING_SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # the parent decides when it ends
    threading.Thread(target=_end_with_parent, daemon=True).start()
    prepare(*arguments)
    try:
        pipe.send(None)
        while True:
            function, argument = pipe.recv()
            _send(pipe, *attempt(function, argument))
    except (EOFError, OSError):
        return  # the parent closed the pipe


def _end_with_parent() -> None:
    """Ends this worker when the parent ends, however it does."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def attempt(function: Callable[[Any], Any], argument: object) -> tuple[Any, UserError | None]:
    """The result of the function, or its exception as an error for people."""
    try:
        return function(argument), None
    except UserError as error:
        return None, error
    except MemoryError:
        return None, BadAudioError("not enough memory", MORE_MEMORY)
    except Exception as error:  # noqa: BLE001  one file must not end the run; the error names the cause
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
