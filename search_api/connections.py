"""Limits on connections: slow clients, and too many of them."""

import asyncio
import json
import time
from collections import Counter

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from search_api.clients import network_of
from search_api.open_files import max_connections
from search_api.problems import MEDIA_TYPE, TYPE_PREFIX

HEADER_SECONDS = 10.0  # to receive the headers of a request
LINGER_SECONDS = 2.0  # for a client to notice an early response; uvicorn would keep reading its body
UNFINISHED_SHARE = 0.25  # of the connections, for those that have not sent a whole request yet
MAX_HEADERS = 16 * 1024  # bytes per request


class GuardedProtocol(H11Protocol):
    """Uvicorn's HTTP/1.1 protocol with a timeout for request headers, which uvicorn lacks, and a connection limit.

    Beyond the limit, a connection without a request in progress makes room for the new one: of the client with the most
    connections the one that has sent no request for the longest time, if there are many half-sent headers one of these.
    """

    network = ""  # of the client
    is_half_sent = False  # whether only a part of the headers of a request has come
    idle_since = 0.0  # seconds, of a monotonic clock
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.network = network_of(self.client[0] if self.client else "")
        self.idle_since = time.monotonic()
        self._start_timer(HEADER_SECONDS)
        if len(self.connections) > max_connections():
            self._make_room()

    @property
    def is_idle(self) -> bool:
        """Whether no request is in progress."""
        return self.cycle is None or self.cycle.response_complete

    def _make_room(self) -> None:
        limit = max_connections()
        own = [each for each in self.connections if isinstance(each, GuardedProtocol)]
        living = [each for each in own if not each.transport.is_closing()]
        if len(living) <= limit:
            return
        count = Counter(each.network for each in living)
        most = max((each.network for each in living if each.is_idle), key=lambda network: count[network])
        idle = [each for each in living if each.is_idle and each.network == most]
        half_sent = [each for each in idle if each.is_half_sent]
        silent = [each for each in idle if each.cycle is None and not each.is_half_sent]
        unfinished = half_sent or silent  # the bytes of a silent one may only wait to be read
        others = [each for each in idle if each.cycle is not None and not each.is_half_sent]
        many = len(half_sent) + len(silent) > limit * UNFINISHED_SHARE
        candidates = unfinished if many or not others else others
        min(candidates, key=lambda each: each.idle_since).transport.abort()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self.is_half_sent = self.conn.their_state is h11.IDLE
        if self.is_half_sent:  # part of the headers of the next request
            self._start_timer(HEADER_SECONDS)
        elif not self._is_answered_early():
            self._cancel_timer()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self.idle_since = time.monotonic()
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
