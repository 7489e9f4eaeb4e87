"""The response with the map of the library, updated in the background."""

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
from search_api.library_map.file import positions_of
from search_api.media.cache import MediaCache

CACHE_BYTES = 2**26  # a map takes 50 bytes per track
MAX_AGE = 600.0  # seconds; a library of the same size may contain other tracks by then


@dataclass(frozen=True, slots=True)
class DrawnMap:
    """A map, ready to be sent."""

    compressed: bytes  # gzipped JSON
    etag: str
    tracks: int
    drawn_at: float  # time.monotonic()


class LibraryMap:
    """Draws the map on the first request and again when the library has changed. Serves the old one meanwhile."""

    def __init__(self, catalog: Catalog, profile: str, cache: MediaCache) -> None:
        self._catalog = catalog
        self._profile = profile
        self._cache = cache
        self._lock = threading.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="map")
        self._drawing: Future[DrawnMap] | None = None
        self._drawn: DrawnMap | None = None

    def current(self) -> DrawnMap | None:
        """The map that was drawn last; None while the first one is being drawn.

        If drawing fails, one call raises the error and the next one starts it again.
        """
        with self._lock:
            if self._drawing is not None and self._drawing.done():
                drawing, self._drawing = self._drawing, None
                self._drawn = drawing.result()
            if self._drawing is None and self._is_outdated():
                self._drawing = self._thread.submit(self._draw)
            return self._drawn

    def close(self) -> None:
        """Wait for the thread to end. Close the cache first: that ends a running computation."""
        self._thread.shutdown(cancel_futures=True)

    def _is_outdated(self) -> bool:
        drawn = self._drawn
        return drawn is None or time.monotonic() - drawn.drawn_at > MAX_AGE or drawn.tracks != self._catalog.count()

    def _draw(self) -> DrawnMap:
        drawn_at = time.monotonic()
        labels = {track.id: _label(track) for track in self._catalog.tracks()}
        positions = positions_of(self._catalog, list(labels), self._cache)
        points = [_point(id_, labels[id_], position) for id_, position in positions.items()]
        answer = {"profile": self._profile, "state": "ready", "points": points}
        body = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        return DrawnMap(gzip.compress(body, 6, mtime=0), etag, len(labels), drawn_at)


@contextmanager
def open_map(catalog: Catalog, profile: str, directory: Path) -> Iterator[LibraryMap]:
    """The map of a catalog, cached in `directory`."""
    cache = MediaCache(directory, CACHE_BYTES)
    library_map = LibraryMap(catalog, profile, cache)
    try:
        with cache:
            yield library_map
    finally:
        library_map.close()


def _label(track: Track) -> dict[str, Any]:
    surest = sorted(track.right_tags, key=lambda tag: (tag.confidence, tag.slug))
    tags = {tag.category: tag.slug for tag in surest}
    return {"kind": track.kind, "title": track.title, "artist": track.credit, "tags": tags}


def _point(id_: str, label: dict[str, Any], position: np.ndarray) -> dict[str, Any]:
    x, y = (round(float(coordinate), 4) for coordinate in position)
    return {"id": id_, "x": x, "y": y, **label}
