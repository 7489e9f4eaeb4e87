"""Ctrl-C and SIGTERM: the signals that end a process, and the handler if there is nothing to clean up."""

import os
import signal
import sys

INTERRUPTED = 130  # exit status after Ctrl-C or SIGTERM
SIGNALS = (signal.SIGINT, signal.SIGTERM)
MESSAGE = b"polymuse: interrupted\n"


def end_on_signals() -> None:
    """Installs `end_at_once` as the handler of both signals.

    Python's default handling of an early signal is a traceback or silence. A background job of a script (`&`) would
    even ignore Ctrl-C, because shells start it so.
    """
    for number in SIGNALS:
        signal.signal(number, end_at_once)


def end_at_once(*_: object) -> None:
    """Signal handler for when there is nothing to clean up, or no time for it."""
    os.write(sys.stderr.fileno(), MESSAGE)  # not print: the signal may have interrupted one
    os._exit(INTERRUPTED)
