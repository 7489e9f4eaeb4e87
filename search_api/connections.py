"""Limits on connections: slow clients, and too many of them."""

import asyncio
import json

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from search_api.problems import MEDIA_TYPE, TYPE_PREFIX

HEADER_SECONDS = 10.0  # to receive the headers of a request
LINGER_SECONDS = 2.0  # for a client to notice an early response; uvicorn would keep reading its body
MAX_HEADERS = 16 * 1024  # bytes per request
MAX_CONNECTIONS = 512  # most of them idle; the usual limit of open files is 1024


class GuardedProtocol(H11Protocol):
    """Uvicorn's HTTP/1.1 protocol with a timeout for request headers, which uvicorn lacks, and a connection limit."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > MAX_CONNECTIONS:
            transport.abort()
            return
        self._start_timer(HEADER_SECONDS)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:  # part of the headers of the next request
            self._start_timer(HEADER_SECONDS)
        elif not self._is_answered_early():
            self._cancel_timer()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._is_answered_early():
            self._start_timer(LINGER_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_timer()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Send a problem document: the request does not reach the application."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):  # in the middle of a response
            self.transport.close()
            return
        problem = {
            "type": TYPE_PREFIX + "bad-request",
            "title": "Bad request",
            "status": 400,
            "detail": f"{msg.rstrip('.')}, or its headers are longer than {MAX_HEADERS} bytes",
            "advice": "",
        }
        headers = [(b"content-type", MEDIA_TYPE.encode()), (b"connection", b"close")]
        body = json.dumps(problem).encode()
        for event in (
            h11.Response(status_code=400, headers=headers, reason=b"Bad Request"),
            h11.Data(data=body),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _is_answered_early(self) -> bool:
        """Whether the client is still sending a body that already has its response, for example 413."""
        return self.conn.their_state is h11.SEND_BODY and self.cycle is not None and self.cycle.response_complete

    def _start_timer(self, seconds: float) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(seconds, self._time_out)

    def _cancel_timer(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _time_out(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
