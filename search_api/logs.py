"""Logging of the service: plain text for people, or one JSON object per line for programs."""

import errno
import json
import logging
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from polymuse.log_lines import LogLines
from polymuse.text import for_json
from search_api.clients import network_of
from search_api.middleware.admission import needs_key

SILENT_SECONDS = 60.0  # between two lines of the same trouble
MAX_REFUSALS = 100  # lines in as many seconds
MAX_WRONG_KEYS = 100  # lines in as many seconds, and one more for each address without any
MAX_ADDRESSES = 500  # that are named in as many seconds
FROM_STRANGERS = ("search_api.middleware.observation", "uvicorn.error")  # loggers
EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
# Attributes of every record, and the message that uvicorn has coloured; all others come from `extra`.
_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}

logger = logging.getLogger(__name__)


class JsonFormatter(logging.Formatter):
    """One object per line: time, level, logger, message and the caller's `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **{key: value for key, value in vars(record).items() if key not in _STANDARD},
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return for_json(json.dumps(entry, ensure_ascii=False, default=str))


class ExhaustionFilter(logging.Filter):
    """One line a minute instead of a traceback for each connection that the system has no file for."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._silent_until = -1.0

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, OSError) or error.errno not in EXHAUSTED:
            return True
        now = self._clock()
        if now < self._silent_until:
            return False
        self._silent_until = now + SILENT_SECONDS
        record.exc_info, record.args = None, (error.strerror,)
        record.msg = "new connections wait: %s; raise the limit on open files (ulimit -n)"
        return True


class RefusalFilter(logging.Filter):
    """A limited number of lines a minute for requests that need no key, or else whoever sends them fills the disk."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._end = -1.0  # of the current minute
        self._lines = 0  # in it

    def filter(self, record: logging.LogRecord) -> bool:
        if _needs_attention(record):
            return True
        if (now := self._clock()) >= self._end:
            left_out = self._lines - MAX_REFUSALS
            self._end, self._lines = now + SILENT_SECONDS, 0
            if left_out > 0:
                logger.warning("%d lines about refused requests were left out", left_out)
        self._lines += 1
        return self._lines <= MAX_REFUSALS


class WrongKeyFilter(logging.Filter):
    """A limited number of lines a minute about wrong keys, which name each address once at least.

    They are counted apart from other refusals, which anybody could send to keep his address out of the log.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._end = -1.0  # of the current minute
        self._lines = self._left_out = 0  # in it
        self._named: set[str] = set()  # addresses in it

    def filter(self, record: logging.LogRecord) -> bool:
        if (now := self._clock()) >= self._end:
            left_out, self._left_out = self._left_out, 0
            self._end, self._lines, self._named = now + SILENT_SECONDS, 0, set()
            if left_out:
                logger.warning("%d lines about wrong keys were left out", left_out)
        address = network_of(getattr(record, "client", ""))
        is_new = address not in self._named and len(self._named) < MAX_ADDRESSES
        if not is_new and self._lines >= MAX_WRONG_KEYS:
            self._left_out += 1
            return False
        if is_new:
            self._named.add(address)
        self._lines += 1
        return True


def _needs_attention(record: logging.LogRecord) -> bool:
    """Whether a line is about a success behind a key, or about a fault of the service."""
    status = getattr(record, "status", None)
    if status is None:
        return record.levelno < logging.WARNING or bool(record.exc_info)
    return status >= 500 or (status < 400 and needs_key(getattr(record, "route", "")))


def configure(style: str) -> None:
    """Log to stderr from level INFO; `style` is "text" or "json"."""
    handler = logging.StreamHandler(sys.stderr)
    lines = LogLines("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.setFormatter(JsonFormatter() if style == "json" else lines)
    logging.getLogger("asyncio").addFilter(ExhaustionFilter())
    refusals = RefusalFilter()
    for name in FROM_STRANGERS:
        logging.getLogger(name).addFilter(refusals)
    logging.getLogger("search_api.access").addFilter(WrongKeyFilter())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
