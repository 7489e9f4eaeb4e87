"""Files over HTTP: conditional requests (RFC 9110, 13) and single ranges (RFC 9110, 14), streamed in chunks.

Starlette's FileResponse stats the path before it opens it, does not support conditional requests, and answers
unsatisfiable ranges with plain text.
"""

import errno
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from fastapi import HTTPException, Request, Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from polymuse.paths import printable

CHUNK = 1 << 18  # bytes
MAX_RANGE_HEADER = 100  # characters; enough for one range

_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_ONE_RANGE = re.compile(r"\s*bytes\s*=\s*([0-9]*)\s*-\s*([0-9]*)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class OpenFile(AbstractContextManager["OpenFile"]):
    """A regular file, open for reading. Its attributes stay valid even if the path is replaced meanwhile."""

    path: Path
    file: BinaryIO
    size: int  # bytes
    mtime_ns: int

    @classmethod
    def open(cls, path: Path) -> "OpenFile":
        """Open a file. Raises OSError, also if it is not a regular file."""
        # Without O_NONBLOCK, opening a pipe would wait for its other end.
        file = os.fdopen(os.open(path, _OPEN), "rb")
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            file.close()
            raise OSError(errno.EINVAL, "is a device or a pipe, not a file", str(path))
        return cls(path, file, status.st_size, status.st_mtime_ns)

    @property
    def etag(self) -> str:
        return f'"{self.size:x}-{self.mtime_ns:x}"'

    @property
    def last_modified(self) -> str:
        return formatdate(self.mtime_ns / 1e9, usegmt=True)

    def close(self) -> None:
        self.file.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def file_answer(request: Request, content: OpenFile, media_type: str, headers: Mapping[str, str]) -> Response:
    """Response 200, 206 or 304 to a GET or HEAD request; closes the file. Raises HTTPException 416."""
    common = {
        **headers,
        "Accept-Ranges": "bytes",
        "ETag": content.etag,
        "Last-Modified": content.last_modified,
        "X-Content-Type-Options": "nosniff",
    }
    with ExitStack() as stack:
        stack.callback(content.close)
        if _is_known(request, content):
            return Response(status_code=304, headers=common)
        span = _span(request, content)
        start, length = span or (0, content.size)
        common["Content-Length"] = str(length)
        if span:
            common["Content-Range"] = f"bytes {start}-{start + length - 1}/{content.size}"
        status = 206 if span else 200
        if request.method == "HEAD":
            return Response(status_code=status, headers=common, media_type=media_type)
        stack.pop_all()  # the stream closes the file
        return _FileStream(content, start, length, status_code=status, headers=common, media_type=media_type)


class _FileStream(StreamingResponse):
    """Reads in threads, and closes the file however the response ends."""

    def __init__(self, content: OpenFile, start: int, length: int, **response: Any) -> None:
        self._content = content
        super().__init__(_chunks(content, start, length), **response)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._content:
            await super().__call__(scope, receive, send)


def _chunks(content: OpenFile, start: int, length: int) -> Iterator[bytes]:
    """Raises EOFError if the file was truncated meanwhile: the connection ends early, which the client notices."""
    content.file.seek(start)
    while length:
        chunk = content.file.read(min(CHUNK, length))
        if not chunk:
            raise EOFError(f"{printable(content.path)} became shorter while it was sent")
        length -= len(chunk)
        yield chunk


def _is_known(request: Request, content: OpenFile) -> bool:
    """Whether the client already has this version."""
    known = request.headers.get("if-none-match")
    if known is not None:
        etags = {etag.strip().removeprefix("W/") for etag in known.split(",")}
        return "*" in etags or content.etag in etags
    since = request.headers.get("if-modified-since")
    return since is not None and _is_as_new(since, content)


def _is_as_new(date: str, content: OpenFile) -> bool:
    try:
        return parsedate_to_datetime(date).timestamp() >= content.mtime_ns // 10**9  # dates have whole seconds
    except (ValueError, OverflowError):
        return False


def _span(request: Request, content: OpenFile) -> tuple[int, int] | None:
    """(first byte, number of bytes) of the requested range, None for the whole file. Raises HTTPException 416.

    A Range header that is malformed, has several ranges, or refers to another version of the file is ignored, as the
    standard allows.
    """
    header = request.headers.get("range", "")
    found = _ONE_RANGE.fullmatch(header) if len(header) <= MAX_RANGE_HEADER else None
    version = request.headers.get("if-range")
    if found is None or version not in (None, content.etag, content.last_modified):
        return None
    first, last = (int(number) if number else None for number in found.groups())
    if (first is None and last is None) or (first is not None and last is not None and last < first):
        return None
    if first is None:
        first, end = content.size - min(last or 0, content.size), content.size
    else:
        end = content.size if last is None else min(last + 1, content.size)
    if first >= end:
        raise HTTPException(416, f"There are {content.size} bytes", {"Content-Range": f"bytes */{content.size}"})
    return first, end - first
