"""Values that are created at first use."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Lazy(Generic[T]):
    """Created once, by the first thread that calls `get`; others wait. After an error the next call tries again."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: list[T] = []
        self._lock = threading.Lock()

    def get(self) -> T:
        """The value. Raises what creating it raises."""
        with self._lock:
            if not self._made:
                self._made.append(self._make())
            return self._made[0]
