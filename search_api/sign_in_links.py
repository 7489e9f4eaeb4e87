"""One-time links that sign in another device, such as a phone."""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from polymuse.api_keys import Scope

LINK_SECONDS = 600
MAX_OF_A_KEY = 64  # that wait to be used; the oldest of the key are dropped


@dataclass(frozen=True, slots=True)
class SignInLink:
    """What a link permits. `name` shows the link to its maker only; the URL holds `token`."""

    name: str
    token: str
    url: str
    key: str  # id of the key of its maker
    scope: Scope
    end: float  # by the clock of SignInLinks


class SignInLinks:
    """The links that have not been used. They are in memory only, for ten minutes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._links: dict[str, SignInLink] = {}  # token -> link, the oldest first

    def make(self, address: str, key: str, scope: Scope) -> SignInLink:
        """A link below the address of the page, which ends with a slash.

        The token is in the fragment: neither a preview of the link nor the log of a proxy gets it.
        """
        token = secrets.token_urlsafe(16)
        url = f"{address}sign-in#{token}"
        link = SignInLink(secrets.token_urlsafe(16), token, url, key, scope, self._clock() + LINK_SECONDS)
        with self._lock:
            self._prune()
            self._links[token] = link
            own = [token for token, each in self._links.items() if each.key == key]
            for oldest in own[:-MAX_OF_A_KEY]:
                del self._links[oldest]
        return link

    def take(self, token: str) -> SignInLink | None:
        """The link of a token, which cannot be used again; None if it is unknown, used or too old."""
        with self._lock:
            self._prune()
            return self._links.pop(token, None)

    def by_name(self, name: str) -> SignInLink | None:
        with self._lock:
            self._prune()
            return next((link for link in self._links.values() if link.name == name), None)

    def _prune(self) -> None:
        now = self._clock()
        self._links = {token: link for token, link in self._links.items() if link.end > now}
