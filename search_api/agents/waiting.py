"""Tools wait a little for a library that is still opening: agents give up on errors, and a start takes seconds."""

import time
from collections.abc import Callable

from search_api.service import SearchService, ServiceLoader, StartingError

PATIENCE = 25.0  # seconds; a request over HTTP may take 30
LOOK_SECONDS = 0.1


def patient(loader: ServiceLoader, seconds: float = PATIENCE) -> Callable[[], SearchService]:
    """Gives the open service. Raises StartingError after `seconds`, and what the loader raises."""

    def service() -> SearchService:
        end = time.monotonic() + seconds
        while True:
            try:
                return loader.service()
            except StartingError:
                if time.monotonic() >= end:
                    raise
            time.sleep(LOOK_SECONDS)

    return service
