"""ETags: a client that has the answer already is not sent it again."""

import hashlib

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

KEPT_ON_304 = {"etag", "cache-control", "vary", "x-request-id"}


class ConditionalMiddleware:
    """Gives every JSON answer to a GET a weak ETag, and answers 304 to a client whose `If-None-Match` has it.

    Answers that bring an ETag or say `Cache-Control: no-store` pass as they are.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET":
            send = _Answer(Headers(scope=scope).get("if-none-match", ""), send)
        await self._app(scope, receive, send)


class _Answer:
    """The `send` of one request: holds the start of the answer back until its body is known."""

    def __init__(self, known: str, send: Send) -> None:
        self._known = {tag.strip().removeprefix("W/") for tag in known.split(",")}
        self._send = send
        self._start: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_readable(message):
            self._start = message
        elif self._start is not None and not message.get("more_body", False):
            start, self._start = self._start, None
            await self._finish(start, message)
        else:
            if self._start is not None:  # the body comes in parts: too long to be held
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


def _is_readable(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    return (
        start["status"] == 200
        and headers.get("content-type", "") == "application/json"
        and "etag" not in headers
        and "no-store" not in headers.get("cache-control", "")
    )
