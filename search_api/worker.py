"""A process for work that may crash, hang or exhaust memory: decoding untrusted files."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from polymuse.errors import BadAudioError, UnavailableError
from polymuse.memory import limit_memory, shortage_as
from polymuse.pool import Pool
from search_api.problems import BusyError

P = ParamSpec("P")
Result = TypeVar("Result")


class Worker:
    """One process, started on demand and stopped after `idle` seconds without work. Thread-safe.

    `memory` limits its private memory in bytes (Linux); a call that exceeds it raises BadAudioError. At most `waiting`
    calls wait for the running one; further calls raise BusyError.
    """

    def __init__(self, *, memory: int, idle: float = 300.0, waiting: int = 4) -> None:
        self.pending = 0  # calls that run or wait
        self._max_pending = 1 + waiting
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
        """How many processes crashed or were killed because they took too long."""
        return self._pool.losses

    def run(self, function: Callable[P, Result], seconds: float, *args: P.args, **kwargs: P.kwargs) -> Result:
        """Call the function, which must be importable by name, in the process and return its result.

        Blocks; the call may take `seconds` from its start. Raises a UserError of the function unchanged, BadAudioError
        for any other failure, and UnavailableError after `close`. A process that crashes or takes too long is replaced.
        """
        with self._slot(), self._turn:
            task = self._pool.submit(_contained, (function, args, kwargs), seconds)
            while not self._pool.wait([task]):
                if self._closed.is_set():
                    raise UnavailableError("The service is shutting down", "Try again when it is back")
            if task.error is not None:
                raise task.error
            return task.value

    def close(self) -> None:
        """Stop the process at once. Calls in progress and in the queue fail."""
        self._closed.set()
        with self._turn, self._lock:
            self._cancel_timer()
            self._pool.close()

    def check_room(self) -> None:
        """Raise BusyError if a call would."""
        if self.pending >= self._max_pending:
            raise BusyError("Too many uploads are waiting", "Try again in a moment", retry_after=10)

    @contextmanager
    def _slot(self) -> Iterator[None]:
        with self._lock:
            self.check_room()
            self.pending += 1
            self._cancel_timer()
        try:
            yield
        finally:
            with self._lock:
                self.pending -= 1
                if not self.pending:
                    self._timer = threading.Timer(self._idle, self._stop_idle)
                    self._timer.daemon = True
                    self._timer.start()

    def _stop_idle(self) -> None:
        with self._lock:
            if not self.pending:
                self._pool.close()

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _contained(call: tuple[Callable[..., Any], tuple, dict]) -> Any:
    function, args, kwargs = call
    with shortage_as(BadAudioError("Analysing the file takes too much memory", "Send a shorter excerpt")):
        return function(*args, **kwargs)
