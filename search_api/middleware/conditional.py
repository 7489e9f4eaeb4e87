"""ETags: a response that the client already has is not sent again."""

import hashlib

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

KEPT_ON_304 = {"etag", "cache-control", "vary", "x-request-id"}


class ConditionalMiddleware:
    """Adds a weak ETag to every JSON response to a GET, and answers 304 if the client's `If-None-Match` contains it.

    Responses that have an ETag already or `Cache-Control: no-store` are passed on unchanged.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET":
            send = _ConditionalSend(Headers(scope=scope).get("if-none-match", ""), send)
        await self._app(scope, receive, send)


class _ConditionalSend:
    """The `send` of one request: holds back the start of the response until its body is known."""

    def __init__(self, known: str, send: Send) -> None:
        self._known = {tag.strip().removeprefix("W/") for tag in known.split(",")}
        self._send = send
        self._start: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _gets_etag(message):
            self._start = message
        elif self._start is not None and not message.get("more_body", False):
            start, self._start = self._start, None
            await self._finish(start, message)
        else:
            if self._start is not None:  # a streamed body is not buffered
                start, self._start = self._start, None
                await self._send(start)
            await self._send(message)

    async def _finish(self, start: Message, message: Message) -> None:
        tag = f'"{hashlib.sha256(message.get("body", b"")).hexdigest()[:32]}"'
        headers = MutableHeaders(scope=start)
        headers["ETag"] = f"W/{tag}"
        headers.setdefault("Cache-Control", "private, no-cache")
        if tag in self._known or "*" in self._known:
            kept = [(name, value) for name, value in start["headers"] if name.decode("latin-1").lower() in KEPT_ON_304]
            start, message = {**start, "status": 304, "headers": kept}, {**message, "body": b""}
        await self._send(start)
        await self._send(message)


def _gets_etag(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    return (
        start["status"] == 200
        and headers.get("content-type", "") == "application/json"
        and "etag" not in headers
        and "no-store" not in headers.get("cache-control", "")
    )
