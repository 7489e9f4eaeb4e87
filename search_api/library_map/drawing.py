"""The response with the map of the library, updated in the background."""

import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from catalog.catalog import Catalog
from catalog.track import Track
from search_api.library_map.file import current_map
from search_api.library_map.regions import named_regions
from search_api.media.cache import MediaCache
from search_api.renewed import Renewed

CACHE_BYTES = 2**26  # a map takes 50 bytes per track
DIGITS = 5  # of positions: half a pixel when a large screen is zoomed in on
CATEGORIES = ("genre", "mood", "instruments", "texture")


@dataclass(frozen=True, slots=True)
class DrawnMap:
    """A map, ready to be sent."""

    points: bytes  # gzipped JSON: places and colours
    names: bytes  # gzipped JSON: what each point is
    version: str  # of both
    tracks: int


class LibraryMap:
    """Draws the map on the first request and again when the library has changed. Serves the old one meanwhile."""

    def __init__(self, catalog: Catalog, profile: str, cache: MediaCache) -> None:
        self._catalog = catalog
        self._profile = profile
        self._cache = cache
        self._drawn = Renewed(catalog, self._draw, "map")

    def current(self) -> DrawnMap | None:
        """The map that was drawn last; None while the first one is being drawn.

        If drawing fails, one call raises the error and the next one starts it again.
        """
        made = self._drawn.current()
        return made and made.value

    def close(self) -> None:
        """Wait for the thread to end. Close the cache first: that ends a running computation."""
        self._drawn.close()

    def _draw(self) -> DrawnMap:
        facts = {track.id: _facts(track) for track in self._catalog.tracks()}
        found = current_map(self._catalog, list(facts), self._cache)
        # Neighbours in the answer that are alike make it small.
        ids = sorted(found.positions, key=lambda id_: (facts[id_].artist, facts[id_].title, id_))
        drawn = [facts[id_] for id_ in ids]
        positions = np.array([found.positions[id_] for id_ in ids], np.float32).reshape(-1, 2)
        regions = named_regions(positions, found.centres, [each.tags for each in drawn])
        points = {
            "x": _rounded(positions[:, 0]),
            "y": _rounded(positions[:, 1]),
            "tags": {category: _coded(drawn, category) for category in CATEGORIES},
            "bpm": [each.bpm for each in drawn],
            "key": [each.camelot for each in drawn],
            "energy": [each.energy for each in drawn],
            "year": [each.year for each in drawn],
            "regions": [asdict(region) for region in regions],
        }
        names = {
            "ids": ids,
            "kinds": [each.kind for each in drawn],
            "titles": [each.title for each in drawn],
            "artists": [each.artist for each in drawn],
        }
        version = hashlib.sha256(_json({**points, **names})).hexdigest()[:32]
        head = {"profile": self._profile, "state": "ready", "version": version}
        return DrawnMap(_packed(head | points), _packed(head | names), version, len(facts))


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


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the map shows of a track."""

    title: str
    artist: str
    kind: str
    tags: Mapping[str, str]  # category -> slug of the most confident tag
    bpm: int | None
    camelot: str
    energy: float | None
    year: int | None


def _facts(track: Track) -> _Facts:
    surest = sorted(track.right_tags, key=lambda tag: (tag.confidence, tag.slug))
    return _Facts(
        title=track.title,
        artist=track.credit,
        kind=track.kind,
        tags={tag.category: tag.slug for tag in surest},
        bpm=None if track.bpm is None else round(track.bpm),
        camelot=track.camelot,
        energy=None if track.energy is None else round(track.energy, 2),
        year=track.year,
    )


def _coded(drawn: Sequence[_Facts], category: str) -> dict[str, Any]:
    """The tags of a category as indices into a list of their slugs, -1 for none."""
    slugs = sorted({each.tags[category] for each in drawn if category in each.tags})
    codes = {slug: code for code, slug in enumerate(slugs)}
    return {"slugs": slugs, "of": [codes.get(each.tags.get(category, ""), -1) for each in drawn]}


def _rounded(values: np.ndarray) -> list[float]:
    return [round(float(value), DIGITS) for value in values]


def _json(answer: Mapping[str, Any]) -> bytes:
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()


def _packed(answer: Mapping[str, Any]) -> bytes:
    return gzip.compress(_json(answer), 6, mtime=0)
