"""Limits on connections: slow clients, and too many of them."""

import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from http import HTTPStatus

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from search_api.clients import network_of
from search_api.middleware.framing import MAX_HEADERS
from search_api.open_files import max_connections
from search_api.problems import MEDIA_TYPE, PROTECTION, TYPE_PREFIX

HEADER_SECONDS = 10.0  # to receive the headers of a request
LINGER_SECONDS = 2.0  # for a client to notice an early response; uvicorn would keep reading its body
SPREAD_SECONDS = 4.0  # at most so much later, so that those who are cut off do not come again all at once
STALL_SECONDS = 30.0  # in which a client must read at least a part of what is sent to it
UNFINISHED_SHARE = 0.25  # of the connections, for those that have not sent a whole request yet
ROOM_SHARE = 16  # a part of the connections as small as this makes room at once: it takes a look at all of them


class GuardedProtocol(H11Protocol):
    """Uvicorn's HTTP/1.1 protocol with timeouts for clients that do not send or read, and a connection limit.

    Uvicorn waits for such clients forever. Beyond the limit, connections that wait for their client make room for the
    new one: those of the client with the most connections, and of these the ones that have waited longest.
    """

    network = ""  # of the client
    is_half_sent = False  # whether only a part of the headers of a request has come
    waits_since = 0.0  # seconds, of a monotonic clock
    _deadline: asyncio.TimerHandle | None = None  # for the client to send
    _stalled: asyncio.TimerHandle | None = None  # for the client to read
    _unread = 0  # bytes that wait for the client to read when `_stalled` was set

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        transport.set_write_buffer_limits(0)  # or writing would not pause for the end of a response
        self.network = network_of(self.client[0] if self.client else "")
        self.waits_since = time.monotonic()
        self._start_timer(HEADER_SECONDS)
        if len(self.connections) > max_connections():
            self._make_room()

    @property
    def is_silent(self) -> bool:
        """Whether nothing has come yet."""
        return self.cycle is None and not self.is_half_sent

    @property
    def is_waiting(self) -> bool:
        """Whether the client has to do something: send a request, or read a response."""
        return self.flow.write_paused or self.cycle is None or self.cycle.response_complete

    def _make_room(self) -> None:
        limit = max_connections()
        own = [each for each in self.connections if isinstance(each, GuardedProtocol)]
        living = [each for each in own if each.flow.write_paused or not each.transport.is_closing()]
        if len(living) <= limit:
            return
        count = Counter(each.network for each in living)
        waiting = [each for each in living if each.is_waiting]
        most = max((each.network for each in waiting), key=lambda network: count[network])
        candidates = _first_to_go([each for each in waiting if each.network == most], limit)
        for each in candidates[: max(1, min(limit // ROOM_SHARE, len(candidates) // 2))]:
            each.abort()

    def abort(self) -> None:
        """Close the connection without waiting for the client."""
        self.connections.discard(self)  # it is lost a little later only
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self.is_half_sent = self.conn.their_state is h11.IDLE
        if self.is_half_sent:  # part of the headers of the next request
            self._start_timer(HEADER_SECONDS)
        elif not self.is_answered_early():
            self._cancel_timer()

    def pause_writing(self) -> None:
        super().pause_writing()
        self.waits_since = time.monotonic()
        self._unread = self.transport.get_write_buffer_size()
        self._stalled = self.loop.call_later(STALL_SECONDS, self._check_reading)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._cancel_stalled()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self.waits_since = time.monotonic()
        if self.is_answered_early():
            self._start_timer(LINGER_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_timer()
        self._cancel_stalled()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  it never says why
        """Send a problem document: the request does not reach the application."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):  # in the middle of a response
            self.transport.close()
            return
        problem = {
            "type": TYPE_PREFIX + "bad-request",
            "title": "Bad request",
            "status": 400,
            "detail": _reason(sys.exception()),
            "advice": "",
        }
        headers = [(b"content-type", MEDIA_TYPE.encode()), (b"connection", b"close"), (b"cache-control", b"no-store")]
        headers += [(name.lower().encode(), value.encode()) for name, value in PROTECTION.items()]
        body = json.dumps(problem).encode()
        for event in (
            h11.Response(status_code=400, headers=headers, reason=b"Bad Request"),
            h11.Data(data=body),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        if self.cycle is not None:  # of a request whose body breaks off: its answer cannot be sent any more
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()

    def is_answered_early(self) -> bool:
        """Whether the client is still sending a body that already has its response, for example 413."""
        return self.conn.their_state is h11.SEND_BODY and self.cycle is not None and self.cycle.response_complete

    def _start_timer(self, seconds: float) -> None:
        if self._deadline is None:
            later = SPREAD_SECONDS * random.random()  # noqa: S311
            self._deadline = self.loop.call_later(seconds + later, self._time_out)

    def _cancel_timer(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _time_out(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()

    def _check_reading(self) -> None:
        unread = self.transport.get_write_buffer_size()
        if unread >= self._unread:
            self.abort()
            return
        self._unread = unread
        self._stalled = self.loop.call_later(STALL_SECONDS, self._check_reading)

    def _cancel_stalled(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None


def _reason(error: BaseException | None) -> str:
    """Why h11 has refused a request, without the bytes of it that h11 quotes."""
    if (
        isinstance(error, h11.RemoteProtocolError)
        and error.error_status_hint == HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    ):
        return f"The address and the headers of the request have more than {MAX_HEADERS} bytes"
    if str(error).endswith(("Missing mandatory Host: header", "Found multiple Host: headers")):
        return "A request needs the header Host once"
    return "This is not a valid HTTP request"


def _first_to_go(waiting: Sequence[GuardedProtocol], limit: int) -> list[GuardedProtocol]:
    """Connections of one client in the order in which they make room.

    First those that have their answer and still send; then, if there are many, those without a whole request, or else
    those that do not read or send no further request.
    """
    answered, half_sent, silent, others = [], [], [], []
    for each in sorted(waiting, key=lambda each: each.waits_since):
        if each.is_half_sent:
            half_sent.append(each)
        elif each.is_silent:
            silent.append(each)
        elif each.is_answered_early() and not each.flow.write_paused:
            answered.append(each)
        else:
            others.append(each)
    many = len(half_sent) + len(silent) > limit * UNFINISHED_SHARE
    # Those that are silent come last: their bytes may only wait to be read.
    return [*answered, *half_sent, *silent] if many or not others else [*answered, *others]
