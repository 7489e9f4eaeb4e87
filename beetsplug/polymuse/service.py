"""A library of Poly-Muse behind a running service, over HTTP."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any

from .tracks import PolymuseError, one_line, read_json, read_track, recordings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TIMEOUT = 60.0  # seconds between two parts of an answer
ANSWER_SECONDS = 300.0  # for a whole answer
MAX_ANSWER = 32 << 20  # bytes; a page of 1,000 tracks takes about two
PART = 1 << 16
PAGE = 1000
POLL_SECONDS = 2.0


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Following one would show the key to another server."""

    def redirect_request(self, *_: Any) -> None:  # type: ignore[override]
        return None


class Service:
    """The service at an address, such as http://nas:8765. The key appears in no message."""

    def __init__(self, url: str, key: str) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
            raise PolymuseError("the setting url must look like http://HOST:8765; the key has a setting of its own")
        if not key.isascii() or not key.isprintable():
            raise PolymuseError("the setting key has characters that no key has")
        self._url = url.rstrip("/")
        self._shown = one_line(self._url)
        self._headers = {"Accept": "application/json", **({"X-API-Key": key} if key else {})}
        self._opener = urllib.request.build_opener(_NoRedirects)

    def tracks(self) -> Iterator[dict[str, Any]]:
        """All tracks of the library."""
        cursor: str | None = ""
        while cursor is not None:
            page = self._get("/v1/tracks", limit=PAGE, **({"cursor": cursor} if cursor else {}))
            yield from self._read(page, "tracks")
            following = page.get("cursor")
            cursor = following if isinstance(following, str) and following != cursor else None

    def search(self, text: str, limit: int) -> Iterator[dict[str, Any]]:
        """The hits for a text, the best first."""
        yield from self._read(self._get("/v1/search", q=text, limit=limit), "hits")

    def recordings(self, track: dict[str, Any]) -> list[str]:
        """The MusicBrainz ids of a track."""
        return recordings(self._get(f"/v1/tracks/{urllib.parse.quote(track['id'], safe='')}"))

    def index(self, folder: str, say: Callable[[str], None]) -> None:
        """Have a folder scanned that the service keeps up to date, and wait for it. Needs an admin key."""
        kept = self._get("/v1/folders").get("folders")
        paths = [str(each.get("path")) for each in kept if isinstance(each, dict)] if isinstance(kept, list) else []
        if not any(f"{folder}/".startswith(f"{path.rstrip('/')}/") for path in paths):
            raise PolymuseError(
                f"the service at {self._shown} does not keep {one_line(folder)} up to date; choose the folder on its "
                "page or in its setting music, or set path_map if it is called otherwise there"
            )
        job = self._ask("/v1/jobs", {"kind": "scan", "paths": [folder]})
        say(f"Poly-Muse scans {one_line(folder)}; Ctrl-C does not stop it")
        while not job.get("ended"):
            time.sleep(POLL_SECONDS)
            job = self._get(f"/v1/jobs/{urllib.parse.quote(str(job.get('id', '')), safe='')}")
        files, problem = job.get("files"), job.get("problem")
        if isinstance(problem, dict):
            raise PolymuseError(one_line(f"{problem.get('message')}. {problem.get('advice')}"))
        if isinstance(files, dict):
            names = ("indexed", "updated", "unchanged", "failed")
            say(", ".join(f"{name}: {one_line(files.get(name))}" for name in names))

    def _read(self, answer: dict[str, Any], name: str) -> Iterator[dict[str, Any]]:
        listed = answer.get(name)
        try:
            yield from map(read_track, listed if isinstance(listed, list) else [None])
        except ValueError as error:
            raise self._stranger() from error

    def _get(self, path: str, **query: Any) -> dict[str, Any]:
        return self._ask(f"{path}?{urllib.parse.urlencode(query)}" if query else path)

    def _ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {**self._headers, **({} if body is None else {"Content-Type": "application/json"})}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._url}{path}", data, headers)  # noqa: S310  checked above
        try:
            with self._opener.open(request, timeout=TIMEOUT) as answer:
                return self._parsed(_content(answer))
        except urllib.error.HTTPError as error:
            with error:
                raise self._refusal(error) from None
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise PolymuseError(
                f"no service answers at {self._shown} ({one_line(reason)}); start `polymuse serve` there, or leave url "
                "out to use a library on this computer"
            ) from None

    def _parsed(self, content: bytes) -> dict[str, Any]:
        try:
            parsed = read_json(content)
        except ValueError as error:
            raise self._stranger() from error
        if not isinstance(parsed, dict):
            raise self._stranger()
        return parsed

    def _refusal(self, error: urllib.error.HTTPError) -> PolymuseError:
        """What the service says of why it refuses, in its own words if it is one."""
        if 300 <= error.code < 400:
            return PolymuseError(f"{self._shown} redirects to another address; set url to that one")
        if error.code == 401:
            return PolymuseError(f"the service at {self._shown} does not take the key; set polymuse.key to a right one")
        if error.code == 403:
            return PolymuseError("the key may only read; indexing needs one of `polymuse keys new --admin`")
        try:
            problem = read_json(_content(error))
            said = f"{problem['detail']}. {problem['advice']}"
        except (ValueError, KeyError, TypeError, OSError, PolymuseError, http.client.HTTPException):
            said = f"status {error.code}"
        return PolymuseError(one_line(f"the service at {self._shown} answers: {said}"))

    def _stranger(self) -> PolymuseError:
        return PolymuseError(f"what answers at {self._shown} is no Poly-Muse, or one of another version")


def _content(answer: Any) -> bytes:
    """The body, bounded in size and time. Raises PolymuseError."""
    end, parts, size = time.monotonic() + ANSWER_SECONDS, [], 0
    while part := answer.read1(PART):
        parts.append(part)
        size += len(part)
        if size > MAX_ANSWER or time.monotonic() > end:
            raise PolymuseError("the answer of the service is larger or slower than any of Poly-Muse")
    if getattr(answer, "length", None):  # bytes that were announced and have not come
        raise PolymuseError("the answer of the service broke off; try again")
    return b"".join(parts)
