"""Dependencies that let requests through, and the rule that only loopback works without a key."""

import logging
from typing import Annotated, ClassVar

from fastapi import Request, Security
from fastapi.security import APIKeyCookie, APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from fastapi.security.utils import get_authorization_scheme_param

from polymuse.api_keys import Scope, read_key_file
from polymuse.errors import UserError
from polymuse.settings import Settings
from polymuse.web_addresses import port_of
from search_api.access import Access, AccessControl, UnauthorizedError
from search_api.clients import MAX_NAME
from search_api.middleware.hosts import is_loopback
from search_api.same_site import SAFE_METHODS, is_of_the_page

COOKIE = "polymuse_session"  # and the port, see cookie_name
_NAMED = "With the port of an address that has one: `polymuse_session_8765`."
MIN_KEY = 16  # characters, of a key that is not one of `polymuse keys new`

logger = logging.getLogger(__name__)


class ForbiddenError(UserError):
    """A request that its key or its origin does not permit."""

    kind: ClassVar[str] = "forbidden"
    http_status: ClassVar[int] = 403


def check_exposure(settings: Settings) -> None:
    """Raise UserError if the host can be reached from other machines and no API key protects it, or a short one."""
    key = settings.api_key
    if key is not None and not key.get_secret_value().strip():
        raise UserError("The API key is empty", "Set POLYMUSE_API_KEY or --api-key to a long random text, or remove it")
    plain = [] if key is None else [key.get_secret_value()]
    if settings.api_key_file is not None:
        plain.append(read_key_file(settings.api_key_file))
    is_local = is_loopback(settings.host)
    if any(len(each) < MIN_KEY for each in plain) and not (is_local and not settings.allowed_hosts):
        raise UserError(
            f"The API key has fewer than {MIN_KEY} characters and could be guessed from other machines",
            "Create one with `polymuse keys new`",
        )
    if plain or settings.api_keys:
        return
    if not is_local:
        raise UserError(
            f"Host {settings.host!r} can be reached from other machines and no API key is set",
            "Create one with `polymuse keys new`, set POLYMUSE_API_KEY or --api-key-file, or bind to 127.0.0.1",
        )
    if settings.allowed_hosts:
        logger.warning("no API key is set: whoever reaches %s may do everything", ", ".join(settings.allowed_hosts))


class Guard:
    """Dependency of routes that require a key, as `X-API-Key: KEY`, `Authorization: Bearer KEY` or a session cookie."""

    def __init__(self, scope: Scope = Scope.READ, *, cookie: bool = True) -> None:
        self._scope = scope
        self._cookie = cookie

    async def __call__(
        self,
        request: Request,
        header: Annotated[str | None, Security(APIKeyHeader(name="X-API-Key", auto_error=False))],  # noqa: ARG002
        bearer: Annotated[HTTPAuthorizationCredentials | None, Security(HTTPBearer(auto_error=False))],  # noqa: ARG002
        cookie: Annotated[str | None, Security(APIKeyCookie(name=COOKIE, description=_NAMED, auto_error=False))],  # noqa: ARG002
    ) -> None:
        """The parameters are for the API description: `AdmissionMiddleware` has looked at them."""
        access: Access | None = getattr(request.state, "access", None)
        if access is None or (access.session is not None and not self._cookie):
            raise no_key()
        if self._scope is Scope.ADMIN and access.scope is not Scope.ADMIN:
            raise ForbiddenError("This needs an admin key", "Ask whoever runs the service for one")


def admit(control: AccessControl, request: Request) -> Access:
    """What the key or else the session of a request permits; reads its headers only.

    Raises UnauthorizedError; TooManyAttemptsError; ForbiddenError if a session is used from outside the page.
    """
    offered = request.headers.get("x-api-key")
    if offered is None:
        scheme, bearer = get_authorization_scheme_param(request.headers.get("authorization"))
        offered = bearer if scheme.lower() == "bearer" else None
    if offered is not None:
        return control.by_key(key_bytes(offered), client_of(request))
    cookie = request.cookies.get(cookie_name(request))
    access = control.by_cookie(cookie) if cookie else None
    if access is None:
        raise no_key()
    if request.method not in SAFE_METHODS and not is_of_the_page(request.headers):
        raise ForbiddenError(
            "The cookie of the page works for requests of the page only",
            "Send a key; or, behind a proxy, make it pass the header Host on",
        )
    return access


def cookie_name(request: Request) -> str:
    """The name of the session cookie: browsers keep cookies by host, and services on its other ports have their own."""
    port = port_of(request.headers.get("host", ""))
    return f"{COOKIE}_{port}" if port else COOKIE


def is_still_admitted(request: Request) -> bool:
    """Whether the key or session of a request is valid now, for answers that go on for hours."""
    control: AccessControl = request.app.state.access
    try:
        return not control.ring or admit(control, request) is not None
    except UserError:
        return False


def no_key() -> UnauthorizedError:
    return UnauthorizedError("This service needs an API key", "Send it as X-API-Key or as a bearer token")


def access_of(request: Request) -> Access | None:
    """What a request may do that a Guard has let through; None where no request needs a key."""
    return request.state.access if request.app.state.access.ring else None


def may_change(request: Request) -> bool:
    """Whether a request that a Guard has let through has the rights of an admin key."""
    access = access_of(request)
    return access is None or access.scope is Scope.ADMIN


def key_bytes(header: str) -> bytes:
    """The bytes that were sent: Starlette decodes headers as Latin-1."""
    return header.encode("latin-1")


def client_of(request: Request) -> str:
    """The address of the client, behind trusted proxies too; these may send anything."""
    return request.client.host[:MAX_NAME] if request.client else ""
