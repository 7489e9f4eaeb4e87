"""Limits per request (body size, time) and on the number of concurrent requests."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from search_api.middleware.forwarded import own_path
from search_api.problems import BusyError, RetryableError, respond_to

MAX_BODY = 1 << 20  # bytes; the largest allowed query, 64 texts and tracks, takes about a tenth of it
BODY_SECONDS = 120.0  # to receive a whole request body
SEND_SECONDS = 60.0  # for a client to read the next part of a response; browsers request a paused file again
UNLIMITED_PATHS = ("/healthz", "/metrics")  # monitoring must work under load


class SlowError(RetryableError):
    """A request that exceeded its time limit."""

    kind: ClassVar[str] = "timeout"
    http_status: ClassVar[int] = 503


@dataclass(frozen=True, slots=True)
class Allowance:
    """The limits of one request."""

    body: int = MAX_BODY  # bytes
    seconds: float = 30.0  # from the end of the request to the start of the response


class _ClientTooSlowError(Exception):
    """Aborts a response that the client does not read."""


class LimitsMiddleware:
    """Limits each request by the allowance of its path, and the number of concurrent requests by `max_requests`.

    A request that times out is answered, but counts until its thread has ended: threads cannot be stopped.
    """

    def __init__(self, app: ASGIApp, max_requests: int, allowances: Mapping[str, Allowance]) -> None:
        self._app = app
        self._max_requests = max_requests
        self._allowances = allowances
        self._running: set[asyncio.Future[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or own_path(scope) in UNLIMITED_PATHS:
            await self._app(scope, receive, send)
            return
        if len(self._running) >= self._max_requests:
            error = BusyError(f"{self._max_requests} requests are in progress", "Try again in a moment", retry_after=1)
            await respond_to(error, scope, receive, send)
            return
        allowance = self._allowances.get(own_path(scope), Allowance())
        exchange = _Exchange(allowance, Headers(scope=scope), receive, send)
        task = asyncio.ensure_future(self._app(scope, exchange.receive, exchange.send))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
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
            return  # uvicorn sees an unfinished response and closes the connection


class _Exchange:
    """One request and its response, with byte counts and timeouts."""

    def __init__(self, allowance: Allowance, headers: Headers, receive: Receive, send: Send) -> None:
        self._allowance = allowance
        self._declared = headers.get("content-length", "")
        self._receive = receive
        self._send = send
        self._received = 0
        self._body_end = time.monotonic() + BODY_SECONDS
        self._complete = asyncio.Event()  # the request
        if not self._declared and "transfer-encoding" not in headers:
            self._complete.set()  # there is no body
        self._started = asyncio.Event()  # the response
        self._abandoned = False

    async def is_late(self, task: "asyncio.Future[None]") -> bool:
        """Wait until the response has started (False) or has timed out (True)."""
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
        """Discard everything that the application sends from now on."""
        self._abandoned = True

    async def receive(self) -> Message:
        """The application's `receive`. Raises HTTPException 408 or 413, which becomes a problem document there."""
        limit = self._allowance.body
        if self._declared.isdecimal() and int(self._declared) > limit:
            raise HTTPException(413, f"The request body is larger than {limit} bytes")
        if self._complete.is_set():
            return await self._receive()
        try:
            async with asyncio.timeout(max(0.0, self._body_end - time.monotonic())):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(408, f"The request body did not arrive within {BODY_SECONDS:.0f} s") from None
        self._received += len(message.get("body", b""))
        if self._received > limit:
            raise HTTPException(413, f"The request body is larger than {limit} bytes")
        if not message.get("more_body", False):
            self._complete.set()
        return message

    async def send(self, message: Message) -> None:
        """The application's `send`. Raises _ClientTooSlowError if the client does not read the response."""
        if self._abandoned:
            return
        self._started.set()
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._send(message)
        except TimeoutError:
            raise _ClientTooSlowError from None


def _retrieve_exception(task: "asyncio.Future[None]") -> None:
    """Mark an exception after the timeout as retrieved, or asyncio would log it."""
    if not task.cancelled():
        task.exception()
