"""Fetches files over HTTP: resumes, follows redirects, waits when asked to, and checks what has arrived.

Not by huggingface_hub: files of GitHub need all of this as well, and it neither checks a sha256 nor asks If-Range.
"""

import json
import os
import re
import shutil
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx

from models.weights.manifest import HUB, RemoteFile, megabytes
from models.weights.wheels import sha256_of
from polymuse.errors import UnavailableError

PART = ".part"  # a file that is being written
VALIDATOR = ".part.json"  # beside it: which version of which file it is a part of
TIMEOUT = httpx.Timeout(30.0, read=60.0)  # seconds; `read` is the longest silence in the middle of a file
ATTEMPTS = 6  # in a row that bring nothing
FIRST_PAUSE = 1.0  # seconds
MAX_WAIT = 120  # seconds that we wait for a server that asks us to
BUSY = frozenset({429, 500, 502, 503, 504})
HOPELESS = (  # trying again at once would not help
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.UnsupportedProtocol,
    httpx.TooManyRedirects,
    httpx.InvalidURL,
)
TRUE = frozenset({"1", "ON", "YES", "TRUE"})  # what huggingface_hub takes for true

BytesProgress = Callable[[int, int], None]  # bytes that are here, bytes of the whole file or 0


class MismatchError(UnavailableError):
    """The server has another file than the expected one."""


class _InterruptedError(Exception):
    """The transfer broke off; what has arrived is kept."""


def hub_offline() -> bool:
    """Whether HF_HUB_OFFLINE asks to leave the network alone."""
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in TRUE


def download(
    file: RemoteFile, target: Path, sha256: str | None = None, progress: BytesProgress = lambda *_: None
) -> str:
    """Puts a file at `target` and returns its sha256. What is there under that name is replaced at the end, at once.

    A part that an earlier call has left is completed. A file that arrives with another hash than `sha256` is cleared
    and fetched once more. HF_ENDPOINT names another hub, HF_TOKEN is sent to the hub and to no other host.

    Raises UnavailableError for everything that prevents it; what has arrived stays for the next call.
    """
    if hub_offline():
        raise UnavailableError(
            f"{file.name} cannot be downloaded: HF_HUB_OFFLINE is set", f"Unset it and try again. {_by_hand(file)}"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
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
    """Where a file is fetched: that of the manifest, on the hub that HF_ENDPOINT names if it lies on the hub."""
    endpoint = os.environ.get("HF_ENDPOINT", "").rstrip("/")
    return endpoint + file.url.removeprefix(HUB) if endpoint and file.on_hub else file.url


class _Transfer:
    """One file on its way."""

    def __init__(self, file: RemoteFile, target: Path, sha256: str | None, progress: BytesProgress) -> None:
        self.file = file
        self.url = url_of(file)
        self.part = target.with_name(target.name + PART)
        self.validator = target.with_name(target.name + VALIDATOR)
        self.pinned = sha256 is not None
        self.progress = progress

    def run(self, client: httpx.Client) -> None:
        """Completes the part. A transfer that breaks off goes on where it was, as long as something arrives."""
        attempt = 0
        while True:
            before = self.received
            try:
                self._request(client)
            except (_InterruptedError, httpx.RequestError, httpx.InvalidURL) as error:
                attempt = attempt + 1 if self.received <= before else 1
                if attempt >= ATTEMPTS or isinstance(error, HOPELESS):
                    raise self._unreachable(error) from error
                time.sleep(_pause(attempt))
            except _BusyError as busy:
                attempt += 1
                if attempt >= ATTEMPTS or busy.wait > MAX_WAIT:
                    raise self._refused(busy.status, busy.wait) from busy
                time.sleep(busy.wait or _pause(attempt))
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
        """Asks for what is missing and writes it. Returns when the file is complete."""
        headers = self._headers()
        with client.stream("GET", self.url, headers=headers) as response:
            if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and "Range" in headers:
                if self.received == self.file.size:
                    return
                self.clear()  # longer than the file, or of another version
                raise _InterruptedError("the server refused to go on with a file")
            self._check(response)
            start = _range_start(response)
            if start not in (0, self.received):
                self.clear()
                raise _InterruptedError("the server went on at another place than asked")
            self._write(response, start)

    def _headers(self) -> dict[str, str]:
        # Compression would make sizes and ranges those of the compressed bytes.
        headers = {"Accept-Encoding": "identity", "User-Agent": "poly-muse"}
        token = os.environ.get("HF_TOKEN", "").strip()
        if token and self.file.on_hub:
            headers["Authorization"] = f"Bearer {token}"  # httpx drops it when a redirect leaves the host
        if self.received:
            known = self._read_validator()
            if not known and not self.pinned:
                self.clear()  # nothing would tell whether the rest belongs to another version
                return headers
            headers["Range"] = f"bytes={self.received}-"
            if known:
                headers["If-Range"] = known
        return headers

    def _read_validator(self) -> str:
        """The ETag or date of the file that the part is of, "" if that is not known."""
        try:
            known = json.loads(self.validator.read_bytes())
            return str(known["validator"]) if known["url"] == self.file.url else ""
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            return ""

    def _check(self, response: httpx.Response) -> None:
        """Raises for an answer that holds no part of the file."""
        status = response.status_code
        if status in BUSY:
            raise _BusyError(status, _retry_after(response.headers))
        if status not in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
            raise self._refused(status)
        total = _total(response)
        if self.file.size and total and total != self.file.size:
            self.clear()
            raise UnavailableError(
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
        """A full disk is said before the download rather than after it."""
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
        if status in BUSY:
            when = f"in {wait / 60:.0f} minutes" if wait > MAX_WAIT else "later"
            return UnavailableError(message, f"The server is busy: run the same command again {when}")
        if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN) and self.file.on_hub:
            return UnavailableError(message, "Set HF_TOKEN to a token of the hub that may read this file")
        return UnavailableError(message, f"The file may have moved. {_by_hand(self.file)}")


class _BusyError(Exception):
    """The server asks to come back, after `wait` seconds or when we like (0)."""

    def __init__(self, status: int, wait: float) -> None:
        super().__init__(status, wait)
        self.status = status
        self.wait = wait


def _by_hand(file: RemoteFile) -> str:
    return f"Or fetch {file.name} by other means and use `polymuse models import`"


def _pause(attempt: int) -> float:
    """Seconds before the next try, twice as long every time."""
    return FIRST_PAUSE * 2 ** (attempt - 1)


def _range_start(response: httpx.Response) -> int:
    """The offset that the body begins at: 0 for a whole file; -1 if it cannot be understood."""
    if response.status_code == httpx.codes.OK:
        return 0
    found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(found[1]) if found else -1


def _total(response: httpx.Response) -> int:
    """Bytes of the whole file as the server tells them, 0 if it does not."""
    if response.status_code == httpx.codes.PARTIAL_CONTENT:
        found = re.search(r"/(\d+)$", response.headers.get("Content-Range", ""))
        return int(found[1]) if found else 0
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else 0


def _validator(headers: Mapping[str, str]) -> str:
    """What If-Range may name: a strong ETag, else the date of the last change (RFC 9110, section 13.1.5)."""
    etag = headers.get("ETag", "")
    return etag if etag and not etag.startswith("W/") else headers.get("Last-Modified", "")


def _retry_after(headers: Mapping[str, str]) -> float:
    """Seconds that a server asks to wait, as a number or as a date; 0 if it does not say."""
    value = headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return 0.0
