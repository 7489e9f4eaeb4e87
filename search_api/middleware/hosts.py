"""Host names that the service answers to: protection against web pages that use DNS rebinding."""

from collections.abc import Collection
from ipaddress import ip_address
from typing import ClassVar

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from polymuse.errors import UserError
from search_api.problems import respond_to

LOOPBACK = ("localhost", "127.0.0.1", "::1")


class MisdirectedError(UserError):
    """A request for another host."""

    kind: ClassVar[str] = "misdirected"
    http_status: ClassVar[int] = 421


def is_loopback(host: str) -> bool:
    """Whether the host is `localhost` or a loopback address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class HostMiddleware:
    """Rejects requests whose `Host` is not one of `names`."""

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self._app = app
        self._names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            host = Headers(scope=scope).get("host", "")
            if _name(host) not in self._names:
                error = MisdirectedError(
                    f"This service does not answer to the host {host!r}",
                    "Use the address in its log, or add the host to POLYMUSE_ALLOWED_HOSTS",
                )
                await respond_to(error, scope, receive, send)
                return
        await self._app(scope, receive, send)


def _name(host: str) -> str:
    """The name without the port; `::1` for `[::1]:8765`."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()
