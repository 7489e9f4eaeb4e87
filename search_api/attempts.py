"""A limit on wrong keys, for those who chose a short one."""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import ClassVar

from search_api.clients import network_of
from search_api.problems import RetryableError

MAX_WRONG = 10  # in a row, from one address
FORGET_SECONDS = 6.0  # one wrong key is forgotten in this time
MAX_CLIENTS = 4096  # addresses that are remembered


class TooManyAttemptsError(RetryableError):
    """Too many wrong keys from an address."""

    kind: ClassVar[str] = "too-many-attempts"
    http_status: ClassVar[int] = 429


class Attempts:
    """Counts the wrong keys of each client."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._clear_at: OrderedDict[str, float] = OrderedDict()  # client -> when all its wrong keys are forgotten

    def check(self, client: str) -> None:
        """Raise TooManyAttemptsError if the client may not try a key now."""
        excess = self._clear_at.get(network_of(client), 0.0) - self._clock() - (MAX_WRONG - 1) * FORGET_SECONDS
        if excess > 0:
            raise TooManyAttemptsError(
                "Too many wrong keys came from this address",
                "Wait a moment, then try again; a right key of `polymuse keys new` always works",
                math.ceil(excess),
            )

    def record_wrong(self, client: str) -> None:
        network = network_of(client)
        with self._lock:
            self._clear_at[network] = max(self._clear_at.pop(network, 0.0), self._clock()) + FORGET_SECONDS
            if len(self._clear_at) > MAX_CLIENTS:
                self._clear_at.popitem(last=False)
