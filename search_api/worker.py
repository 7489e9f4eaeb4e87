"""A process for work that may crash, hang or eat the memory: decoding what strangers send."""

import multiprocessing
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from polymuse.errors import BadAudioError
from search_api.problems import BusyError

P = ParamSpec("P")
Result = TypeVar("Result")


class Worker:
    """One process, started when it is needed and stopped after `idle` seconds without work.

    `memory` in bytes bounds its private memory (Linux); who asks for more gets a BadAudioError. Beside the call that
    runs at most `waiting` others wait; further ones get a BusyError. `starts` and `kills` count processes.
    """

    def __init__(self, *, memory: int, idle: float = 300.0, waiting: int = 4) -> None:
        self.starts = 0
        self.kills = 0
        self._memory = memory
        self._idle = idle
        self._places = 1 + waiting
        self.under_way = 0  # calls that run or wait
        self._lock = threading.Lock()
        self._pool: ProcessPool | None = None
        self._timer: threading.Timer | None = None

    def run(self, function: Callable[P, Result], seconds: float, *args: P.args, **kwargs: P.kwargs) -> Result:
        """What the function, importable by name, returns in the process within so many seconds of its start.

        Blocks. UserErrors come back as they were raised. A process that crashed, took too long or too much memory
        is replaced, and told as a BadAudioError.
        """
        with self._place() as pool:
            future: ProcessFuture = pool.schedule(_contained, args=(function, args, kwargs), timeout=seconds)
            try:
                return future.result()
            except ProcessExpired as error:
                self.kills += 1
                raise BadAudioError("The audio crashed the decoder", "Convert it to another format") from error
            except TimeoutError as error:
                self.kills += 1
                raise BadAudioError(
                    f"Listening to the audio took more than {seconds:.0f} s", "Send a shorter piece of it"
                ) from error

    def close(self) -> None:
        """Stop the process, whatever it does. Calls that wait for it fail."""
        with self._lock:
            self._stop()

    @contextmanager
    def _place(self) -> Iterator[ProcessPool]:
        with self._lock:
            if self.under_way == self._places:
                raise BusyError("Too many uploads are waiting", "Try again in a moment", retry_after=10)
            self.under_way += 1
            self._cancel_timer()
            pool = self._started()
        try:
            yield pool
        finally:
            with self._lock:
                self.under_way -= 1
                if not self.under_way and self._pool is not None:
                    self._timer = threading.Timer(self._idle, self._stop_idle)
                    self._timer.daemon = True
                    self._timer.start()

    def _started(self) -> ProcessPool:
        if self._pool is None:
            self.starts += 1
            self._pool = ProcessPool(
                max_workers=1,
                initializer=_start,
                initargs=(self._memory,),
                context=multiprocessing.get_context("spawn"),  # torch and FFmpeg do not survive a fork
            )
        return self._pool

    def _stop_idle(self) -> None:
        with self._lock:
            if not self.under_way:
                self._stop()

    def _stop(self) -> None:
        self._cancel_timer()
        if self._pool is not None:
            self._pool.stop()
            self._pool.join()
            self._pool = None

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _start(memory: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    if sys.platform == "linux":  # elsewhere the limit does not count what is mapped, or is not there
        import resource

        # Not RLIMIT_AS: torch and CUDA reserve far more address space than they use.
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))


def _contained(function: Callable[..., Result], args: tuple, kwargs: dict) -> Result:
    try:
        return function(*args, **kwargs)
    except MemoryError as error:
        raise _too_big() from error
    except RuntimeError as error:  # what torch raises where memory ends
        if "allocate memory" in str(error):
            raise _too_big() from error
        raise


def _too_big() -> BadAudioError:
    return BadAudioError("Listening to the audio takes too much memory", "Send a shorter piece of it")
