"""Stop and pause a job of the service."""

import logging
import time
from collections.abc import Callable
from datetime import datetime

from indexer.stopping import Stop
from polymuse.pause import Pause

POLL_SECONDS = 0.2

log = logging.getLogger(__name__)


class JobStop(Stop):
    """Pauses during the hours of the settings, and while `held` is true."""

    def __init__(self, pause: Pause | None, held: Callable[[], bool]) -> None:
        super().__init__(pause=pause)
        self._hours = pause
        self._held = held
        self._announced = False

    @property
    def paused(self) -> bool:
        return not self.requested and (self._held() or super().paused)

    @property
    def paused_until(self) -> str | None:
        """The end of the hours of the settings, such as "18:30"; None outside them."""
        hours = self._hours
        if hours is None or self.requested or not hours.holds(datetime.now().astimezone().time()):
            return None
        return hours.end.strftime("%H:%M")

    def announce_hours(self) -> None:
        """Log once that the job waits for the end of the hours, if it does."""
        until = self.paused_until
        if until is not None and not self._announced:
            log.info("paused until %s, by the setting `pause`", until)
        self._announced = until is not None

    def wait(self) -> None:
        began = time.monotonic()
        self.announce_hours()
        while self.paused:
            time.sleep(POLL_SECONDS)
        self.paused_seconds += time.monotonic() - began
