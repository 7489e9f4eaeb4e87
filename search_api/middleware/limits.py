"""Limits per request: body size, time, and a place among the concurrent requests."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import ClassVar

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from search_api.clients import network_of
from search_api.middleware.forwarded import own_path
from search_api.middleware.places import Places
from search_api.problems import BusyError, RetryableError, respond_to

MAX_BODY = 1 << 20  # bytes; the largest allowed query, 64 texts and tracks, takes about a tenth of it
BODY_SECONDS = 120.0  # to receive a whole request body
SEND_SECONDS = 60.0  # for a client to read the next part of a response; browsers request a paused file again
WITH_BODY = ("POST", "PUT", "PATCH")  # methods of routes that read one
MAX_DIGITS = 20  # of a length; Python refuses to convert thousands
UNLIMITED_PATHS = ("/healthz", "/metrics")  # monitoring must work under load
ASSETS = "/web/"  # from memory; through HTTP/2 a browser requests all modules of the page at once


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
    """Limits each request by the allowance of its path, and the number of concurrent requests by `places`.

    Where there are keys, requests without one have the few places of `keyless`. A request that times out is answered,
    but keeps its place until its thread has ended: threads cannot be stopped.
    """

    def __init__(
        self, app: ASGIApp, places: Places, keyless: Places | None, allowances: Mapping[str, Allowance]
    ) -> None:
        self._app = app
        self._places = places
        self._keyless = keyless
        self._allowances = allowances

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = own_path(scope)
        if path in UNLIMITED_PATHS or path.startswith(ASSETS):
            await self._app(scope, receive, send)
            return
        admitted = self._keyless is None or "access" in scope.get("state", {})
        places = self._places if admitted or self._keyless is None else self._keyless
        allowance = self._allowances.get(path, Allowance())
        exchange = _Exchange(allowance, places, scope, receive, send)
        try:
            exchange.enter()
        except BusyError as error:
            await respond_to(error, scope, receive, send)
            return
        task = asyncio.ensure_future(self._app(scope, exchange.receive, exchange.send))
        task.add_done_callback(lambda _: places.leave(exchange))
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

    def __init__(self, allowance: Allowance, places: Places, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        self.client = network_of((scope.get("client") or ("",))[0])
        self._allowance = allowance
        self._places = places
        self._declared = headers.get("content-length", "")
        self._receive = receive
        self._send = send
        self._received = 0
        self._body_end = time.monotonic() + BODY_SECONDS
        self._complete = asyncio.Event()  # the request
        if not self._declared and "transfer-encoding" not in headers:
            self._complete.set()  # there is no body
        self._reads_body = scope["method"] in WITH_BODY and not self._complete.is_set()
        self._started = asyncio.Event()  # the response
        self._abandoned = False
        self._displaced = False
        self._waits: set[asyncio.Timeout] = set()  # for the client

    def enter(self) -> None:
        """Take a place. Raises BusyError."""
        if self._reads_body:
            self._places.wait(self)
        else:
            self._places.work(self)

    def displace(self) -> None:
        """Give up the wait for the client."""
        self._displaced = True
        for wait in self._waits:
            wait.reschedule(asyncio.get_running_loop().time())

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
        """The application's `receive`. Raises HTTPException 408, 413 or 429, a problem document there."""
        limit = self._allowance.body
        if self._declared.isdecimal() and int(self._declared[:MAX_DIGITS]) > limit:
            raise HTTPException(413, f"The request body is larger than {limit} bytes")
        if self._complete.is_set():
            return await self._receive()
        try:
            async with self._wait_for_client(self._body_end - time.monotonic()):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(408, self._late_body()) from None
        self._received += len(message.get("body", b""))
        if self._received > limit:
            raise HTTPException(413, f"The request body is larger than {limit} bytes")
        if not message.get("more_body", False):
            self._complete.set()
            self._begin_work()
        return message

    async def send(self, message: Message) -> None:
        """The application's `send`. Raises _ClientTooSlowError if the client does not read the response."""
        if self._abandoned:
            return
        if not self._started.is_set():
            self._started.set()
            self._places.wait(self)
        try:
            async with self._wait_for_client(SEND_SECONDS):
                await self._send(message)
        except TimeoutError:
            raise _ClientTooSlowError from None

    @asynccontextmanager
    async def _wait_for_client(self, seconds: float) -> AsyncIterator[None]:
        """Raises TimeoutError when the time is over or the request is displaced."""
        async with asyncio.timeout(0 if self._displaced else max(0.0, seconds)) as wait:
            self._waits.add(wait)
            try:
                yield
            finally:
                self._waits.discard(wait)

    def _begin_work(self) -> None:
        if self._reads_body and not self._started.is_set():
            try:
                self._places.work(self)
            except BusyError as error:
                raise HTTPException(429, error.message, {"Retry-After": str(error.retry_after)}) from error

    def _late_body(self) -> str:
        if self._displaced:
            return "The request body had not arrived when too many others were waiting"
        return f"The request body did not arrive within {BODY_SECONDS:.0f} s"


def _retrieve_exception(task: "asyncio.Future[None]") -> None:
    """Mark an exception after the timeout as retrieved, or asyncio would log it."""
    if not task.cancelled():
        task.exception()
