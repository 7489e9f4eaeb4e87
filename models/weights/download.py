"""Downloads files over HTTP: resumes, follows redirects, retries, obeys Retry-After and verifies hashes.

Not by huggingface_hub: GitHub files need all of this too, and it neither verifies a sha256 nor sends If-Range.
"""

import json
import os
import re
import shutil
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx

from models.weights.manifest import HUB, RemoteFile, megabytes
from models.weights.wheels import BytesProgress, sha256_of
from polymuse.errors import UnavailableError
from polymuse.files import make_directories
from polymuse.parse_json import parse_json

PART = ".part"  # suffix of an unfinished download
VALIDATOR = ".part.json"  # suffix of its metadata: URL and version of the file
TIMEOUT = httpx.Timeout(30.0, read=60.0)  # seconds; `read` applies between chunks
MAX_ATTEMPTS = 6  # in a row without progress
FIRST_PAUSE = 1.0  # seconds
MAX_WAIT = 120  # seconds, for a Retry-After
RETRY_STATUSES = frozenset({429, 500, 502, 503, 504})
FATAL_ERRORS = (  # not retried
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.UnsupportedProtocol,
    httpx.TooManyRedirects,
    httpx.InvalidURL,
)
TRUE = frozenset({"1", "ON", "YES", "TRUE"})  # as in huggingface_hub


class MismatchError(UnavailableError):
    """The server has a different file than expected."""


class _InterruptedError(Exception):
    """The transfer was interrupted; the received bytes are kept."""


def hub_offline() -> bool:
    """Whether HF_HUB_OFFLINE forbids downloads."""
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in TRUE


def download(
    file: RemoteFile, target: Path, sha256: str | None = None, progress: BytesProgress = lambda *_: None
) -> str:
    """Downloads a file to `target`, atomically, and returns its sha256.

    Resumes the part of an earlier call. A file with another hash than `sha256` is deleted and downloaded once more.
    HF_ENDPOINT sets another hub; HF_TOKEN is sent only to the hub.

    Raises UnavailableError for any failure; the received bytes are kept for the next call.
    """
    if hub_offline():
        raise UnavailableError(
            f"{file.name} cannot be downloaded: HF_HUB_OFFLINE is set", f"Unset it and try again. {_by_hand(file)}"
        )
    make_directories(target.parent)
    transfer = _Transfer(file, target, sha256, progress)
    with httpx.Client(timeout=TIMEOUT, follow_redirects=True) as client:
        transfer.run(client)
        actual = sha256_of(transfer.part)
        if sha256 not in (None, actual):
            transfer.clear()
            transfer.run(client)
            actual = sha256_of(transfer.part)
    if sha256 not in (None, actual):
        transfer.clear()
        raise MismatchError(
            f"{transfer.url} arrived twice with the sha256 {actual}, expected {sha256}",
            f"The server has another file than the one this version of Poly-Muse knows. {_by_hand(file)}",
        )
    transfer.part.replace(target)
    transfer.clear()
    return actual


def url_of(file: RemoteFile) -> str:
    """The URL of a file: the manifest's, with the host of HF_ENDPOINT for files on the hub."""
    endpoint = os.environ.get("HF_ENDPOINT", "").rstrip("/")
    return endpoint + file.url.removeprefix(HUB) if endpoint and file.on_hub else file.url


