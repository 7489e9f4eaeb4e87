"""Remembers what a music server calls songs, from its questions.

For that, a key that reads suffices: people should not have to give a server one that may change the library. So what a
stranger with such a key could write is bounded: ids of the form that the server has, few for a track, few in a minute.
They are written together, a little after the questions, as questions would wait for a write.
"""

import logging
import re
import threading
import time
from collections.abc import Callable, Iterable

from catalog.catalog import Catalog
from catalog.songs.resolving import Resolved, learn
from polymuse.errors import UserError

ID = re.compile(r"[A-Za-z0-9_-]{8,64}")  # Navidrome: 22 letters and digits, formerly 32 hexadecimal ones or a UUID
MAX_IDS = 8  # of a track at one server: it has one for each copy, and new ones after its library was made anew
PER_MINUTE = 60  # songs; a question shows one or two
LATER = 3.0  # seconds from the first question to the write; servers ask several in a row

logger = logging.getLogger(__name__)


class Learning:
    """Thread-safe. `clock` gives seconds, `later` is how many of them questions are gathered."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, later: float = LATER) -> None:
        self._clock = clock
        self._later = later
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._left = float(PER_MINUTE)
        self._since = clock()
        self._noted: dict[str, Resolved] = {}  # by the id
        self._timer: threading.Timer | None = None
        self._closed = False

    def note(self, resolved: Iterable[Resolved], catalog: Catalog) -> None:
        """Take note of the ids that are new, to be written a little later."""
        with self._lock:
            for each in resolved:
                if self._is_new(each) and not self._closed and self._take():
                    self._noted[each.reference.id] = each
            if self._noted and self._timer is None:
                self._timer = threading.Timer(self._later, self.write, [catalog])
                self._timer.daemon = True
                self._timer.start()

    def write(self, catalog: Catalog) -> int:
        """Write what was noted, and return how many were new. Errors of the store are a warning in the log."""
        with self._writing:
            with self._lock:
                noted, self._noted, self._timer = [*self._noted.values()], {}, None
            try:
                return learn(noted, catalog) if noted else 0
            except UserError as error:  # nobody waits for it, and the next question shows the id again
                logger.warning("the ids of songs were not remembered: %s", error)
                return 0

    def close(self) -> None:
        """Forget what was not written yet, and wait for a write that has begun. Nothing is noted after that."""
        with self._lock:
            self._closed = True
            self._noted = {}
            if self._timer is not None:
                self._timer.cancel()
        with self._writing:
            pass

    def _take(self) -> bool:
        now = self._clock()
        self._left = min(self._left + (now - self._since) * PER_MINUTE / 60, PER_MINUTE)
        self._since = now
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def _is_new(self, resolved: Resolved) -> bool:
        """Whether the id may be one, and the track has room for it."""
        track, reference = resolved.track, resolved.reference
        if track is None or not ID.fullmatch(reference.id) or reference.id in self._noted:
            return False
        start = f"{reference.server}:"
        known = [text.removeprefix(start) for text in track.marks.known_as if text.startswith(start)]
        noted = [each for each in self._noted.values() if each.track is not None and each.track.id == track.id]
        return reference.id not in known and len(known) + len(noted) < MAX_IDS
