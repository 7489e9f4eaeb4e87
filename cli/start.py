"""Entry point of the command line: installs signal handlers before the slow imports."""

import os
import sys

from polymuse.permissions import keep_private
from polymuse.signals import end_on_signals


def open_streams() -> None:
    """Let standard streams that were closed (`>&-`) lead nowhere: the next file to be opened would take their place."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w" if number else "r", closefd=False))


def main() -> None:
    """Run the command line and exit with its status."""
    open_streams()
    end_on_signals()
    keep_private()
    from cli.main import main as run

    run()
