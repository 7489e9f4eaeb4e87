"""JSON log lines."""

import errno
import json
import logging
import re
import subprocess
import sys

import pytest

from search_api.logs import (
    MAX_ADDRESSES,
    MAX_REFUSALS,
    MAX_WRONG_KEYS,
    SILENT_SECONDS,
    ExhaustionFilter,
    JsonFormatter,
    RefusalFilter,
    WrongKeyFilter,
)


def test_json_lines() -> None:
    record = logging.LogRecord("name", logging.INFO, __file__, 1, "caf\u00e9 \udcff %d", (7,), None)
    record.status = 200
    record.color_message = "\x1b[1mcoloured"
    entry = json.loads(JsonFormatter().format(record))
    assert entry["message"] == "caf\u00e9 \\udcff 7" or entry["message"] == "caf\u00e9 \udcff 7"
    assert (entry["level"], entry["logger"], entry["status"]) == ("INFO", "name", 200)
    assert "color_message" not in entry
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", entry["time"])


def test_json_lines_contain_tracebacks() -> None:
    try:
        raise ZeroDivisionError("inside")
    except ZeroDivisionError:
        record = logging.LogRecord("name", logging.ERROR, __file__, 1, "failed", (), sys.exc_info())
    line = JsonFormatter().format(record)
    assert "\n" not in line
    assert "ZeroDivisionError: inside" in json.loads(line)["exception"]


def test_a_lack_of_files_is_one_line_a_minute() -> None:
    now = 0.0
    exhaustion = ExhaustionFilter(lambda: now)

    def record(number: int) -> logging.LogRecord:
        error = OSError(number, "Too many open files")
        return logging.LogRecord("asyncio", logging.ERROR, __file__, 1, "no file", (), (OSError, error, None))

    kept = record(errno.EMFILE)
    assert exhaustion.filter(kept)
    assert kept.exc_info is None
    assert "Too many open files" in kept.getMessage()
    assert not exhaustion.filter(record(errno.EMFILE))
    assert exhaustion.filter(record(errno.EPIPE))
    now = SILENT_SECONDS
    assert exhaustion.filter(record(errno.ENFILE))


def answered(status: int, route: str = "/v1/search") -> logging.LogRecord:
    fields = {"name": "observation", "levelno": logging.INFO, "status": status, "route": route}
    return logging.makeLogRecord(fields)


def warned(**fields: object) -> logging.LogRecord:
    return logging.makeLogRecord({"name": "uvicorn.error", "levelno": logging.WARNING, **fields})


def test_requests_that_anybody_may_send_take_a_limited_number_of_lines(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    refusals = RefusalFilter(lambda: now)
    flood = (answered(401), answered(404, "unmatched"), answered(200, "/"), answered(200, "/v1/session"), warned())
    kept = [refusals.filter(record) for _ in range(MAX_REFUSALS) for record in flood]
    assert sum(kept) == MAX_REFUSALS
    assert all(kept[:MAX_REFUSALS])
    fault = warned(exc_info=(ValueError, ValueError(), None))
    assert all(refusals.filter(record) for record in (answered(200), answered(500), answered(503), fault))
    now = SILENT_SECONDS
    assert refusals.filter(answered(401))
    assert caplog.messages == [f"{4 * MAX_REFUSALS} lines about refused requests were left out"]


def guessed(client: str) -> logging.LogRecord:
    return logging.makeLogRecord({"name": "access", "levelno": logging.WARNING, "client": client})


def test_each_address_that_guesses_is_named_once_a_minute_at_least(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    wrong = WrongKeyFilter(lambda: now)
    loud = [wrong.filter(guessed("192.0.2.7")) for _ in range(3 * MAX_WRONG_KEYS)]
    assert loud == [True] * MAX_WRONG_KEYS + [False] * 2 * MAX_WRONG_KEYS
    assert [wrong.filter(guessed("198.51.100.1")) for _ in range(3)] == [True, False, False]
    # one network of 64 bits counts as one address
    assert [wrong.filter(guessed(f"2001:db8::{number}")) for number in (1, 2)] == [True, False]
    now = SILENT_SECONDS
    assert wrong.filter(guessed("192.0.2.7"))
    assert caplog.messages == [f"{2 * MAX_WRONG_KEYS + 3} lines about wrong keys were left out"]


def test_many_addresses_that_guess_do_not_fill_the_disk(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    wrong = WrongKeyFilter(lambda: now)
    kept = [wrong.filter(guessed(f"2001:db8:0:{number:x}::1")) for number in range(2 * MAX_ADDRESSES)]
    assert kept == [True] * MAX_ADDRESSES + [False] * MAX_ADDRESSES
    now = SILENT_SECONDS
    assert wrong.filter(guessed("192.0.2.7"))
    assert caplog.messages == [f"{MAX_ADDRESSES} lines about wrong keys were left out"]


def test_refused_requests_do_not_hide_who_guesses(capfd: pytest.CaptureFixture[str]) -> None:
    code = f"""
import logging
from search_api import logs
from search_api.access import AccessControl, UnauthorizedError
from polymuse.settings import load_settings
logs.configure("text")
for _ in range({MAX_REFUSALS} + 1):
    logging.getLogger("search_api.middleware.observation").info("refused", extra={{"status": 401}})
try:
    AccessControl(load_settings(api_key="right")).by_key(b"guess", "192.0.2.7")
except UnauthorizedError:
    pass
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    assert "wrong API key from 192.0.2.7" in capfd.readouterr().err
