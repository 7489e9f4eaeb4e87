"""Requests that are refused for their form, sent to a real server."""

import json
from collections.abc import Iterator

import pytest

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


@pytest.mark.parametrize("size", [MAX_HEADERS, 70_000, 1_000_000])
@pytest.mark.parametrize(
    "request_line",
    [
        b"GET /healthz HTTP/1.1\r\n%sX-Long: %s\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n%s%s: x\r\n\r\n",
    ],
)
def test_long_headers(port: int, request_line: bytes, size: int) -> None:
    assert f"more than {MAX_HEADERS} bytes" in refusal(port, request_line % (HOST, b"x" * size))


def test_long_addresses_and_many_headers(port: int) -> None:
    for path in (b"/" + b"x" * MAX_HEADERS, b"/healthz?q=" + b"x" * MAX_HEADERS):
        assert f"more than {MAX_HEADERS} bytes" in refusal(port, b"GET %s HTTP/1.1\r\n%s\r\n" % (path, HOST))
    many = b"".join(b"X-%d: y\r\n" % number for number in range(2000))
    assert f"more than {MAX_HEADERS} bytes" in refusal(port, b"GET /healthz HTTP/1.1\r\n%s%s\r\n" % (HOST, many))


def test_headers_of_the_usual_length(port: int) -> None:
    long = b"X-Long: %s\r\n" % (b"x" * (MAX_HEADERS - 1000))
    assert answer_to(port, b"GET /healthz HTTP/1.1\r\n" + HOST + long + b"Connection: close\r\n\r\n").startswith(
        b"HTTP/1.1 200 "
    )


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
