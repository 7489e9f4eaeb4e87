"""Requests without a key cost nothing: their bodies are neither awaited nor parsed, and they take no places."""

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from search_api.middleware.admission import needs_key
from tests.search_api.test_connections import listening

KEY = "a-key-of-the-tests-" + "x" * 20
HEAD = "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n{more}\r\n"


@contextlib.contextmanager
def slow_posts(
    port: int, number: int, path: str, more: str = "", source: str = "127.0.0.1"
) -> Iterator[list[socket.socket]]:
    """Connections that have sent the first byte of a body."""
    with contextlib.ExitStack() as stack:
        opened = []
        for _ in range(number):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
            client.sendall(HEAD.format(path=path, more=more).encode() + b"{")
            opened.append(client)
        yield opened


def status_of(client: socket.socket) -> bytes:
    return client.recv(12)


def test_requests_without_a_key_are_answered_before_their_bodies_arrive(tmp_path: Path) -> None:
    with (
        listening(tmp_path, api_key=KEY, max_requests=2) as port,
        slow_posts(port, 8, "/v1/search") as slow,
        slow_posts(port, 8, "/v1/search/audio") as uploads,
    ):
        assert {status_of(each) for each in (*slow, *uploads)} == {b"HTTP/1.1 401"}
        answer = httpx.get(f"http://127.0.0.1:{port}/v1/stats", headers={"X-API-Key": KEY}, timeout=60)
        assert answer.status_code == 503  # the library is not open; 429 would be a place that was taken


def test_slow_sign_ins_displace_each_other_only(tmp_path: Path) -> None:
    with listening(tmp_path, api_key=KEY, max_requests=4) as port:
        url = f"http://127.0.0.1:{port}/v1"
        with slow_posts(port, 200, "/v1/session") as slow:
            assert httpx.get(f"{url}/stats", headers={"X-API-Key": KEY}, timeout=60).status_code == 503
            assert httpx.post(f"{url}/session", json={"key": KEY}, timeout=60).status_code == 200
            assert status_of(slow[0]) == b"HTTP/1.1 408"


def test_slow_bodies_of_clients_with_keys_take_no_places(tmp_path: Path) -> None:
    with listening(tmp_path, api_key=KEY, max_requests=4) as port:
        url = f"http://127.0.0.1:{port}/v1"
        with slow_posts(port, 100, "/v1/search", f"X-API-Key: {KEY}\r\n"):
            answer = httpx.post(f"{url}/search", json={"texts": ["piano"]}, headers={"X-API-Key": KEY}, timeout=60)
            assert answer.status_code == 503


def test_without_keys_slow_bodies_take_no_places_either(tmp_path: Path) -> None:
    with listening(tmp_path, max_requests=4) as port, slow_posts(port, 200, "/v1/search") as slow:
        answer = httpx.post(f"http://127.0.0.1:{port}/v1/search", json={"texts": ["piano"]}, timeout=60)
        assert answer.status_code == 503
        assert status_of(slow[0]) == b"HTTP/1.1 408"


@pytest.mark.parametrize(
    ("path", "needed"),
    [
        ("/v1/search", True),
        ("/v1/session", False),
        ("/v1/session/", True),
        ("/v1/session/link", True),
        ("/v1", True),
        ("/metrics", True),
        ("/", False),
        ("/healthz", False),
    ],
)
def test_only_signing_in_needs_no_key_below_v1(path: str, *, needed: bool) -> None:
    assert needs_key(path) is needed
