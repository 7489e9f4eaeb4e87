"""The map of the library as it is answered, brought up to date in the background."""

import gzip
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from catalog.catalog import Catalog
from catalog.track import Track
from search_api.library_map.file import places_of
from search_api.media.cache import MediaCache

CACHE_BYTES = 2**26  # a map takes 50 bytes a track
LOOK_AGAIN = 600.0  # seconds after which a library of the same size may hold other tracks


@dataclass(frozen=True, slots=True)
class DrawnMap:
    """A map, ready to be sent."""

    compressed: bytes  # JSON, by gzip
    etag: str
    tracks: int
    drawn_at: float  # by time.monotonic()


class LibraryMap:
    """Draws the map when it is first asked for and again when the library has changed; until then the old one holds."""

    def __init__(self, catalog: Catalog, profile: str, cache: MediaCache) -> None:
        self._catalog = catalog
        self._profile = profile
        self._cache = cache
        self._lock = threading.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="map")
        self._drawing: Future[DrawnMap] | None = None
        self._drawn: DrawnMap | None = None

    def current(self) -> DrawnMap | None:
        """The map as it was last drawn; None while the first one is being drawn.

        Raises once what went wrong with the drawing, after which the next call starts it again.
        """
        with self._lock:
            if self._drawing is not None and self._drawing.done():
                drawing, self._drawing = self._drawing, None
                self._drawn = drawing.result()
            if self._drawing is None and self._is_outdated():
                self._drawing = self._thread.submit(self._draw)
            return self._drawn

    def close(self) -> None:
        """To be called when the cache has been closed, which ends a computation."""
        self._thread.shutdown(cancel_futures=True)

    def _is_outdated(self) -> bool:
        drawn = self._drawn
        return drawn is None or time.monotonic() - drawn.drawn_at > LOOK_AGAIN or drawn.tracks != self._catalog.count()

    def _draw(self) -> DrawnMap:
        drawn_at = time.monotonic()
        labels = {track.id: _label(track) for track in self._catalog.tracks()}
        places = places_of(self._catalog, list(labels), self._cache)
        points = [_point(id_, labels[id_], place) for id_, place in places.items()]
        answer = {"profile": self._profile, "state": "ready", "points": points}
        body = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        return DrawnMap(gzip.compress(body, 6, mtime=0), etag, len(labels), drawn_at)


@contextmanager
def open_map(catalog: Catalog, profile: str, directory: Path) -> Iterator[LibraryMap]:
    """The map of this catalog, kept below `directory`."""
    cache = MediaCache(directory, CACHE_BYTES)
    library_map = LibraryMap(catalog, profile, cache)
    try:
        with cache:
            yield library_map
    finally:
        library_map.close()


def _label(track: Track) -> dict[str, Any]:
    surest = sorted(track.tags, key=lambda tag: (tag.confidence, tag.slug))
    return {"title": track.title, "artist": track.artist, "tags": {tag.category: tag.slug for tag in surest}}


def _point(id_: str, label: dict[str, Any], place: np.ndarray) -> dict[str, Any]:
    x, y = (round(float(coordinate), 4) for coordinate in place)
    return {"id": id_, "x": x, "y": y, **label}
