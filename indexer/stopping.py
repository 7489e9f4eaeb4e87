"""How a run is asked to end or to rest, and how it ends: with the tracks in hand finished and stored."""

import logging
import multiprocessing
import os
import re
import signal
import sys
import time as clock
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time
from typing import Self

from polymuse.errors import UserError
from polymuse.signals import SIGNALS, end_at_once

log = logging.getLogger(__name__)

REST_SECONDS = 1.0  # between looks at the clock
TIDYING_SECONDS = 10.0  # that a command may take to end after a signal


class Interrupted(BaseException):
    """Ctrl-C or SIGTERM. Not a KeyboardInterrupt, which the argument parser would turn into exit status 1."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Hours of every day in which a run rests."""

    start: time  # local
    end: time  # before `start` where midnight lies between

    @classmethod
    def parse(cls, text: str) -> Self:
        """From "09:00-18:30". Raises UserError."""
        found = re.fullmatch(r"(\d\d?:\d\d)-(\d\d?:\d\d)", text)
        try:
            start, end = (time.fromisoformat(part.zfill(5)) for part in found.groups()) if found else (time(), time())
        except ValueError:  # 25:00
            start = end = time()
        if start == end:
            raise UserError(f"--pause {text!r} is not a part of the day", "Write it like 09:00-18:30")
        return cls(start, end)

    def holds(self, now: time) -> bool:
        if self.start < self.end:
            return self.start <= now < self.end
        return now >= self.start or now < self.end


@contextmanager
def deferred() -> Iterator[Callable[[], None]]:
    """Within, a signal waits until what this gives is called, or for the end: either of them raises Interrupted.

    An exception that comes between any two instructions can leave a lock held or a file half written.
    """
    stop = Stop()
    with stop.on_signals(end_soon):
        yield stop.check
    stop.check()


def end_soon() -> None:
    """End the process in a while if it has not ended by itself: something may hold it up."""
    if hasattr(signal, "setitimer"):  # not on Windows
        signal.signal(signal.SIGALRM, end_at_once)
        signal.setitimer(signal.ITIMER_REAL, TIDYING_SECONDS)


def announce() -> None:
    """Say what a first signal does to a run."""
    message = b"Stopping: what is under way is finished and stored first. Ctrl-C again ends at once.\n"
    os.write(sys.stderr.fileno(), message)  # not print: the signal may have come in the middle of one


class Stop:
    """Whether a run is to end early, or to rest: nothing new is begun then."""

    def __init__(self, seconds: float = float("inf"), pause: Pause | None = None) -> None:
        """`seconds`: how long the run may last from now on."""
        self.signalled = False
        self.rested = 0.0  # seconds so far
        self._end = clock.monotonic() + seconds
        self._pause = pause

    @property
    def requested(self) -> bool:
        return self.signalled or clock.monotonic() >= self._end

    @property
    def halted(self) -> bool:
        """Whether nothing new is to be begun now."""
        return self.requested or self.resting

    @property
    def resting(self) -> bool:
        return self._pause is not None and not self.requested and self._pause.holds(datetime.now().astimezone().time())

    def rest(self) -> None:
        """Wait until the hours of rest are over, or a stop is requested."""
        began = clock.monotonic()
        if self._pause is not None and self.resting:
            log.warning("Resting until %s", self._pause.end.strftime("%H:%M"))
        while self.resting:
            clock.sleep(REST_SECONDS)
        self.rested += clock.monotonic() - began

    def working_clock(self) -> float:
        """Seconds of a clock that stands still while the run rests."""
        return clock.monotonic() - self.rested

    def check(self) -> None:
        """Raises Interrupted after a signal."""
        if self.signalled:
            raise Interrupted

    @contextmanager
    def on_signals(self, then: Callable[[], None] = announce) -> Iterator[None]:
        """Within, a first Ctrl-C or SIGTERM is a request, followed by `then`; a second one ends the process at once.

        A signal raises nothing here: an exception that comes between any two instructions can leave a lock held. The
        second one does not tidy up either, as the store survives a kill at any instant.
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
