"""What is computed from a whole library in the background, and again when the library has changed."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

from catalog.catalog import Catalog

Value = TypeVar("Value")
MAX_AGE = 600.0  # seconds; a library of the same size may contain other tracks by then


@dataclass(frozen=True, slots=True)
class Made(Generic[Value]):
    """A value, and of what it was computed."""

    value: Value
    tracks: int  # of the library then
    begun_at: float  # time.monotonic()


class Renewed(Generic[Value]):
    """Computes a value on the first request and again when the library has changed. Serves the old one meanwhile."""

    def __init__(self, catalog: Catalog, compute: Callable[[], Value], name: str) -> None:
        """`name`: of the thread."""
        self._catalog = catalog
        self._compute = compute
        self._lock = threading.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._running: Future[Made[Value]] | None = None
        self._made: Made[Value] | None = None

    def current(self) -> Made[Value] | None:
        """What was computed last; None while it is computed for the first time.

        If the computation fails, one call raises the error and the next one starts it again.
        """
        with self._lock:
            if self._running is not None and self._running.done():
                running, self._running = self._running, None
                self._made = running.result()
            if self._running is None and self._is_outdated():
                self._running = self._thread.submit(self._make)
            return self._made

    def close(self) -> None:
        """Wait for the thread to end."""
        self._thread.shutdown(cancel_futures=True)

    def _is_outdated(self) -> bool:
        made = self._made
        return made is None or time.monotonic() - made.begun_at > MAX_AGE or made.tracks != self._catalog.count()

    def _make(self) -> Made[Value]:
        begun_at, tracks = time.monotonic(), self._catalog.count()
        return Made(self._compute(), tracks, begun_at)
