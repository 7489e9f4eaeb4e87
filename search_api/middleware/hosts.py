"""Host names that the service answers to: protection against web pages that use DNS rebinding."""

from collections.abc import Collection
from ipaddress import ip_address
from typing import ClassVar

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from polymuse.errors import UserError
from polymuse.web_addresses import HOST_NAME, host_name
from search_api.middleware.forwarded import is_sent_on
from search_api.problems import respond_to

MAX_SHOWN = 100  # characters of an unknown name
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
    """Rejects requests whose `Host` is not one of `names`, nor of `local_names`.

    Unless keys protect the service, the local names are for clients on this machine: a proxy that does not pass `Host`
    on would otherwise open it to everybody.
    """

    def __init__(self, app: ASGIApp, names: Collection[str], local_names: Collection[str], *, protected: bool) -> None:
        self._app = app
        self._names = {name.lower() for name in names}
        self._local_names = {name.lower() for name in local_names}
        self._protected = protected

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                self._check(Headers(scope=scope), scope.get("client"))
            except UserError as error:
                await respond_to(error, scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _check(self, headers: Headers, client: tuple[str, int] | None) -> None:
        host = headers.get("host", "")
        name = host_name(host)
        if name in self._names:
            return
        if name not in self._local_names:
            raise MisdirectedError(
                f"This service does not answer to the host {(name or host)[:MAX_SHOWN]!r}",
                "Open the address in its log; or add the host to allowed_hosts in config.yaml, or set "
                f"POLYMUSE_ALLOWED_HOSTS={_example(name)}, and start the service again",
            )
        if not self._protected and ((client and _is_remote(client[0])) or is_sent_on(headers)):
            raise MisdirectedError(
                f"A proxy sent this request of another machine as one to {name!r}, and no key is set",
                "Create a key with `polymuse keys new`, and make the proxy pass the header Host on",
            )


def _is_remote(client: str) -> bool:
    try:
        return not ip_address(client).is_loopback
    except ValueError:  # a Unix socket
        return False


def _example(name: str) -> str:
    return name if HOST_NAME.fullmatch(name) else "music.example.org"
