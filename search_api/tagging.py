"""The tagger of the service, for what is not stored with tags: uploads and moments."""

import threading
import time
from collections.abc import Callable

from catalog.descriptor_upkeep import LiveDescriptors
from models.tagging.tagger import Tagger
from polymuse.descriptors import DescriptorsVersion

FRESH = 60.0  # seconds in which new statistics of the library may not be seen


class LiveTagger:
    """A tagger with the descriptors that users have added so far. Thread-safe."""

    def __init__(self, load: Callable[[], Tagger], descriptors: LiveDescriptors) -> None:
        """`load` makes the tagger of the bank with the statistics of the library as they are now."""
        self._load = load
        self._descriptors = descriptors
        self._lock = threading.Lock()
        self._tagger: Tagger | None = None
        self._version = DescriptorsVersion()
        self._fresh_until = 0.0  # on the clock of time.monotonic

    def current(self) -> Tagger:
        """Raises UnavailableError if the descriptors cannot be read."""
        seen = self._descriptors.current()
        with self._lock:
            if self._tagger is None or seen.version != self._version or time.monotonic() >= self._fresh_until:
                own = [each for each in seen.by_slug.values() if each.own]
                self._tagger = self._load().with_own(own)
                self._version = seen.version
                self._fresh_until = time.monotonic() + FRESH
            return self._tagger
