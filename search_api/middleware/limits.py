"""How much one request may take of the service: bytes, time, and a place among those under way."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from search_api.problems import BusyError, RetryableError, respond_to

MAX_BODY = 1 << 20  # bytes; the largest allowed query, 64 texts and tracks, takes about a tenth of it
BODY_SECONDS = 120.0  # for all of a request body to come
SEND_SECONDS = 60.0  # for a client to take the next part of an answer; browsers ask again for what they paused
UNLIMITED_PATHS = ("/healthz", "/metrics")  # asked by machines that must hear of a service under load


class SlowError(RetryableError):
    """A request that took longer than the service lets it."""

    kind: ClassVar[str] = "timeout"
    http_status: ClassVar[int] = 503


@dataclass(frozen=True, slots=True)
class Allowance:
    body: int = MAX_BODY  # bytes
    seconds: float = 30.0  # from the end of the request to the start of the answer


class _ClientTooSlowError(Exception):
    """Ends the sending of an answer that nobody takes."""


class LimitsMiddleware:
    """Bounds each request by the allowance of its path, and all of them by `places`.

    A request over its time is answered, but keeps its place until its thread has ended: threads cannot be stopped.
    """

    def __init__(self, app: ASGIApp, places: int, allowances: Mapping[str, Allowance]) -> None:
        self._app = app
        self._places = places
        self._allowances = allowances
        self._under_way: set[asyncio.Future[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in UNLIMITED_PATHS:
            await self._app(scope, receive, send)
            return
        if len(self._under_way) >= self._places:
            error = BusyError(f"{self._places} requests are under way", "Try again in a moment", retry_after=1)
            await respond_to(error, scope, receive, send)
            return
        allowance = self._allowances.get(scope["path"], Allowance())
        exchange = _Exchange(allowance, Headers(scope=scope), receive, send)
        task = asyncio.ensure_future(self._app(scope, exchange.receive, exchange.send))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        try:
            late = await exchange.is_late(task)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if late:
            exchange.abandon()
            task.add_done_callback(_retrieve_exception)
            error = SlowError(f"There was no answer within {allowance.seconds:.0f} s", "Try again later", retry_after=5)
            await respond_to(error, scope, receive, send)
            return
        try:
            await task
        except _ClientTooSlowError:
            return  # the server sees an unfinished answer and closes the connection


class _Exchange:
    """One request and its answer, counted and timed."""

    def __init__(self, allowance: Allowance, headers: Headers, receive: Receive, send: Send) -> None:
        self._allowance = allowance
        self._declared = headers.get("content-length", "")
        self._receive = receive
        self._send = send
        self._received = 0
        self._body_end = time.monotonic() + BODY_SECONDS
        self._complete = asyncio.Event()  # the request
        if not self._declared and "transfer-encoding" not in headers:
            self._complete.set()  # it has no body that would be read
        self._started = asyncio.Event()  # the answer
        self._abandoned = False

    async def is_late(self, task: "asyncio.Future[None]") -> bool:
        """Returns once the answer has started or its time is over, and says which."""
        complete = asyncio.ensure_future(self._complete.wait())
        started = asyncio.ensure_future(self._started.wait())
        try:
            await asyncio.wait({task, complete, started}, timeout=BODY_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            done, _ = await asyncio.wait(
                {task, started}, timeout=self._allowance.seconds, return_when=asyncio.FIRST_COMPLETED
            )
            return not done
        finally:
            complete.cancel()
            started.cancel()

    def abandon(self) -> None:
        """Nothing that is still sent reaches the client."""
        self._abandoned = True

    async def receive(self) -> Message:
        """Raises inside the application, whose handlers turn the error into a problem document."""
        limit = self._allowance.body
        if self._declared.isdecimal() and int(self._declared) > limit:
            raise HTTPException(413, f"The request body is larger than {limit} bytes")
        if self._complete.is_set():
            return await self._receive()
        try:
            async with asyncio.timeout(max(0.0, self._body_end - time.monotonic())):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(408, f"The request body did not come within {BODY_SECONDS:.0f} s") from None
        self._received += len(message.get("body", b""))
        if self._received > limit:
            raise HTTPException(413, f"The request body is larger than {limit} bytes")
        if not message.get("more_body", False):
            self._complete.set()
        return message

    async def send(self, message: Message) -> None:
        if self._abandoned:
            return
        self._started.set()
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._send(message)
        except TimeoutError:
            raise _ClientTooSlowError from None


def _retrieve_exception(task: "asyncio.Future[None]") -> None:
    """Errors after the time was over have nobody left to tell."""
    if not task.cancelled():
        task.exception()
