"""Authentication: API keys, the session cookie, and the rule that only loopback works without a key."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from typing import Annotated, ClassVar

from fastapi import Request, Security
from fastapi.security import APIKeyCookie, APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from polymuse.api_keys import STORED_KEY, Scope, stored_form
from polymuse.errors import UserError
from polymuse.settings import Settings
from search_api.middleware.hosts import is_loopback

COOKIE = "polymuse_session"
SESSION_SECONDS = 12 * 3600
SAFE_METHODS = ("GET", "HEAD")  # a cookie permits nothing that another page could do in the user's name (CSRF)


class UnauthorizedError(UserError):
    """A request without a valid API key."""

    kind: ClassVar[str] = "unauthorized"
    http_status: ClassVar[int] = 401


class ForbiddenError(UserError):
    """A request with a valid key whose scope is not sufficient."""

    kind: ClassVar[str] = "forbidden"
    http_status: ClassVar[int] = 403


def check_exposure(settings: Settings) -> None:
    """Raise UserError if the host can be reached from other machines and no API key protects it."""
    key = settings.api_key
    if key is not None and not key.get_secret_value().strip():
        raise UserError("The API key is empty", "Set POLYMUSE_API_KEY or --api-key to a long random text, or remove it")
    if key is None and not settings.api_keys and not is_loopback(settings.host):
        raise UserError(
            f"Host {settings.host!r} can be reached from other machines and no API key is set",
            "Create one with `polymuse keys new`, set POLYMUSE_API_KEY or --api-key, or bind to 127.0.0.1",
        )


class KeyRing:
    """The keys of the settings, and the sessions created with them."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        stored = list(settings.api_keys)
        if settings.api_key is not None:
            stored.append(stored_form(settings.api_key.get_secret_value(), Scope.ADMIN))
        found = [STORED_KEY.fullmatch(entry) for entry in stored]
        self._keys = [(Scope(match[1]), bytes.fromhex(match[2])) for match in found if match]
        self._secret = secrets.token_bytes(32)  # sessions end with the process
        self._clock = clock

    def __bool__(self) -> bool:
        """Whether there is any key: without one, no request needs a key."""
        return bool(self._keys)

    def scope_of(self, offered: bytes) -> Scope | None:
        """The scope of a key; None if it is invalid. Takes constant time for all keys of a length."""
        digest = hashlib.sha256(offered).digest()
        scopes = [scope for scope, key in self._keys if hmac.compare_digest(digest, key)]
        return Scope.ADMIN if Scope.ADMIN in scopes else next(iter(scopes), None)

    def open_session(self) -> str:
        """The value of a cookie: its expiry time and a signature."""
        end = str(int(self._clock()) + SESSION_SECONDS)
        return f"{end}.{self._sign(end)}"

    def is_session(self, cookie: str) -> bool:
        """Whether the cookie is signed and has not expired."""
        end, _, signature = cookie.partition(".")
        signed = hmac.compare_digest(signature.encode("utf-8", "replace"), self._sign(end).encode())
        return signed and int(end) > self._clock()

    def _sign(self, end: str) -> str:
        return hmac.new(self._secret, end.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


class Guard:
    """Dependency of routes that require a key, as `X-API-Key: KEY`, `Authorization: Bearer KEY` or a session cookie."""

    def __init__(self, ring: KeyRing, scope: Scope = Scope.READ, *, cookie: bool = True) -> None:
        self._ring = ring
        self._scope = scope
        self._cookie = cookie

    async def __call__(
        self,
        request: Request,
        header: Annotated[str | None, Security(APIKeyHeader(name="X-API-Key", auto_error=False))],
        bearer: Annotated[HTTPAuthorizationCredentials | None, Security(HTTPBearer(auto_error=False))],
        cookie: Annotated[str | None, Security(APIKeyCookie(name=COOKIE, auto_error=False))],
    ) -> None:
        offered = header if header is not None else bearer.credentials if bearer else None
        if offered is not None:
            self._check_key(offered)
        elif not (self._cookie and cookie and request.method in SAFE_METHODS and self._ring.is_session(cookie)):
            raise UnauthorizedError("This service needs an API key", "Send it as X-API-Key or as a bearer token")

    def _check_key(self, offered: str) -> None:
        # Starlette decodes headers as Latin-1; this restores the bytes that were sent.
        scope = self._ring.scope_of(offered.encode("latin-1"))
        if scope is None:
            raise UnauthorizedError("The API key is wrong", "Ask whoever runs the service for the right one")
        if self._scope is Scope.ADMIN and scope is not Scope.ADMIN:
            raise ForbiddenError("This needs an admin key", "Ask whoever runs the service for one")
