"""Places for requests: how many the service works on at once, and for whose clients it waits."""

from collections import Counter
from typing import Protocol

from search_api.problems import BusyError


class Occupant(Protocol):
    """A request."""

    client: str  # who sent it

    def displace(self) -> None:
        """Give up the wait for the client."""


class Places:
    """A request is worked on from the arrival of its body to the start of its response.

    At most `total` requests are worked on, three quarters of them from one client. Before and after that, a request
    waits for its client and takes none of these places. If more than `waiting` do, the oldest of the client with the
    most of them is displaced: slow clients cost nobody else.
    """

    def __init__(self, total: int, waiting: int) -> None:
        self._total = total
        self._per_client = total - total // 4
        self._max_waiting = waiting
        self._working: dict[Occupant, str] = {}
        self._waiting: dict[Occupant, str] = {}  # the oldest first

    def work(self, occupant: Occupant) -> None:
        """Give the request a place to be worked on. Raises BusyError if there is none."""
        if len(self._working) >= self._total:
            raise BusyError(f"{self._total} requests are in progress", "Try again in a moment")
        if sum(client == occupant.client for client in self._working.values()) >= self._per_client:
            raise BusyError(f"{self._per_client} requests of this address are in progress", "Try again in a moment")
        self._waiting.pop(occupant, None)
        self._working[occupant] = occupant.client

    def wait(self, occupant: Occupant) -> None:
        """Let the request wait for its client, and displace another if too many do."""
        self._working.pop(occupant, None)
        self._waiting[occupant] = occupant.client
        if len(self._waiting) > self._max_waiting:
            most = max(Counter(self._waiting.values()).items(), key=lambda item: item[1])[0]
            oldest = next(each for each, client in self._waiting.items() if client == most)
            del self._waiting[oldest]
            oldest.displace()

    def leave(self, occupant: Occupant) -> None:
        """Free the place of the request, if it has one."""
        self._working.pop(occupant, None)
        self._waiting.pop(occupant, None)
