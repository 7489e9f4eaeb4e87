"""Asks other servers over HTTP, bounded in time and memory. What they answer may be anything."""

import contextlib
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx

from polymuse import __version__
from polymuse.errors import UnavailableError
from polymuse.parse_json import parse_json
from polymuse.text import for_agent

SECONDS = 30.0  # for an answer, all included
CONNECT_SECONDS = 10.0
MAX_ANSWER = 10 << 20  # bytes
MAX_SHOWN = 200  # characters of what a server says
MIN_HIDDEN = 4  # characters of a secret; shorter ones are in every text

Fields = Sequence[tuple[str, str]]


class PlayerError(UnavailableError):
    """A server does not do what it is asked. `status`: of HTTP, 0 without one; `code`: the server's own."""

    def __init__(self, message: str, advice: str = "", *, status: int = 0, code: int = 0) -> None:
        super().__init__(message, advice)
        self.status = status
        self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.message, self.advice, self.status, self.code)


def _restored(message: str, advice: str, status: int, code: int) -> PlayerError:
    return PlayerError(message, advice, status=status, code=code)


class Client:
    """One server. Redirects are never followed, so that secrets go nowhere else; certificates are verified."""

    def __init__(
        self, name: str, url: str, headers: Mapping[str, str], secrets: Sequence[str] = (), seconds: float = SECONDS
    ) -> None:
        """`name`: as the user calls the server; `secrets`: never shown, whatever the server says."""
        self.name = name
        self.url = url.rstrip("/")
        self._secrets = sorted((each for each in secrets if len(each) >= MIN_HIDDEN), key=len, reverse=True)
        self._seconds = seconds
        self._headers = {"Accept": "application/json", "Accept-Encoding": "identity"} | dict(headers)
        self._headers["User-Agent"] = f"poly-muse/{__version__}"
        self._client = self._new_client()

    def __repr__(self) -> str:
        return f"Client({self.name!r}, {self.url!r})"

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _new_client(self) -> httpx.Client:
        verify = httpx.create_ssl_context() if self.url.startswith("https") else True  # SSL_CERT_FILE names others
        timeout = httpx.Timeout(self._seconds, connect=min(self._seconds, CONNECT_SECONDS))
        return httpx.Client(verify=verify, timeout=timeout, follow_redirects=False, trust_env=False)

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Fields = (),
        form: Fields | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The JSON that a server answers to a form, a JSON body or neither; None for an empty answer.

        Raises PlayerError, with advice.
        """
        content, kind = None, {}
        if form is not None:
            content, kind = str(httpx.QueryParams(list(form))), {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            request = self._client.build_request(
                method,
                self.url + path,
                params=list(query) or None,
                content=content,
                json=body,
                headers=self._headers | kind | dict(headers or {}),
            )
            status, answer = self._send(request)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, RuntimeError, UnicodeError) as error:
            raise self._unreachable(error) from None
        if not answer.strip():
            return None
        try:
            return parse_json(answer)
        except ValueError:
            start = self.shown(answer[:MAX_SHOWN].decode("utf-8", "replace"), 60)
            raise PlayerError(
                f"{self.name} answers something that is not JSON ({start})",
                "Look whether `url` and `kind` are those of the server, and not of a page in front of it",
                status=status,
            ) from None

    def shown(self, text: object, most: int = MAX_SHOWN) -> str:
        """What a server says, as one clean short line without secrets."""
        words = str(text)[: 10 * MAX_SHOWN]
        for secret in self._secrets:
            words = words.replace(secret, "…")
        return for_agent(words, most)

    def _send(self, request: httpx.Request) -> tuple[int, bytes]:
        """Status and body. The timer ends what trickles: time-outs of sockets only count between bytes."""
        ends = time.monotonic() + self._seconds
        client = self._client
        opened: list[httpx.Response] = []
        expired = threading.Event()

        def end() -> None:
            expired.set()
            with contextlib.suppress(Exception):  # it may be closing already
                for each in opened:
                    each.extensions["network_stream"].get_extra_info("socket").shutdown(socket.SHUT_RDWR)
                client.close()

        timer = threading.Timer(self._seconds, end)
        timer.daemon = True
        timer.start()
        try:
            response = client.send(request, stream=True)
            opened.append(response)
            self._check(response)
            return response.status_code, self._body(response, ends)
        except (httpx.HTTPError, httpx.StreamError, OSError, RuntimeError):
            if expired.is_set():
                raise self._slow() from None
            raise
        finally:
            timer.cancel()
            for each in opened:
                with contextlib.suppress(httpx.HTTPError, OSError, RuntimeError):
                    each.close()
            if expired.is_set():
                client.close()
                self._client = self._new_client()

    def _body(self, response: httpx.Response, ends: float) -> bytes:
        if response.headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
            raise PlayerError(f"{self.name} compresses its answers unasked", "Look at the proxy in front of it")
        body = bytearray()
        for chunk in response.iter_raw(1 << 16):
            body += chunk
            if len(body) > MAX_ANSWER:
                size = MAX_ANSWER >> 20
                raise PlayerError(
                    f"{self.name} answers with more than {size} MB", "Look whether `url` is that of the server"
                )
            if time.monotonic() > ends:
                raise self._slow()
        return bytes(body)

    def _check(self, response: httpx.Response) -> None:
        """Raises PlayerError for an answer that is none."""
        status = response.status_code
        if response.is_redirect or 300 <= status < 400:
            raise PlayerError(
                f"{self.name} redirects to {self._place(response.headers.get('Location', ''))}, which is not followed",
                "If that is the server, set its address as `url`",
                status=status,
            )
        if status in (401, 403):
            raise PlayerError(
                f"{self.name} refuses the user or the secret (HTTP {status})",
                "Look at `user`, and at the secret: a password, a key or a token, as docs/players.md says",
                status=status,
            )
        if status == 404:
            raise PlayerError(
                f"{self.name} has nothing there (HTTP 404)",
                "Look whether `url` and `kind` are those of the server",
                status=status,
            )
        if status == 429 or status >= 500:
            raise PlayerError(f"{self.name} fails (HTTP {status})", "Try again later, or see its log", status=status)
        if not response.is_success:
            raise PlayerError(
                f"{self.name} refuses the request (HTTP {status})",
                "Look whether `kind` is that of the server",
                status=status,
            )

    def _place(self, location: str) -> str:
        """Where a redirect leads, without what may be secret."""
        try:
            parts = urlsplit(location)
            place = f"{parts.scheme}://{parts.hostname}:{parts.port}" if parts.port else ""
            place = place or (f"{parts.scheme}://{parts.hostname}" if parts.hostname else "")
        except ValueError:
            return "another place"
        return self.shown(place + parts.path, 100) or "another place"

    def _slow(self) -> PlayerError:
        return PlayerError(
            f"{self.name} does not answer within {self._seconds:g} seconds", "Try again when it is less busy"
        )

    def _unreachable(self, error: Exception) -> PlayerError:
        if isinstance(error, httpx.TimeoutException) and not isinstance(error, httpx.ConnectTimeout):
            return self._slow()
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.InvalidURL | httpx.UnsupportedProtocol):
            reason = self.shown(error, 100) or "no answer"
            return PlayerError(
                f"{self.name} cannot be reached at {self.url}: {reason}", "Look whether it runs, and at its `url`"
            )
        reason = self.shown(error, 100) or type(error).__name__
        return PlayerError(f"{self.name} breaks the connection off: {reason}", "Look whether `url` is that of a server")
