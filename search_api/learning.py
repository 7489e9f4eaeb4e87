"""Remembers what a music server calls songs, from its questions.

For that, a key that reads suffices: people should not have to give a server one that may change the library. So what a
stranger with such a key could write is bounded: ids of the form that the server has, few for a track, few in a minute.
"""

import logging
import re
import threading
import time
from collections.abc import Callable, Sequence

from catalog.catalog import Catalog
from catalog.songs.resolving import Resolved, learn
from polymuse.errors import UserError

ID = re.compile(r"[A-Za-z0-9_-]{8,64}")  # Navidrome: 22 letters and digits, formerly 32 hexadecimal ones or a UUID
MAX_IDS = 8  # of a track at one server: it has one for each copy, and new ones after its library was made anew
PER_MINUTE = 60  # songs; a question shows one or two

logger = logging.getLogger(__name__)


class Learning:
    """Thread-safe. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._left = float(PER_MINUTE)
        self._since = clock()

    def learn(self, resolved: Sequence[Resolved], catalog: Catalog) -> int:
        """Remember ids that are new, and return how many. A store that cannot be written is a warning in the log."""
        new = [each for each in resolved if _is_new(each)]
        if not new or not self._take(len(new)):
            return 0
        try:
            return learn(new, catalog)
        except UserError as error:  # nobody waits for it, and the next question shows the id again
            logger.warning("the id of a song was not remembered: %s", error)
            return 0

    def _take(self, number: int) -> bool:
        with self._lock:
            now = self._clock()
            self._left = min(self._left + (now - self._since) * PER_MINUTE / 60, PER_MINUTE)
            self._since = now
            if self._left < number:
                return False
            self._left -= number
            return True


def _is_new(resolved: Resolved) -> bool:
    """Whether the id may be one, and the track has room for it."""
    track, reference = resolved.track, resolved.reference
    if track is None or not ID.fullmatch(reference.id):
        return False
    start = f"{reference.server}:"
    known = [text.removeprefix(start) for text in track.marks.known_as if text.startswith(start)]
    return reference.id not in known and len(known) < MAX_IDS
