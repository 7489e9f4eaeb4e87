"""Logging of the service: plain text for people, or one JSON object per line for programs."""

import json
import logging
import sys
from datetime import UTC, datetime

from polymuse.log_lines import LogLines
from polymuse.text import for_json

# Attributes of every record; all others come from `extra`.
_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


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


def configure(style: str) -> None:
    """Log to stderr from level INFO; `style` is "text" or "json"."""
    handler = logging.StreamHandler(sys.stderr)
    lines = LogLines("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.setFormatter(JsonFormatter() if style == "json" else lines)
    logging.basicConfig(level=logging.INFO, handlers=[handler])
