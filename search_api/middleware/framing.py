"""Requests that are refused for their form, whatever they ask for."""

from typing import ClassVar

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from polymuse.errors import UserError
from search_api.middleware.forwarded import own_path
from search_api.problems import respond_to

MAX_HEADERS = 16 * 1024  # bytes per request: its target, and the names and values of its headers
SEPARATORS = 4  # bytes per header: a colon, a space and the end of the line


class MalformedError(UserError):
    """A request that a proxy may read differently, or with too long headers."""

    kind: ClassVar[str] = "bad-request"


class FramingMiddleware:
    """Rejects headers that are too long, bodies with two lengths and targets that are not paths; closes the connection.

    h11 limits headers only until they are complete, and of two lengths ignores `Content-Length`: for a proxy that goes
    by that, the rest of the body would be the next request (RFC 9112, 6.3).
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                _check(scope)
            except MalformedError as error:
                await respond_to(error, scope, receive, _closing(scope, send))
                return
        await self._app(scope, receive, send)


def _check(scope: Scope) -> None:
    target = len(scope.get("raw_path") or scope["path"].encode()) + len(scope["query_string"])
    if target + sum(len(name) + len(value) + SEPARATORS for name, value in scope["headers"]) > MAX_HEADERS:
        raise MalformedError(
            f"The address and the headers of the request have more than {MAX_HEADERS} bytes",
            "Send long queries with POST; delete cookies of other services of this host",
        )
    headers = Headers(scope=scope)
    if "content-length" in headers and "transfer-encoding" in headers:
        raise MalformedError("The request has both Content-Length and Transfer-Encoding", "Send one of them")
    if not own_path(scope).startswith("/"):
        raise MalformedError(
            "The target of the request is not a path such as /v1/search", "This service is no proxy: send only the path"
        )


def _closing(scope: Scope, send: Send) -> Send:
    async def closing_send(message: Message) -> None:
        if message["type"] == "http.response.start" and scope["http_version"].startswith("1"):
            MutableHeaders(scope=message)["Connection"] = "close"
        await send(message)

    return closing_send
