"""Slow clients, and too many connections."""

import logging
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from polymuse.settings import load_settings
from search_api import connections
from search_api.app import create_app
from search_api.middleware import limits
from search_api.serve import guarded_server, listen


@contextmanager
def listening(home: Path, **settings: Any) -> Iterator[int]:
    """The port of a real server whose service has not started."""
    with running(home, **settings) as (_, port):
        yield port


@contextmanager
def running(home: Path, **settings: Any) -> Iterator[tuple[uvicorn.Server, int]]:
    """A real server whose service has not started, and its port."""
    server = guarded_server(create_app(load_settings(home=home, **settings)))
    with listen("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield server, listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def answer_to(port: int, *parts: bytes, pause: float = 0.0) -> bytes:
    """Everything that the server sends in reply to these bytes until it closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        for part in parts:
            with suppress(ConnectionError):  # it may be closed already
                connection.sendall(part)
            time.sleep(pause)
        said = b""
        with suppress(ConnectionError):
            while more := connection.recv(65_536):
                said += more
        return said


class TestSlowClients:
    @pytest.fixture(autouse=True)
    def _at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(connections, "SPREAD_SECONDS", 0.0)

    def test_headers_that_do_not_arrive(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(connections, "HEADER_SECONDS", 0.3)
        with listening(tmp_path) as port:
            assert answer_to(port) == b""
            assert answer_to(port, b"GET /healthz HT") == b""
            trickle = [b"GET /healthz HTTP/1.1\r\n", *[b"X-A: b\r\n"] * 20]
            assert answer_to(port, *trickle, pause=0.05) == b""

    @pytest.mark.slow
    def test_a_second_request_that_does_not_arrive(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(connections, "HEADER_SECONDS", 3)  # the first one must have arrived by then
        with listening(tmp_path) as port:
            said = answer_to(port, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", b"GET /he", pause=0.2)
            assert said.count(b"HTTP/1.1 200") == 1

    def test_a_body_that_does_not_arrive(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(limits, "BODY_SECONDS", 0.3)
        head = b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        with listening(tmp_path) as port:
            said = answer_to(port, head + b"Content-Length: 100\r\n\r\n", b"{")
            assert b" 408 " in said
            assert b"urn:poly-muse:error:slow-request" in said


@pytest.mark.parametrize(
    "chunks", [b"nonsense\r\n", b"1\r\n{\r\n-1\r\n", b"0x1\r\n{\r\n", b"1\r\n{\r\n0\r\nno colon\r\n\r\n"]
)
def test_a_body_that_goes_wrong_is_answered_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, chunks: bytes
) -> None:
    head = b"POST /v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with listening(tmp_path, api_key="k" * 32) as port:
        said = answer_to(port, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
    assert said.startswith(b"HTTP/1.1 400")
    assert said.count(b"HTTP/1.1") == 1
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


UNREAD = b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100  # 150 MB of answers
PARTS = b"GET /web/x/app.js HTTP/1.1\r\nHost: localhost\r\n\r\n" * 5000  # without a limit in the application


class TestClientsThatDoNotRead:
    @pytest.mark.parametrize("requests", [UNREAD, PARTS], ids=["long", "many"])
    def test_they_are_cut_off(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, requests: bytes) -> None:
        monkeypatch.setattr(connections, "STALL_SECONDS", 0.3)
        with running(tmp_path) as (server, port), ExitStack() as stack:
            for _ in range(3):
                opened(stack, port, requests, receive=2048)
            await_true(lambda: len(server.server_state.connections) == 3)
            await_true(lambda: not server.server_state.connections)

    def test_the_last_bytes_of_a_closed_connection_do_not_wait_for_ever(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(connections, "STALL_SECONDS", 0.3)
        closing = UNREAD[: len(UNREAD) // 10].removesuffix(b"\r\n") + b"Connection: close\r\n\r\n"  # 15 MB
        with running(tmp_path) as (server, port), ExitStack() as stack:
            opened(stack, port, closing, receive=2048)
            await_true(lambda: server.server_state.connections)
            await_true(lambda: not server.server_state.connections)


def await_true(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


def opened(
    stack: ExitStack, port: int, said: bytes = b"", source: str = "127.0.0.1", receive: int = 0
) -> socket.socket:
    """A connection of a client that has sent this, and nothing has come back if that is no request."""
    connection = stack.enter_context(socket.socket())
    connection.settimeout(60)
    if receive:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
    connection.bind((source, 0))
    connection.connect(("127.0.0.1", port))
    connection.sendall(said)
    if said == HEALTH:
        check_healthy(connection)
    return connection


def check_healthy(connection: socket.socket) -> None:
    """Read the whole answer."""
    said = b""
    while not said.endswith(b"}"):
        more = connection.recv(65_536)
        assert more, "the connection was closed"
        said += more
    assert said.startswith(b"HTTP/1.1 200")


class TestTooManyConnections:
    """The limit is 4."""

    @pytest.fixture(autouse=True)
    def _limit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(connections, "max_connections", lambda: 4)

    def test_half_sent_headers_give_way(self, tmp_path: Path) -> None:
        with listening(tmp_path) as port, ExitStack() as stack:
            served = opened(stack, port, HEALTH)
            for _ in range(40):
                opened(stack, port, b"GET /healthz HT")
            assert opened(stack, port, HEALTH)
            served.sendall(HEALTH)
            check_healthy(served)  # it was not the one to go

    @pytest.mark.skipif(sys.platform != "linux", reason="other systems have one loopback address")
    def test_the_client_with_the_most_connections_gives_way(self, tmp_path: Path) -> None:
        with listening(tmp_path) as port, ExitStack() as stack:
            waiting = opened(stack, port, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n")
            for _ in range(40):
                opened(stack, port, HEALTH, "127.0.0.2")
            waiting.sendall(b"\r\n")
            check_healthy(waiting)

    def test_clients_that_do_not_read_give_way(self, tmp_path: Path) -> None:
        with running(tmp_path) as (server, port), ExitStack() as stack:
            for _ in range(4):
                opened(stack, port, PARTS, receive=2048)
            await_true(lambda: sum(each.flow.write_paused for each in server.server_state.connections) == 4)  # type: ignore[union-attr]
            opened(stack, port, HEALTH)

    def test_idle_connections_give_way_the_oldest_first(self, tmp_path: Path) -> None:
        with listening(tmp_path) as port, ExitStack() as stack:
            first, *others = [opened(stack, port, HEALTH) for _ in range(5)]
            assert first.recv(1) == b""
            for each in others:
                each.sendall(HEALTH)
                check_healthy(each)
