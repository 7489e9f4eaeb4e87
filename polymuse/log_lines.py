"""Lines of a log, in which nothing from outside adds lines or speaks to the terminal."""

import logging
from typing import Any

from polymuse.text import for_terminal


class LogLines(logging.Formatter):
    """A message is one line. Only a traceback has more, and each of them is escaped as well."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  the name is logging's
        return for_terminal(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802
        return "\n".join(map(for_terminal, super().formatException(ei).split("\n")))
