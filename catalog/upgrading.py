"""Say how far the conversion of stored tracks is: with many of them it takes minutes."""

import logging
import time
from collections.abc import Iterator

from catalog.engine import ANYTHING, Engine, Point, walk

INTERVAL = 10.0  # seconds between lines

logger = logging.getLogger(__name__)


def walk_upgrading(engine: Engine, place: str) -> Iterator[Point]:
    """All points to be converted, with warnings: who waits for a command sees these, too."""
    total = engine.count(ANYTHING)
    if total:
        logger.warning("upgrading %s, which is needed once: %d tracks", place, total)
    started = said = time.monotonic()
    for number, point in enumerate(walk(engine, ANYTHING), 1):
        yield point
        now = time.monotonic()
        if now - said >= INTERVAL and number < total:
            said = now
            left = (now - started) / number * (total - number)
            logger.warning("upgrading: %d of %d tracks, about %.0f s left", number, total, left)
