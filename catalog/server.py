"""A Qdrant server over REST: calls that wait out what passes, and every failure as one line for people."""

import importlib.metadata
import json
import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TypeVar

import httpx
from qdrant_client import QdrantClient
from qdrant_client.common.client_exceptions import QdrantException, ResourceExhaustedResponse
from qdrant_client.http.exceptions import ApiException, ResponseHandlingException, UnexpectedResponse

from polymuse.errors import UnavailableError

T = TypeVar("T")

TIMEOUT = 30  # seconds for one answer; a write waits until it has been applied
MIN_VERSION = (1, 20)  # first server with the filter for a part of a title
PASSING = {429, 500, 502, 503, 504}  # HTTP statuses after which the same call may succeed


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long a call that failed is tried again. All calls may be repeated: ids are given by us."""

    attempts: int = 9
    first_wait: float = 0.25  # seconds; each further one is twice as long
    longest_wait: float = 10.0  # seconds, also where the server asks for a longer one
    deadline: float = 60.0  # seconds since the first attempt after which none is begun

    def wait(self, failures: int, asked: float | None) -> float:
        """Seconds before the next attempt: what the server asks for, or a growing and scattered pause."""
        backoff = self.first_wait * 2 ** (failures - 1) * random.uniform(0.8, 1.2)  # noqa: S311  nothing secret
        return min(self.longest_wait, backoff if asked is None else asked)


PATIENT = Patience()  # a server may be started again while music is indexed: half a minute
PROMPT = Patience(attempts=3)  # somebody waits for the answer: about a second


class Server(AbstractContextManager["Server"]):
    """A connection that several threads may use. The key is sent with each request and appears nowhere else."""

    def __init__(
        self,
        url: str,
        api_key: str | None = None,
        *,
        patience: Patience = PATIENT,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Nothing is sent yet. `transport` takes the place of the network."""
        self.url = url
        self._patience = patience
        self.client = QdrantClient(
            url=url,
            timeout=TIMEOUT,
            headers={"api-key": api_key} if api_key else None,
            check_compatibility=False,  # it would warn from a thread of its own; `check_version` raises
            transport=transport,
        )

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.client.close()

    def call(self, work: Callable[[], T], /, patience: Patience | None = None) -> T:
        """What `work`, a call of the client, returns. Raises UnavailableError when it keeps failing."""
        patience = patience or self._patience
        start = time.monotonic()
        failures = 0
        while True:
            try:
                return work()
            except (ApiException, QdrantException, json.JSONDecodeError, UnicodeDecodeError) as error:
                failures += 1
                wait = patience.wait(failures, _asked_for(error))
                late = time.monotonic() - start + wait > patience.deadline
                if failures >= patience.attempts or late or not _passes(error):
                    raise self._unavailable(error) from error
                time.sleep(wait)

    def check_version(self) -> None:
        """Raises UnavailableError for a server that is not there, or of a version that this client does not support."""
        first = replace(self._patience, attempts=min(self._patience.attempts, PROMPT.attempts))
        version = self.call(self.client.info, first).version
        client = _major_minor(importlib.metadata.version("qdrant-client"))
        if not MIN_VERSION <= _major_minor(version) <= (client[0], client[1] + 1):
            raise UnavailableError(
                f"The Qdrant server {self.url} has version {version}, which this version of polymuse does not support",
                f"Run a Qdrant server of version {_dotted(MIN_VERSION)} to {client[0]}.{client[1] + 1}.",
            )

    def _unavailable(self, error: Exception) -> UnavailableError:
        reason, advice = _explain(error)
        return UnavailableError(f"The Qdrant server {self.url} {reason}", advice)


def is_status(error: UnavailableError, status: int) -> bool:
    """Whether the server answered with this HTTP status."""
    cause = error.__cause__
    return isinstance(cause, UnexpectedResponse) and cause.status_code == status


def _passes(error: Exception) -> bool:
    if isinstance(error, UnexpectedResponse):
        return error.status_code in PASSING
    if isinstance(error, ResponseHandlingException):
        return isinstance(error.source, httpx.TransportError)
    return isinstance(error, QdrantException)  # 429 with Retry-After


def _asked_for(error: Exception) -> float | None:
    return float(error.retry_after_s) if isinstance(error, ResourceExhaustedResponse) else None


def _explain(error: Exception) -> tuple[str, str]:
    """(what is wrong with the server, what to do)."""
    if isinstance(error, UnexpectedResponse):
        return _explain_status(error)
    if isinstance(error, QdrantException):
        return "has too much to do", "Try again later, or give it more machines."
    source = error.source if isinstance(error, ResponseHandlingException) else error
    if isinstance(source, httpx.TimeoutException):
        return f"did not answer within {TIMEOUT} s", "Look at its load and its log, then try again."
    if isinstance(source, httpx.TransportError):
        reason = " ".join(str(source).split())
        return f"cannot be reached: {reason}", "Start it, or correct POLYMUSE_QDRANT_URL."
    return "does not answer as a Qdrant server does", "Check that POLYMUSE_QDRANT_URL leads to its REST port, 6333."


def _explain_status(error: UnexpectedResponse) -> tuple[str, str]:
    status = error.status_code or 0
    if status in (401, 403):
        return f"refuses the key (HTTP {status})", "Set POLYMUSE_QDRANT_API_KEY to a key that may read and write."
    reason = f"answers HTTP {status}: {_reason(error)}"
    if status in PASSING:
        return reason, "Look at its load and its log, then try again; what was stored before stays."
    return reason, "Look at its log; if this is no Qdrant server, correct POLYMUSE_QDRANT_URL."


def _reason(error: UnexpectedResponse) -> str:
    """The server's own words, on one line."""
    try:
        text = str(error.structured()["status"]["error"])
    except (ValueError, KeyError, TypeError):  # a proxy in between answers in its own way
        text = error.reason_phrase
    return " ".join(text.split())[:300]


def _major_minor(version: str) -> tuple[int, int]:
    """(0, 0) for what is no version number, as that of a development build may be."""
    parts = version.split(".")
    return (int(parts[0]), int(parts[1])) if len(parts) >= 2 and all(map(str.isdecimal, parts[:2])) else (0, 0)


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"
