"""Who a request is from: what its key, its session or its one-time link permits."""

import logging
from dataclasses import dataclass
from typing import ClassVar

from polymuse.api_keys import Scope
from polymuse.errors import UserError
from polymuse.settings import Settings
from search_api.attempts import Attempts
from search_api.key_ring import KeyRing
from search_api.sessions import Session, Sessions
from search_api.sign_in_links import MAX_OF_A_KEY, SignInLinks

LONG_KEY = 32  # bytes

logger = logging.getLogger(__name__)


class UnauthorizedError(UserError):
    """A request without a valid API key."""

    kind: ClassVar[str] = "unauthorized"
    http_status: ClassVar[int] = 401


@dataclass(frozen=True, slots=True)
class Access:
    """What a request may do. `key` is the id of a key."""

    key: str
    scope: Scope
    session: Session | None = None


class AccessControl:
    """The keys of the settings, and everything that stands for one of them."""

    def __init__(self, settings: Settings) -> None:
        self.ring = KeyRing(settings)
        self.sessions = Sessions(settings.layout.sessions)
        self.links = SignInLinks()
        self._attempts = Attempts()

    def by_key(self, offered: bytes, client: str) -> Access:
        """Raises UnauthorizedError, and TooManyAttemptsError if the client has sent too many wrong keys.

        A right key that nobody can guess always works: a proxy may show all clients under one address.
        """
        key = self.ring.find(offered)
        if key is None or len(offered) < LONG_KEY:
            self._attempts.check(client)
        if key is None:
            self._attempts.record_wrong(client)
            logger.warning("wrong API key from %s", client, extra={"client": client})
            raise UnauthorizedError("The API key is wrong", "Ask whoever runs the service for the right one")
        return Access(key.id, key.scope)

    def by_cookie(self, cookie: str) -> Access | None:
        """None if the session has ended or its key has been removed."""
        session = self.sessions.find(cookie)
        key = self.ring.by_id(session.key) if session else None
        if session is None or key is None:
            return None
        return Access(key.id, _weaker(key.scope, session.scope), session)

    def by_link(self, token: str, client: str) -> Access:
        """Uses the link up. Raises UnauthorizedError, and TooManyAttemptsError as `by_key`.

        A right link always works, as a key that nobody can guess does.
        """
        link = self.links.take(token)
        key = self.ring.by_id(link.key) if link else None
        if link is None or key is None:
            self._attempts.check(client)
            self._attempts.record_wrong(client)
            logger.warning("invalid sign-in link from %s", client, extra={"client": client})
            raise UnauthorizedError(
                "This link does not work, or no longer: a link works once, for ten minutes, until the service is "
                f"restarted or {MAX_OF_A_KEY} newer ones of its key wait",
                "Make another on the device that is signed in",
            )
        return Access(key.id, _weaker(key.scope, link.scope))


def _weaker(one: Scope, other: Scope) -> Scope:
    return Scope.ADMIN if one is other is Scope.ADMIN else Scope.READ
