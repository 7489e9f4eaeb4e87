"""Stop and pause a job of the service."""

import time
from collections.abc import Callable

from indexer.stopping import Pause, Stop

POLL_SECONDS = 0.2


class JobStop(Stop):
    """Pauses during the hours of the settings, and while `held` is true."""

    def __init__(self, pause: Pause | None, held: Callable[[], bool]) -> None:
        super().__init__(pause=pause)
        self._held = held

    @property
    def paused(self) -> bool:
        return not self.requested and (self._held() or super().paused)

    def wait(self) -> None:
        began = time.monotonic()
        while self.paused:
            time.sleep(POLL_SECONDS)
        self.paused_seconds += time.monotonic() - began
