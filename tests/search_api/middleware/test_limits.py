"""How much one request may take: places, time, bytes, connections."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from polymuse.settings import load_settings
from search_api import connections
from search_api.app import create_app
from search_api.middleware import limits
from search_api.middleware.limits import Allowance
from search_api.serve import guarded_server, listen
from tests.search_api.test_problems import check_problem


class Gate:
    """A route that answers when it is told to."""

    def __init__(self, home: Path, **flags: object) -> None:
        self.app: FastAPI = create_app(load_settings(home=home, **flags))
        self.entered = threading.Semaphore(0)
        self.open = threading.Event()
        self.app.add_api_route("/gate", self._wait)

    def _wait(self) -> str:
        self.entered.release()
        assert self.open.wait(60)
        return "through"


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    gate = Gate(tmp_path, max_requests=2)
    yield gate
    gate.open.set()


class Asking(threading.Thread):
    """A request from another thread."""

    def __init__(self, client: TestClient, path: str) -> None:
        super().__init__()
        self._client, self._path = client, path
        self.response: httpx2.Response
        self.start()

    def run(self) -> None:
        self.response = self._client.get(self._path)


def test_more_than_the_places_are_turned_away(gate: Gate) -> None:
    with TestClient(gate.app, base_url="http://127.0.0.1") as client:  # one event loop for all requests
        first = [Asking(client, "/gate") for _ in range(2)]
        for _ in first:
            assert gate.entered.acquire(timeout=60)
        refused = client.get("/gate")
        check_problem(refused, 429, "busy")
        assert refused.headers["retry-after"] == "1"
        assert client.get("/healthz").status_code == 200  # those who watch the service get through
        assert client.get("/metrics").status_code == 200
        gate.open.set()
        for each in first:
            each.join()
            assert each.response.json() == "through"
        assert client.get("/gate").status_code == 200


def test_a_request_over_its_time_is_answered_and_keeps_its_place(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "Allowance", lambda: Allowance(seconds=0.05))
    with TestClient(gate.app, base_url="http://127.0.0.1") as client:
        late = client.get("/gate")
        check_problem(late, 503, "timeout")
        assert late.headers["retry-after"] == "5"
        check_problem(client.get("/gate"), 503, "timeout")
        check_problem(client.get("/gate"), 429, "busy")  # both threads are still at work
        gate.open.set()
        while client.get("/gate").status_code == 429:
            time.sleep(0.01)


@contextmanager
def listening(home: Path) -> Iterator[int]:
    """The port of a real server over a service that has not started."""
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
    """All that the server says to these bytes until it closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        for part in parts:
            with suppress(ConnectionError):  # it may have closed already
                connection.sendall(part)
            time.sleep(pause)
        said = b""
        with suppress(ConnectionError):
            while more := connection.recv(65_536):
                said += more
        return said


class TestSlowClients:
    def test_headers_that_do_not_come(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(connections, "HEADER_SECONDS", 0.3)
        with listening(tmp_path) as port:
            assert answer_to(port) == b""
            assert answer_to(port, b"GET /healthz HT") == b""
            trickle = [b"GET /healthz HTTP/1.1\r\n", *[b"X-A: b\r\n"] * 20]
            assert answer_to(port, *trickle, pause=0.05) == b""

    def test_a_second_request_that_does_not_come(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(connections, "HEADER_SECONDS", 3)  # the first one has to be there by then
        with listening(tmp_path) as port:
            said = answer_to(port, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", b"GET /he", pause=0.2)
            assert said.count(b"HTTP/1.1 200") == 1

    def test_a_body_that_does_not_come(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
