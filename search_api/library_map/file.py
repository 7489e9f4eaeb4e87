"""Where the tracks of a library lie on its map: computed in a process of its own, and kept on disk.

A map is amended as tracks come and go: new ones are placed between its landmarks. It is computed again when more than
CHANGED of the tracks are new.
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from zipfile import BadZipFile

import numpy as np

from catalog.catalog import Catalog
from polymuse.music import MIX
from search_api.library_map.projection import choose_landmarks, place_between, project
from search_api.media.cache import MediaCache

VERSION = 1  # raised with every change of how maps are computed
CHANGED = 0.05  # share of new tracks
SECONDS = 3600.0  # in which a map must be computed
BATCH = 500  # tracks whose vectors are read at once: other requests get their turn between
VECTORS, IDS = "vectors.npy", "ids.npy"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MapFile:
    places: dict[str, np.ndarray]  # track -> [2] float32, from 0 to 1
    landmarks: tuple[str, ...]  # tracks between which others can be placed

    @classmethod
    def read(cls, file: BinaryIO) -> "MapFile":
        with np.load(file, allow_pickle=False) as stored:
            ids = [id_.decode() for id_ in stored["ids"]]
            places = dict(zip(ids, stored["places"], strict=True))
            return cls(places, tuple(ids[position] for position in stored["landmarks"]))


def write_map(source: Path, target: Path) -> None:
    """The map of the vectors in the directory `source`; runs in the process of the cache."""
    vectors = np.load(source / VECTORS, mmap_mode="r")
    landmarks = choose_landmarks(len(vectors))
    places = project(vectors, landmarks)
    with target.open("wb") as file:
        np.savez(file, ids=np.load(source / IDS), places=places, landmarks=landmarks)


def places_of(catalog: Catalog, ids: Sequence[str], cache: MediaCache) -> dict[str, np.ndarray]:
    """Track -> [2] float32. Computing it may take minutes, in which other threads can use the catalog."""
    prefix = f"{VERSION}-{catalog.space.fingerprint[:16]}-"
    stored = _stored(cache, prefix)
    amended = _amended(stored, catalog, ids) if stored is not None else None
    if amended is not None:
        return amended
    with cache.workspace() as source:
        _write_vectors(catalog, ids, source, cache)
        key = prefix + hashlib.sha256("".join(ids).encode()).hexdigest()[:32]
        with cache.get(key, write_map, source, SECONDS) as made:
            return MapFile.read(made.file).places


def _stored(cache: MediaCache, prefix: str) -> MapFile | None:
    """The newest map; a damaged one is removed."""
    newest = cache.newest(prefix)
    if newest is None:
        return None
    with newest:
        try:
            return MapFile.read(newest.file)
        except (OSError, EOFError, ValueError, KeyError, IndexError, BadZipFile) as error:
            logger.warning("Computing the map again: %s cannot be read (%s)", newest.path, error)
            newest.path.unlink(missing_ok=True)
            return None


def _amended(stored: MapFile, catalog: Catalog, ids: Sequence[str]) -> dict[str, np.ndarray] | None:
    """The stored places, and those of new tracks between its landmarks; None if too many are new."""
    new = [id_ for id_ in ids if id_ not in stored.places]
    if len(new) > CHANGED * len(ids):
        return None
    places = {id_: stored.places[id_] for id_ in ids if id_ in stored.places}
    landmarks = [id_ for id_ in stored.landmarks if id_ in places]
    if new and not landmarks:
        return None
    if new:
        marked = np.stack([places[id_] for id_ in landmarks])
        between = place_between(_vectors(catalog, new), _vectors(catalog, landmarks), marked)
        places.update(zip(new, between, strict=True))
    return places


def _write_vectors(catalog: Catalog, ids: Sequence[str], directory: Path, cache: MediaCache) -> None:
    """In pieces: a large library's vectors need not fit into memory."""
    np.save(directory / IDS, np.array(ids, "S36"))
    shape = (len(ids), catalog.space.dim)
    vectors = np.lib.format.open_memmap(directory / VECTORS, "w+", np.float32, shape)
    for start in range(0, len(ids), BATCH):
        cache.check_open()
        vectors[start : start + BATCH] = _vectors(catalog, ids[start : start + BATCH])
    vectors.flush()


def _vectors(catalog: Catalog, ids: Sequence[str]) -> np.ndarray:
    """[n, dim] float32 of the mixes. Raises NotFoundError for a track that was deleted meanwhile."""
    found = catalog.vectors(ids)
    return np.stack([found[id_][MIX] for id_ in ids])
