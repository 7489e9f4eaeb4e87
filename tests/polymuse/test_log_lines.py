import logging
import sys

from polymuse.log_lines import LogLines

FORGED = "a\n2026-01-01 INFO forged\x1b[2J\x9b"


def test_a_message_is_one_line() -> None:
    record = logging.LogRecord("name", logging.WARNING, __file__, 1, "cannot read %s", (FORGED,), None)
    line = LogLines("%(levelname)s %(message)s").format(record)
    assert line == r"WARNING cannot read a\n2026-01-01 INFO forged\x1b[2J\x9b"


def test_a_traceback_has_lines_but_no_controls() -> None:
    try:
        raise ValueError(FORGED)
    except ValueError:
        record = logging.LogRecord("name", logging.ERROR, __file__, 1, "failed", (), sys.exc_info())
    lines = LogLines().format(record).split("\n")
    assert lines[:2] == ["failed", "Traceback (most recent call last):"]
    assert all(line.isprintable() for line in lines)
