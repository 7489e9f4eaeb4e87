"""Connections of slow and of too many clients."""

import asyncio
import json

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from search_api.problems import MEDIA_TYPE, TYPE_PREFIX

HEADER_SECONDS = 10.0  # for the headers of a request to come
LINGER_SECONDS = 2.0  # for a client to notice that it may stop sending; uvicorn would read on without end
MAX_HEADERS = 16 * 1024  # bytes of one request
MAX_CONNECTIONS = 512  # of them most idle; a process may usually open 1024 files


class GuardedProtocol(H11Protocol):
    """HTTP/1.1 of uvicorn, with a time-out for request headers, which uvicorn lacks, and a bound on connections."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > MAX_CONNECTIONS:
            transport.abort()
            return
        self._wait(HEADER_SECONDS)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:  # part of the headers of a next request
            self._wait(HEADER_SECONDS)
        elif not self._is_answered_early():
            self._stop_waiting()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._is_answered_early():
            self._wait(LINGER_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """As a problem document: the request never reaches the application."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):  # in the middle of an answer
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
        """Whether the client still sends the body of a request that has its answer, as one that was too large."""
        return self.conn.their_state is h11.SEND_BODY and self.cycle is not None and self.cycle.response_complete

    def _wait(self, seconds: float) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(seconds, self._give_up)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
