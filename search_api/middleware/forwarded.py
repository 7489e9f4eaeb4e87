"""Requests that come through a proxy: who sent them, over what, and below which path."""

import re
from collections.abc import Collection
from ipaddress import ip_address, ip_network

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from polymuse.web_addresses import normal_root_path
from search_api.problems import PROTECTION

# Headers in which proxies of all kinds name the client. Clients can write them too, so that they only ever take away.
SENDERS = ("x-forwarded-for", "x-real-ip", "x-client-ip", "cf-connecting-ip", "true-client-ip")

_FOR = re.compile(r"for=\"?([^\";,]*)", re.IGNORECASE)  # in `Forwarded`, RFC 7239
_PORT = re.compile(r"(?:\[(.*)\]|([0-9.]*))(?::[0-9]+)?")


class ForwardedMiddleware:
    """Makes each request look as it did to the proxy, whether that strips the prefix of the path or not.

    The prefix is `root_path` or, if that is empty, `X-Forwarded-Prefix`. This header, `X-Forwarded-For` and
    `X-Forwarded-Proto` count only from trusted addresses. Afterwards `scope["path"]` starts with `scope["root_path"]`.
    """

    def __init__(self, app: ASGIApp, trusted: Collection[str], root_path: str) -> None:
        self._app = ProxyHeadersMiddleware(app, trusted_hosts=[*trusted])  # type: ignore[arg-type]
        self._trusted = [ip_network(each, strict=False) for each in trusted]
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (prefix := self._root_path or self._forwarded_prefix(scope)):
            if scope["path"] == prefix:  # the page's addresses are relative to the folder
                query = scope["query_string"].decode("latin-1")
                place = f"{prefix}/?{query}" if query else f"{prefix}/"
                await RedirectResponse(place, 308, PROTECTION)(scope, receive, send)
                return
            scope = _below(prefix, scope)
        await self._app(scope, receive, send)  # type: ignore[arg-type]

    def _forwarded_prefix(self, scope: Scope) -> str:
        header = Headers(scope=scope).get("x-forwarded-prefix", "")
        try:
            return normal_root_path(header) if header and self._is_trusted(scope) else ""
        except ValueError:
            return ""

    def _is_trusted(self, scope: Scope) -> bool:
        try:
            client = ip_address(scope["client"][0])
        except (TypeError, ValueError):
            return False
        return any(client in network for network in self._trusted)


def is_sent_on(headers: Headers) -> bool:
    """Whether a proxy has sent the request for a client that, by any header, may not be on this machine."""
    senders = [sender for name in SENDERS for line in headers.getlist(name) for sender in line.split(",")]
    for element in ",".join(headers.getlist("forwarded")).split(",") if "forwarded" in headers else ():
        senders.append(found[1] if (found := _FOR.search(element)) else "unknown")
    return not all(map(_is_loopback, senders)) if senders else "via" in headers


def _is_loopback(sender: str) -> bool:
    found = _PORT.fullmatch(sender.strip())
    try:
        return ip_address((found[1] or found[2]) if found else sender.strip()).is_loopback
    except ValueError:
        return False


def own_path(scope: Scope) -> str:
    """The path of a request as the routes name it, without the prefix of a proxy."""
    return scope["path"].removeprefix(scope.get("root_path", ""))


def _below(prefix: str, scope: Scope) -> Scope:
    stripped = not scope["path"].startswith(f"{prefix}/")
    path = prefix + scope["path"] if stripped else scope["path"]
    below = {**scope, "root_path": prefix, "path": path}
    if stripped and scope.get("raw_path") is not None:
        below["raw_path"] = prefix.encode() + scope["raw_path"]
    return below
