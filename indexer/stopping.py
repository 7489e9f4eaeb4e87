"""Stop or pause a run gracefully: tracks in progress are finished and stored first."""

import logging
import multiprocessing
import os
import signal
import sys
import time as clock
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from polymuse.pause import Pause
from polymuse.signals import SIGNALS, end_at_once

log = logging.getLogger(__name__)

PAUSE_POLL_SECONDS = 1.0  # between checks of the clock during a pause
MAX_SHUTDOWN_SECONDS = 10.0  # that a command may take to end after a signal


class Interrupted(BaseException):
    """Ctrl-C or SIGTERM. Not a KeyboardInterrupt, which the argument parser would turn into exit status 1."""


@contextmanager
def deferred() -> Iterator[Callable[[], None]]:
    """Defer signals within the block: the yielded function and the end of the block raise Interrupted after one.

    An exception raised between any two instructions could leave a lock held or a file half written.
    """
    stop = Stop()
    with stop.on_signals(end_soon):
        yield stop.check
    stop.check()


def end_soon() -> None:
    """End the process after MAX_SHUTDOWN_SECONDS if it is still running then, for example because it hangs."""
    if hasattr(signal, "setitimer"):  # not on Windows
        signal.signal(signal.SIGALRM, end_at_once)
        signal.setitimer(signal.ITIMER_REAL, MAX_SHUTDOWN_SECONDS)


def announce() -> None:
    """Print what a first signal does to a run."""
    message = b"Stopping: tracks in progress are finished and stored first. Press Ctrl-C again to stop at once.\n"
    os.write(sys.stderr.fileno(), message)  # not print: the signal may have interrupted one


class Stop:
    """Whether a run should end early or pause; it starts nothing new then."""

    def __init__(self, seconds: float = float("inf"), pause: Pause | None = None) -> None:
        """`seconds`: maximum duration of the run from now on."""
        self.signalled = False
        self.aborted = False  # whether tracks in progress are dropped as well
        self.paused_seconds = 0.0  # so far
        self._end = clock.monotonic() + seconds
        self._pause = pause

    @property
    def requested(self) -> bool:
        """Whether the run should end: after a signal, or at the end of its time."""
        return self.signalled or clock.monotonic() >= self._end

    @property
    def halted(self) -> bool:
        """Whether nothing new may be started now."""
        return self.requested or self.paused

    @property
    def paused(self) -> bool:
        return self._pause is not None and not self.requested and self._pause.holds(datetime.now().astimezone().time())

    def wait(self) -> None:
        """Wait until the pause is over or a stop is requested."""
        began = clock.monotonic()
        if self._pause is not None and self.paused:
            log.warning("Paused until %s", self._pause.end.strftime("%H:%M"))
        while self.paused:
            clock.sleep(PAUSE_POLL_SECONDS)
        self.paused_seconds += clock.monotonic() - began

    def working_clock(self) -> float:
        """Seconds of a clock that stops during pauses."""
        return clock.monotonic() - self.paused_seconds

    def check(self) -> None:
        """Raises Interrupted after a signal."""
        if self.signalled:
            raise Interrupted

    @contextmanager
    def on_signals(self, then: Callable[[], None] = announce) -> Iterator[None]:
        """Within the block, a first Ctrl-C or SIGTERM requests a stop and calls `then`; a second one kills the process.

        No exception is raised: between any two instructions it could leave a lock held. The second signal does not
        clean up, because the store survives a kill at any time.
        """

        def request(*_: object) -> None:
            if self.signalled:
                for worker in multiprocessing.active_children():
                    worker.kill()
                end_at_once()
            self.signalled = True
            then()

        before = {number: signal.signal(number, request) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
