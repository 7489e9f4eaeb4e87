"""Say how far work on all stored tracks is: with many of them it takes minutes."""

import logging
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from catalog.engine import ANYTHING, Engine, Point, walk

INTERVAL = 10.0  # seconds between lines

T = TypeVar("T")

logger = logging.getLogger(__name__)


def walk_upgrading(engine: Engine, place: str) -> Iterator[Point]:
    """All points to be converted, with warnings: who waits for a command sees these, too."""
    total = engine.count(ANYTHING)
    if total:
        logger.warning("upgrading %s, which is needed once: %d tracks", place, total)
    yield from telling(walk(engine, ANYTHING), total, "upgrading")


def telling(tracks: Iterable[T], total: int, doing: str) -> Iterator[T]:
    """The tracks, with a warning about every ten seconds."""
    started = said = time.monotonic()
    for number, track in enumerate(tracks, 1):
        yield track
        now = time.monotonic()
        if now - said >= INTERVAL and number < total:
            said = now
            left = (now - started) / number * (total - number)
            logger.warning("%s: %d of %d tracks, about %.0f s left", doing, number, total, left)
