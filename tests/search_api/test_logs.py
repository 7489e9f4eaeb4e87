"""JSON log lines."""

import errno
import json
import logging
import re
import sys

import pytest

from search_api.logs import MAX_REFUSALS, SILENT_SECONDS, ExhaustionFilter, JsonFormatter, RefusalFilter


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
