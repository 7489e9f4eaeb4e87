"""Requests that are refused for their form."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from polymuse.settings import load_settings
from search_api.app import create_app
from search_api.middleware.framing import MAX_HEADERS
from tests.search_api.test_connections import answer_to, listening

HOST = b"Host: localhost\r\n"
NEXT = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with listening(tmp_path_factory.mktemp("home")) as port:
        yield port


def refusal(port: int, request: bytes) -> str:
    """Why a request is refused; it is the last one of its connection."""
    head, _, body = answer_to(port, request + NEXT).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    for line in (b"connection: close", b"cache-control: no-store", b"x-content-type-options: nosniff"):
        assert line in head.lower().split(b"\r\n")
    problem = json.loads(body)  # and nothing after it
    assert problem["type"] == "urn:poly-muse:error:bad-request"
    return problem["detail"]


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    """Through no server: one that closes while a client still sends may lose its answer."""
    return TestClient(create_app(load_settings(home=tmp_path)), base_url="http://127.0.0.1")


@pytest.mark.parametrize("size", [MAX_HEADERS, 70_000])
def test_long_headers_and_addresses(client: TestClient, size: int) -> None:
    long = "x" * size
    many = {f"X-{number}": "y" for number in range(size // 8)}
    for path, headers in (
        ("/healthz", {"X-Long": long}),
        ("/healthz", {long: "x"}),
        ("/healthz", many),
        (f"/{long[:60_000]}", {}),  # as much as the client sends
        (f"/healthz?q={long[:60_000]}", {}),
    ):
        answer = client.get(path, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (400, "urn:poly-muse:error:bad-request")
        assert f"more than {MAX_HEADERS} bytes" in answer.json()["detail"]
        assert answer.headers["connection"] == "close"


def test_headers_of_the_usual_length(port: int) -> None:
    headers = HOST + b"X-Long: %s\r\nConnection: close\r\n" % (b"x" * (MAX_HEADERS - 1000))
    assert answer_to(port, b"GET /healthz HTTP/1.1\r\n" + headers + b"\r\n").startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("headers", [b"", b"Host: localhost\r\nHost: evil.example\r\n"])
def test_the_host_is_named_once(port: int, headers: bytes) -> None:
    assert refusal(port, b"GET /healthz HTTP/1.1\r\n%s\r\n" % headers) == "A request needs the header Host once"


@pytest.mark.parametrize("line", [b"nonsense", b"GET /a b HTTP/1.1", b"GET / HTTP/1.1\r\nno colon"])
def test_what_is_not_http(port: int, line: bytes) -> None:
    assert refusal(port, line + b"\r\n" + HOST + b"\r\n") == "This is not a valid HTTP request"


@pytest.mark.parametrize(
    "lengths",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"transfer-encoding: Chunked\r\ncontent-length: 0\r\n",
    ],
)
@pytest.mark.parametrize("path", [b"/healthz", b"/v1/search", b"/v1/session"])
def test_a_body_has_one_length(port: int, path: bytes, lengths: bytes) -> None:
    """The request after it is not answered: it may be a part of the body for a proxy."""
    request = b"POST %s HTTP/1.1\r\n%s%s\r\n0\r\n\r\n" % (path, HOST, lengths)
    assert "both Content-Length and Transfer-Encoding" in refusal(port, request)


@pytest.mark.parametrize(
    "line", [b"GET http://localhost/healthz", b"GET http://evil.example/", b"OPTIONS *", b"CONNECT localhost:443"]
)
def test_a_target_is_a_path(port: int, line: bytes) -> None:
    assert "not a path" in refusal(port, line + b" HTTP/1.1\r\n" + HOST + b"\r\n")
