"""When a run flushes what it has stored."""

import time
from collections.abc import Callable

SHORTEST = 1.0  # seconds between flushes: each costs tens of fsync calls, regardless of its size
LONGEST = 10.0
SHARE = 0.02  # of the time may be spent in flushes, as searches have to wait for them


class PacedFlush:
    """Calls `flush` about once a second, or less often where flushes take long."""

    def __init__(self, flush: Callable[[], None]) -> None:
        self._flush = flush
        self._next = time.monotonic() + SHORTEST

    def if_due(self) -> None:
        """Flush, if it is time."""
        if (start := time.monotonic()) < self._next:
            return
        self._flush()
        end = time.monotonic()
        self._next = end + min(max((end - start) / SHARE, SHORTEST), LONGEST)
