"""How a run is asked to end, and how it ends: with the tracks in hand finished and stored."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

INTERRUPTED = 130  # exit status after Ctrl-C or SIGTERM
SIGNALS = (signal.SIGINT, signal.SIGTERM)
FIRST = b"Stopping: what is under way is finished and stored first. Ctrl-C again ends at once.\n"
SECOND = b"polymuse: interrupted\n"


class Interrupted(BaseException):
    """Ctrl-C or SIGTERM. Not a KeyboardInterrupt, which the argument parser would turn into exit status 1."""


class Stop:
    """Whether a run is to end early: it takes up nothing new then."""

    def __init__(self) -> None:
        self.requested = False

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Within, a first Ctrl-C or SIGTERM is a request, and a second one ends the process at once.

        A signal raises nothing here: an exception that comes between any two instructions can leave a lock held. The
        second one does not tidy up either, as the store survives a kill at any instant.
        """
        before = {number: signal.signal(number, self._request) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _request(self, *_: object) -> None:
        if self.requested:
            os.write(sys.stderr.fileno(), SECOND)
            for worker in multiprocessing.active_children():
                worker.kill()
            os._exit(INTERRUPTED)
        self.requested = True
        os.write(sys.stderr.fileno(), FIRST)  # not print: the signal may have come in the middle of one
