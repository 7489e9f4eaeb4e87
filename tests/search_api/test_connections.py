"""Slow clients, and too many connections."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from polymuse.settings import load_settings
from search_api import connections
from search_api.app import create_app
from search_api.middleware import limits
from search_api.serve import guarded_server, listen


@contextmanager
def listening(home: Path) -> Iterator[int]:
    """The port of a real server whose service has not started."""
    server = guarded_server(create_app(load_settings(home=home)))
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


def test_connections_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 2)
    with listening(tmp_path) as port, ExitStack() as stack:
        for _ in range(2):
            open_one = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
            open_one.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert open_one.recv(12) == b"HTTP/1.1 200"
        assert answer_to(port, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n") == b""
