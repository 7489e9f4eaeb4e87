"""A process for work that may crash, hang or eat the memory: decoding what strangers send."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from polymuse.errors import BadAudioError, UnavailableError
from polymuse.memory import limit_memory
from polymuse.pool import Pool
from search_api.problems import BusyError

P = ParamSpec("P")
Result = TypeVar("Result")


class Worker:
    """One process, started when it is needed and stopped after `idle` seconds without work. Thread-safe.

    `memory` in bytes bounds its private memory (Linux); who asks for more gets a BadAudioError. Beside the call that
    runs at most `waiting` others wait; further ones get a BusyError.
    """

    def __init__(self, *, memory: int, idle: float = 300.0, waiting: int = 4) -> None:
        self.under_way = 0  # calls that run or wait
        self._places = 1 + waiting
        self._idle = idle
        self._lock = threading.Lock()
        self._turn = threading.Lock()  # held by the call that uses the pool
        self._closed = threading.Event()
        self._pool = Pool(1, limit_memory, memory)
        self._timer: threading.Timer | None = None

    @property
    def starts(self) -> int:
        """How many processes were started."""
        return self._pool.starts

    @property
    def losses(self) -> int:
        """How many processes crashed or were ended for what they took."""
        return self._pool.losses

    def run(self, function: Callable[P, Result], seconds: float, *args: P.args, **kwargs: P.kwargs) -> Result:
        """What the function, importable by name, returns in the process within so many seconds of its start.

        Blocks. A UserError comes back as it was raised, anything else that goes wrong as a BadAudioError; a process
        that crashed or took too long is replaced. Raises UnavailableError once `close` was called.
        """
        with self._place(), self._turn:
            task = self._pool.submit(_contained, (function, args, kwargs), seconds)
            while not self._pool.wait([task]):
                if self._closed.is_set():
                    raise UnavailableError("The service is being stopped", "Ask again when it is back")
            if task.error is not None:
                raise task.error
            return task.value

    def close(self) -> None:
        """Stop the process, whatever it does. Calls that wait for it fail."""
        self._closed.set()
        with self._turn, self._lock:
            self._cancel_timer()
            self._pool.close()

    @contextmanager
    def _place(self) -> Iterator[None]:
        with self._lock:
            if self.under_way == self._places:
                raise BusyError("Too many uploads are waiting", "Try again in a moment", retry_after=10)
            self.under_way += 1
            self._cancel_timer()
        try:
            yield
        finally:
            with self._lock:
                self.under_way -= 1
                if not self.under_way:
                    self._timer = threading.Timer(self._idle, self._stop_idle)
                    self._timer.daemon = True
                    self._timer.start()

    def _stop_idle(self) -> None:
        with self._lock:
            if not self.under_way:
                self._pool.close()

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _contained(call: tuple[Callable[..., Any], tuple, dict]) -> Any:
    function, args, kwargs = call
    try:
        return function(*args, **kwargs)
    except MemoryError as error:
        raise _too_big() from error
    except RuntimeError as error:  # what torch raises where memory ends
        if "allocate memory" in str(error):
            raise _too_big() from error
        raise


def _too_big() -> BadAudioError:
    return BadAudioError("Analysing the audio takes too much memory", "Send a shorter piece of it")
