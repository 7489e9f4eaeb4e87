"""A connection to a Qdrant server over REST, with retries and readable errors."""

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

TIMEOUT = 30  # seconds per request; a write waits until it is applied
MIN_VERSION = (1, 20)  # first version with substring matches
RETRIABLE = {429, 500, 502, 503, 504}  # HTTP statuses after which the same call may succeed


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long failed calls are retried. All calls are idempotent, as ids are chosen by us."""

    attempts: int = 9
    first_wait: float = 0.25  # seconds; doubled for each further attempt
    max_wait: float = 10.0  # seconds, even if the server requests more
    deadline: float = 60.0  # seconds after the first attempt; later ones are not started

    def wait(self, failures: int, requested: float | None) -> float:
        """Seconds before the next attempt: as requested by the server, or exponential backoff with jitter."""
        backoff = self.first_wait * 2 ** (failures - 1) * random.uniform(0.8, 1.2)  # noqa: S311  nothing secret
        return min(self.max_wait, backoff if requested is None else requested)


PATIENT = RetryPolicy()  # for indexing: survives a restart of the server, half a minute
PROMPT = RetryPolicy(attempts=3)  # for interactive searches: about a second


class Server(AbstractContextManager["Server"]):
    """A thread-safe connection. The API key is sent with each request and appears nowhere else."""

    def __init__(
        self,
        url: str,
        api_key: str | None = None,
        *,
        retries: RetryPolicy = PATIENT,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Nothing is sent yet. `transport` replaces the network, for tests."""
        self.url = url
        self._retries = retries
        self.client = QdrantClient(
            url=url,
            timeout=TIMEOUT,
            headers={"api-key": api_key} if api_key else None,
            check_compatibility=False,  # it would warn from a background thread; `check_version` raises
            transport=transport,
        )

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.client.close()

    def call(self, work: Callable[[], T], /, retries: RetryPolicy | None = None) -> T:
        """Run `work`, a call of the client, with retries. Raises UnavailableError if it keeps failing."""
        retries = retries or self._retries
        start = time.monotonic()
        failures = 0
        while True:
            try:
                return work()
            except (ApiException, QdrantException, json.JSONDecodeError, UnicodeDecodeError) as error:
                failures += 1
                wait = retries.wait(failures, _retry_after(error))
                late = time.monotonic() - start + wait > retries.deadline
                if failures >= retries.attempts or late or not _is_retriable(error):
                    raise self._unavailable(error) from error
                time.sleep(wait)

    def check_version(self) -> None:
        """Raises UnavailableError if the server cannot be reached or has an unsupported version."""
        first = replace(self._retries, attempts=min(self._retries.attempts, PROMPT.attempts))
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


def _is_retriable(error: Exception) -> bool:
    if isinstance(error, UnexpectedResponse):
        return error.status_code in RETRIABLE
    if isinstance(error, ResponseHandlingException):
        return isinstance(error.source, httpx.TransportError)
    return isinstance(error, QdrantException)  # 429 with Retry-After


def _retry_after(error: Exception) -> float | None:
    return float(error.retry_after_s) if isinstance(error, ResourceExhaustedResponse) else None


def _explain(error: Exception) -> tuple[str, str]:
    """(cause, advice)."""
    if isinstance(error, UnexpectedResponse):
        return _explain_status(error)
    if isinstance(error, QdrantException):
        return "is overloaded", "Try again later, or give it more resources."
    source = error.source if isinstance(error, ResponseHandlingException) else error
    if isinstance(source, httpx.TimeoutException):
        return f"did not answer within {TIMEOUT} s", "Check its load and its log, then try again."
    if isinstance(source, httpx.TransportError):
        reason = " ".join(str(source).split())
        return f"cannot be reached: {reason}", "Start it, or correct POLYMUSE_QDRANT_URL."
    return "does not answer like a Qdrant server", "Check that POLYMUSE_QDRANT_URL points to its REST port, 6333."


def _explain_status(error: UnexpectedResponse) -> tuple[str, str]:
    status = error.status_code or 0
    if status in (401, 403):
        return (
            f"rejects the API key (HTTP {status})",
            "Set POLYMUSE_QDRANT_API_KEY to a key with read and write access.",
        )
    reason = f"answers HTTP {status}: {_reason(error)}"
    if status in RETRIABLE:
        return reason, "Check its load and its log, then try again; stored tracks are kept."
    return reason, "Check its log; if it is not a Qdrant server, correct POLYMUSE_QDRANT_URL."


def _reason(error: UnexpectedResponse) -> str:
    """The error message of the server, on one line."""
    try:
        text = str(error.structured()["status"]["error"])
    except (ValueError, KeyError, TypeError):  # a proxy answers in another form
        text = error.reason_phrase
    return " ".join(text.split())[:300]


def _major_minor(version: str) -> tuple[int, int]:
    """(major, minor), or (0, 0) if it is not a version number, for example of a development build."""
    parts = version.split(".")
    return (int(parts[0]), int(parts[1])) if len(parts) >= 2 and all(map(str.isdecimal, parts[:2])) else (0, 0)


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"
