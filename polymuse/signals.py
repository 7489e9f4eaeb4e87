"""Ctrl-C and SIGTERM: which signals end a process, and how it ends where there is nothing to tidy up."""

import os
import signal
import sys

INTERRUPTED = 130  # exit status after Ctrl-C or SIGTERM
SIGNALS = (signal.SIGINT, signal.SIGTERM)
LAST_WORD = b"polymuse: interrupted\n"


def end_on_signals() -> None:
    """From now on a signal ends the process.

    Python's own answer to one that comes early would be a traceback or silence. A job that a script starts with `&`
    would not even have that: shells tell such a job to ignore Ctrl-C.
    """
    for number in SIGNALS:
        signal.signal(number, end_at_once)


def end_at_once(*_: object) -> None:
    """Handles a signal where there is nothing to tidy up, or no time to."""
    os.write(sys.stderr.fileno(), LAST_WORD)  # not print: the signal may have come in the middle of one
    os._exit(INTERRUPTED)
