"""Slow clients, and too many connections."""

import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from polymuse.settings import load_settings
from search_api import connections
from search_api.app import create_app
from search_api.middleware import limits
from search_api.serve import guarded_server, listen


@contextmanager
def listening(home: Path, **settings: Any) -> Iterator[int]:
    """The port of a real server whose service has not started."""
    server = guarded_server(create_app(load_settings(home=home, **settings)))
    with listen("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[1]
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
    def test_headers_that_do_not_arrive(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(connections, "HEADER_SECONDS", 0.3)
        with listening(tmp_path) as port:
            assert answer_to(port) == b""
            assert answer_to(port, b"GET /healthz HT") == b""
            trickle = [b"GET /healthz HTTP/1.1\r\n", *[b"X-A: b\r\n"] * 20]
            assert answer_to(port, *trickle, pause=0.05) == b""

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


HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


def opened(stack: ExitStack, port: int, said: bytes = b"", source: str = "127.0.0.1") -> socket.socket:
    """A connection of a client that has sent this, and nothing has come back if that is no request."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=60, source_address=(source, 0))
    stack.enter_context(connection)
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

    def test_idle_connections_give_way_the_oldest_first(self, tmp_path: Path) -> None:
        with listening(tmp_path) as port, ExitStack() as stack:
            first, *others = [opened(stack, port, HEALTH) for _ in range(5)]
            assert first.recv(1) == b""
            for each in others:
                each.sendall(HEALTH)
                check_healthy(each)
