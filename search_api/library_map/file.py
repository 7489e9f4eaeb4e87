"""Positions of the tracks on the map: computed in a separate process and cached on disk.

The map is updated as tracks are added and removed: new ones are placed between its landmarks. It is laid out again when
the share of new tracks exceeds CHANGED, from the positions that it has.
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO
from zipfile import BadZipFile

import numpy as np

from catalog.catalog import Catalog
from search_api.library_map.projection import LANDMARKS, choose, place_between, project
from search_api.library_map.regions import region_centres
from search_api.library_vectors import IDS, VECTORS, mix_vectors, write_vectors
from search_api.media.cache import MediaCache

VERSION = 2  # increases with every change to the computation
CHANGED = 0.05  # share of new tracks
KNOWN = 0.5  # share of the tracks that an earlier layout has, for a new one to start from it
SECONDS = 3600.0  # time limit of the computation
START = "start.npz"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MapFile:
    """A map as it is stored."""

    positions: dict[str, np.ndarray]  # track id -> [2] float32, 0 to 1
    landmarks: tuple[str, ...]  # ids of the tracks between which others are placed
    span: float  # what a later layout starts with, see `projection.Layout`
    centres: np.ndarray  # [m, 3] of the regions, see `regions.region_centres`

    @classmethod
    def read(cls, file: BinaryIO) -> "MapFile":
        """Read a file of `write_map`."""
        with np.load(file, allow_pickle=False) as stored:
            ids = [id_.decode() for id_ in stored["ids"]]
            positions = dict(zip(ids, stored["places"], strict=True))
            landmarks = tuple(ids[index] for index in stored["landmarks"])
            return cls(positions, landmarks, float(stored["span"]), stored["centres"])


def write_map(source: Path, target: Path) -> None:
    """Compute the map of the vectors in the directory `source`; runs in the process of the cache."""
    vectors = np.load(source / VECTORS, mmap_mode="r")
    with np.load(source / START, allow_pickle=False) as earlier:
        layout = project(vectors, earlier["places"], float(earlier["span"]))
    landmarks = choose(len(vectors), LANDMARKS)
    centres = region_centres(layout.positions)
    with target.open("wb") as file:
        np.savez(
            file,
            ids=np.load(source / IDS),
            places=layout.positions,
            landmarks=landmarks,
            span=layout.span,
            centres=centres,
        )


def current_map(catalog: Catalog, ids: Sequence[str], cache: MediaCache) -> MapFile:
    """The map of these tracks. May take minutes, during which other threads can use the catalog."""
    prefix = f"{VERSION}-{catalog.space.fingerprint[:16]}-"
    stored = _stored(cache, prefix)
    updated = _updated(stored, catalog, ids) if stored is not None else None
    if updated is not None:
        return updated
    with cache.workspace() as source:
        write_vectors(catalog, ids, source, cache)
        _write_start(stored, ids, source)
        key = prefix + hashlib.sha256("".join(ids).encode()).hexdigest()[:32]
        with cache.get(key, write_map, source, SECONDS) as made:
            return MapFile.read(made.file)


def _stored(cache: MediaCache, prefix: str) -> MapFile | None:
    """The newest map, or None. A damaged one is deleted."""
    newest = cache.newest(prefix)
    if newest is None:
        return None
    with newest:
        try:
            return MapFile.read(newest.file)
        except (OSError, EOFError, ValueError, KeyError, IndexError, BadZipFile) as error:
            logger.warning("Recomputing the map: %s cannot be read (%s)", newest.path, error)
            newest.path.unlink(missing_ok=True)
            return None


def _updated(stored: MapFile, catalog: Catalog, ids: Sequence[str]) -> MapFile | None:
    """The stored map, with new tracks placed between the landmarks; None if too many are new."""
    new = [id_ for id_ in ids if id_ not in stored.positions]
    if len(new) > CHANGED * len(ids):
        return None
    positions = {id_: stored.positions[id_] for id_ in ids if id_ in stored.positions}
    landmarks = [id_ for id_ in stored.landmarks if id_ in positions]
    if new and not landmarks:
        return None
    if new:
        marked = np.stack([positions[id_] for id_ in landmarks])
        between = place_between(mix_vectors(catalog, new), mix_vectors(catalog, landmarks), marked)
        positions.update(zip(new, between, strict=True))
    return replace(stored, positions=positions)


def _write_start(stored: MapFile | None, ids: Sequence[str], directory: Path) -> None:
    """Write the positions that a new layout starts with: NaN for those of tracks without one."""
    places = np.full((len(ids), 2), np.nan, np.float32)
    if stored is not None:
        for row, id_ in enumerate(ids):
            places[row] = stored.positions.get(id_, np.nan)
    known = np.isfinite(places[:, 0]).mean() if len(ids) else 0.0
    span = stored.span if stored is not None and known >= KNOWN else 0.0
    np.savez(directory / START, places=places, span=span)
