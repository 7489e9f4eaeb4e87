"""A limit on wrong keys, for those who chose a short one."""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network
from typing import ClassVar

from search_api.problems import RetryableError

MAX_WRONG = 10  # in a row, from one address
FORGET_SECONDS = 6.0  # one wrong key is forgotten in this time
MAX_CLIENTS = 4096  # addresses that are remembered
MAX_NAME = 64  # characters of a client without an IP address
IPV6_PREFIX = 64  # bits; one household has at least as many addresses as the rest of them allows


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
        excess = self._clear_at.get(_network(client), 0.0) - self._clock() - (MAX_WRONG - 1) * FORGET_SECONDS
        if excess > 0:
            raise TooManyAttemptsError(
                "Too many wrong keys came from this address", "Wait a moment, then try again", math.ceil(excess)
            )

    def record_wrong(self, client: str) -> None:
        network = _network(client)
        with self._lock:
            self._clear_at[network] = max(self._clear_at.pop(network, 0.0), self._clock()) + FORGET_SECONDS
            if len(self._clear_at) > MAX_CLIENTS:
                self._clear_at.popitem(last=False)


def _network(client: str) -> str:
    """What counts as one client: an IPv4 address, an IPv6 network, or whatever else the server names it."""
    try:
        address = ip_address(client)
    except ValueError:
        return client[:MAX_NAME]
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(ip_network((address, IPV6_PREFIX), strict=False))
    return client
