"""Servers that answer anything, or nothing."""

import contextlib
import pickle
import time
from collections.abc import Callable

import pytest

from players.http import MAX_ANSWER, Client, PlayerError
from tests.helpers.file_server import FileHandler, FileServer, running, status

SECRET = "open-sesame-4711"


def client(server: FileServer, seconds: float = 30) -> Client:
    return Client("nas", server.url, {"X-Token": SECRET}, (SECRET,), seconds)


def trickle(handler: FileHandler) -> None:
    """A byte of a header now and then."""
    with contextlib.suppress(OSError):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        for _ in range(200):
            handler.wfile.write(b"a")
            time.sleep(0.05)


def without_end(handler: FileHandler) -> None:
    """More than the client reads, without a length."""
    with contextlib.suppress(OSError):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(MAX_ANSWER // (1 << 20) + 20):
            handler.wfile.write(b" " * (1 << 20))


def body(content: bytes, code: int = 200, **headers: str) -> Callable[[FileHandler], None]:
    return lambda handler: handler.answer(code, {key.replace("_", "-"): text for key, text in headers.items()}, content)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (status(401), "refuses the user or the secret"),
        (body(SECRET.encode() + b" <html>"), "not JSON \\(… <html>\\)"),
        (body(b"\x00\xff\x1b[2J"), "not JSON"),
        (body(b"[" * 100_000), "not JSON"),
        (status(302, Location=f"https://evil.example/x?key={SECRET}"), "redirects to https://evil.example/x, which"),
        (status(301, Location=f"/{SECRET}/"), "redirects to /…/"),
        (status(404), "nothing there"),
        (status(503), "fails \\(HTTP 503\\)"),
        (status(418), "refuses the request"),
        (body(b"\x1f\x8b", Content_Encoding="gzip"), "compresses"),
        (without_end, "more than 10 MB"),
        (lambda handler: handler.wfile.write(b"no HTTP\r\n\r\n"), "breaks the connection off"),
    ],
)
def test_each_wrong_answer_is_one_line_without_the_secret(answer: Callable, message: str) -> None:
    with running() as server:
        server.script = [answer]
        asked = client(server)
        with pytest.raises(PlayerError, match=message) as caught:
            asked.ask("GET", "/x")
        asked.close()
    said = str(caught.value)
    assert "\n" not in said
    assert "\x1b" not in said
    assert SECRET not in said + repr(asked) + repr(caught.value)
    assert caught.value.advice
    assert len(server.requests) == 1  # a redirect is not followed


def test_what_trickles_ends_and_the_client_goes_on() -> None:
    with running() as server:
        server.script = [trickle, body(b'{"a": 1}')]
        asked = client(server, seconds=0.3)
        with pytest.raises(PlayerError, match=r"within 0\.3 seconds"):
            asked.ask("GET", "/x")
        asked = client(server)
        assert asked.ask("GET", "/x") == {"a": 1}
        asked.close()


def test_nobody_there() -> None:
    with running() as server:
        pass
    with pytest.raises(PlayerError, match="cannot be reached at http://127"):
        client(server).ask("GET", "/x")


def test_an_error_survives_pickling() -> None:
    error = pickle.loads(pickle.dumps(PlayerError("m", "a", status=404, code=70)))
    assert (str(error), error.status, error.code) == ("m. a", 404, 70)
