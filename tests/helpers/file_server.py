"""An HTTP server on the loopback interface that hands out files, with ranges, and misbehaves when told to."""

import hashlib
import http.server
import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message


@dataclass(frozen=True, slots=True)
class Request:
    path: str
    headers: Message


class FileServer(http.server.ThreadingHTTPServer):
    """Serves `files`; the next answers come from `script` as long as it lasts."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), FileHandler)
        self.files: dict[str, bytes] = {}  # path -> content
        self.script: list[Callable[[FileHandler], None]] = []
        self.requests: list[Request] = []
        self.ranges = True
        self.etags = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):  # clients hang up
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    def ranges_asked(self) -> list[str | None]:
        return [request.headers["Range"] for request in self.requests]


@contextmanager
def running() -> Iterator[FileServer]:
    server = FileServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


class FileHandler(http.server.BaseHTTPRequestHandler):
    server: FileServer  # type: ignore[assignment]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is the base class's
        pass

    def do_GET(self) -> None:
        self.server.requests.append(Request(self.path, self.headers))
        if self.server.script:
            self.server.script.pop(0)(self)
        else:
            self.serve()

    def serve(self, cut: int | None = None) -> None:
        """The file as RFC 9110 has it; of the body no more than `cut` bytes, then the connection closes."""
        content = self.server.files.get(self.path)
        if content is None:
            self.answer(404)
            return
        etag = f'"{hashlib.md5(content).hexdigest()}"'
        headers = {"ETag": etag} if self.server.etags else {}
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers["Range"] or "")
        if asked and self.server.ranges and self.headers.get("If-Range", etag) == etag:
            start = int(asked[1])
            if start >= len(content):
                self.answer(416, {"Content-Range": f"bytes */{len(content)}"})
                return
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            self.answer(206, headers, content[start:], cut)
        else:
            self.answer(200, headers, content, cut)

    def answer_size(self, size: int) -> None:
        """Only the head of an answer that announces so many bytes."""
        self.send_response(200)
        self.send_header("Content-Length", str(size))
        self.end_headers()

    def answer(
        self, status: int, headers: Mapping[str, str] | None = None, body: bytes = b"", cut: int | None = None
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:cut])


def status(code: int, **headers: str) -> Callable[[FileHandler], None]:
    """An answer without a file."""
    return lambda handler: handler.answer(code, {name.replace("_", "-"): value for name, value in headers.items()})


def cut_after(size: int) -> Callable[[FileHandler], None]:
    """The file, but the connection breaks after `size` bytes of what was asked for."""
    return lambda handler: handler.serve(cut=size)


def other_body(body: bytes) -> Callable[[FileHandler], None]:
    """Another file under the same name."""
    return lambda handler: handler.answer(200, {}, body)