class _Transfer:
    """The download of one file."""

    def __init__(self, file: RemoteFile, target: Path, sha256: str | None, progress: BytesProgress) -> None:
        self.file = file
        self.url = url_of(file)
        self.part = target.with_name(target.name + PART)
        self.validator = target.with_name(target.name + VALIDATOR)
        self.pinned = sha256 is not None
        self.progress = progress

    def run(self, client: httpx.Client) -> None:
        """Completes the part. An interrupted transfer is resumed as long as there is progress."""
        attempt = 0
        while True:
            before = self.received
            try:
                self._request(client)
            except (_InterruptedError, httpx.RequestError, httpx.InvalidURL) as error:
                attempt = attempt + 1 if self.received <= before else 1
                if attempt >= MAX_ATTEMPTS or isinstance(error, FATAL_ERRORS):
                    raise self._unreachable(error) from error
                time.sleep(_pause(attempt))
            except _BusyError as error:
                attempt += 1
                if attempt >= MAX_ATTEMPTS or error.wait > MAX_WAIT:
                    raise self._refused(error.status, error.wait) from error
                time.sleep(error.wait or _pause(attempt))
            else:
                return

    @property
    def received(self) -> int:
        """Bytes of the part."""
        return self.part.stat().st_size if self.part.exists() else 0

    def clear(self) -> None:
        self.part.unlink(missing_ok=True)
        self.validator.unlink(missing_ok=True)

    def _request(self, client: httpx.Client) -> None:
        """Requests the missing bytes and writes them. Returns when the file is complete."""
        headers = self._headers()
        with client.stream("GET", self.url, headers=headers) as response:
            if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and "Range" in headers:
                if self.received == self.file.size:
                    return
                self.clear()  # longer than the file, or of another version
                raise _InterruptedError("the server refused to resume the file")
            self._check(response)
            start = _range_start(response)
            if start not in (0, self.received):
                self.clear()
                raise _InterruptedError("the server resumed at another offset than requested")
            self._write(response, start)

    def _headers(self) -> dict[str, str]:
        # With compression, sizes and ranges would be those of the compressed bytes.
        headers = {"Accept-Encoding": "identity", "User-Agent": "poly-muse"}
        token = os.environ.get("HF_TOKEN", "").strip()
        if token and self.file.on_hub:
            headers["Authorization"] = f"Bearer {token}"  # httpx drops it when a redirect leaves the host
        if self.received:
            known = self._read_validator()
            if not known and not self.pinned:
                self.clear()  # the rest could belong to another version
                return headers
            headers["Range"] = f"bytes={self.received}-"
            if known:
                headers["If-Range"] = known
        return headers

    def _read_validator(self) -> str:
        """The ETag or date of the file that the part belongs to, "" if unknown."""
        try:
            known = parse_json(self.validator.read_bytes())
            return str(known["validator"]) if known["url"] == self.file.url else ""
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            return ""

    def _check(self, response: httpx.Response) -> None:
        """Raises for a response without content of the expected file."""
        status = response.status_code
        if status in RETRY_STATUSES:
            raise _BusyError(status, _retry_after(response.headers))
        if status not in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
            raise self._refused(status)
        total = _total(response)
        if self.file.size and total and total != self.file.size:
            self.clear()
            raise MismatchError(
                f"{self.url} has {total} bytes, expected {self.file.size}",
                f"The server has another file than the one this version of Poly-Muse knows. {_by_hand(self.file)}",
            )

    def _write(self, response: httpx.Response, start: int) -> None:
        total = _total(response) or self.file.size
        self._require_space(total - start)
        if not start:
            known = {"url": self.file.url, "validator": _validator(response.headers)}
            self.part.unlink(missing_ok=True)
            self.validator.write_text(json.dumps(known) + "\n")
        received = start
        self.progress(received, total)
        with self.part.open("ab") as sink:
            for chunk in response.iter_raw():
                sink.write(chunk)
                received += len(chunk)
                self.progress(received, total)
        if total and received < total:
            raise _InterruptedError(f"the connection closed after {received} of {total} bytes")

    def _require_space(self, needed: int) -> None:
        """Raises UnavailableError before the download if the disk is too full for it."""
        free = shutil.disk_usage(self.part.parent).free
        if needed > free:
            raise UnavailableError(
                f"{self.part.parent} has {megabytes(free)} free, {self.file.name} needs {megabytes(needed)} more",
                "Free some space, or move POLYMUSE_HOME",
            )

    def _unreachable(self, error: Exception) -> UnavailableError:
        kept = f" ({megabytes(self.received)} are kept)" if self.received else ""
        reason = " ".join(str(error).split()) or type(error).__name__
        return UnavailableError(
            f"{self.url} cannot be downloaded: {reason}{kept}",
            f"Check the network and run the same command again. {_by_hand(self.file)}",
        )

    def _refused(self, status: int, wait: float = 0) -> UnavailableError:
        message = f"{self.url} cannot be downloaded: HTTP {status} {httpx.codes.get_reason_phrase(status)}".rstrip()
        if status in RETRY_STATUSES:
            when = f"in {wait / 60:.0f} minutes" if wait > MAX_WAIT else "later"
            return UnavailableError(message, f"The server is busy: run the same command again {when}")
        if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN) and self.file.on_hub:
            return UnavailableError(message, "Set HF_TOKEN to a token of the hub that may read this file")
        return UnavailableError(message, f"The file may have moved. {_by_hand(self.file)}")


class _BusyError(Exception):
    """The server asks to retry after `wait` seconds; 0 if it does not say when."""

    def __init__(self, status: int, wait: float) -> None:
        super().__init__(status, wait)
        self.status = status
        self.wait = wait


def _by_hand(file: RemoteFile) -> str:
    return f"Or fetch {file.name} by other means and use `polymuse models import`"


def _pause(attempt: int) -> float:
    """Seconds before the next attempt: exponential backoff."""
    return FIRST_PAUSE * 2 ** (attempt - 1)


def _range_start(response: httpx.Response) -> int:
    """The offset of the body: 0 for a whole file, -1 if the header is invalid."""
    if response.status_code == httpx.codes.OK:
        return 0
    found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(found[1]) if found else -1


def _total(response: httpx.Response) -> int:
    """Bytes of the whole file according to the server, 0 if unknown."""
    if response.status_code == httpx.codes.PARTIAL_CONTENT:
        found = re.search(r"/(\d+)$", response.headers.get("Content-Range", ""))
        return int(found[1]) if found else 0
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else 0


def _validator(headers: Mapping[str, str]) -> str:
    """The value for If-Range: a strong ETag, else Last-Modified (RFC 9110, section 13.1.5)."""
    etag = headers.get("ETag", "")
    return etag if etag and not etag.startswith("W/") else headers.get("Last-Modified", "")


def _retry_after(headers: Mapping[str, str]) -> float:
    """Seconds of a Retry-After header, which is a number or a date; 0 if it is missing."""
    value = headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return 0.0
