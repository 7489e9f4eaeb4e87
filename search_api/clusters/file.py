"""The clusters of all tracks: computed in a separate process and cached on disk.

They are updated as tracks are added and removed: a new track joins the nearest cluster. Clusters are found again when
the share of tracks that came or went exceeds CHANGED, beginning with the ones that there are, whose keys they keep.
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
from search_api.clusters.grouping import Grouping, group
from search_api.library_vectors import BATCH, IDS, VECTORS, mix_vectors, write_vectors
from search_api.media.cache import MediaCache

VERSION = 1  # increases with every change to the computation
CHANGED = 0.2  # share of tracks that came or went
SECONDS = 3600.0  # time limit of the computation
EARLIER = "earlier.npz"
KEY = 12  # characters

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ClusterFile:
    """Clusters as they are stored: which one each track belongs to."""

    ids: tuple[str, ...]
    groups: np.ndarray  # [n] int16, indices into the centres
    closeness: np.ndarray  # [n] float32, to the centre
    grouping: Grouping
    keys: tuple[str, ...]  # of the centres; a cluster keeps its key

    @classmethod
    def read(cls, file: BinaryIO) -> "ClusterFile":
        """Read a file of `write_clusters`."""
        with np.load(file, allow_pickle=False) as stored:
            ids, keys = (tuple(each.decode() for each in stored[name]) for name in ("ids", "keys"))
            grouping = Grouping(stored["point"], stored["centres"])
            return cls(ids, stored["groups"], stored["closeness"], grouping, keys)


def write_clusters(source: Path, target: Path) -> None:
    """Group the vectors in the directory `source`; runs in the process of the cache."""
    vectors, ids = np.load(source / VECTORS, mmap_mode="r"), np.load(source / IDS)
    with np.load(source / EARLIER, allow_pickle=False) as earlier:
        grouping = group(vectors, earlier["centres"])
        keys = [*earlier["keys"]][: len(grouping.centres)]
    groups, closeness = grouping.nearest(vectors)
    for index in range(len(keys), len(grouping.centres)):
        keys.append(_new_key(ids, np.where(groups == index, closeness, -1), keys))
    with target.open("wb") as file:
        np.savez(
            file,
            ids=ids,
            groups=groups,
            closeness=closeness,
            point=grouping.point,
            centres=grouping.centres,
            keys=np.array(keys, f"S{KEY}"),
        )


def current_clusters(catalog: Catalog, ids: Sequence[str], cache: MediaCache) -> ClusterFile:
    """The clusters of these tracks, at least one. May take minutes, during which other threads can use the catalog.

    Raises UnavailableError for a cache that cannot be written, and NotFoundError if a track was deleted meanwhile.
    """
    prefix = f"{VERSION}-{catalog.space.fingerprint[:16]}-"
    stored = _stored(cache, prefix)
    updated = _updated(stored, catalog, ids, cache) if stored is not None else None
    if updated is not None:
        return updated
    with cache.workspace() as source:
        write_vectors(catalog, ids, source, cache)
        _write_earlier(stored, catalog.space.dim, source)
        made_from = (*ids, *(() if stored is None else stored.keys))
        key = prefix + hashlib.sha256("".join(made_from).encode()).hexdigest()[:32]
        with cache.get(key, write_clusters, source, SECONDS) as made:
            return ClusterFile.read(made.file)


def _stored(cache: MediaCache, prefix: str) -> ClusterFile | None:
    """The newest clusters, or None. A damaged file is deleted."""
    newest = cache.newest(prefix)
    if newest is None:
        return None
    with newest:
        try:
            return ClusterFile.read(newest.file)
        except (OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
            logger.warning("Finding clusters anew: %s cannot be read (%s)", newest.path, error)
            newest.path.unlink(missing_ok=True)
            return None


def _updated(stored: ClusterFile, catalog: Catalog, ids: Sequence[str], cache: MediaCache) -> ClusterFile | None:
    """The stored clusters, which new tracks have joined; None if too many came or went."""
    at = {id_: place for place, id_ in enumerate(stored.ids)}
    new = [id_ for id_ in ids if id_ not in at]
    gone = len(stored.ids) - (len(ids) - len(new))
    if len(new) + gone > CHANGED * len(ids):
        return None
    kept = [id_ for id_ in ids if id_ in at]
    places = np.array([at[id_] for id_ in kept], int)
    groups, closeness = [stored.groups[places]], [stored.closeness[places]]
    for start in range(0, len(new), BATCH):
        cache.check_open()
        joined = stored.grouping.nearest(mix_vectors(catalog, new[start : start + BATCH]))
        groups.append(joined[0])
        closeness.append(joined[1])
    return ClusterFile((*kept, *new), np.concatenate(groups), np.concatenate(closeness), stored.grouping, stored.keys)


def _write_earlier(stored: ClusterFile | None, dim: int, directory: Path) -> None:
    """Write the centres that new clusters begin with, those of most tracks first."""
    centres, keys = np.empty((0, dim), np.float32), np.empty(0, f"S{KEY}")
    if stored is not None:
        order = np.argsort(-np.bincount(stored.groups, minlength=len(stored.keys)), kind="stable")
        centres, keys = stored.grouping.centres[order], np.array(stored.keys, f"S{KEY}")[order]
    np.savez(directory / EARLIER, centres=centres, keys=keys)


def _new_key(ids: np.ndarray, closeness: np.ndarray, used: Sequence[bytes]) -> bytes:
    """Made from the most typical track: computed again without the cache, a cluster has the same key."""
    base = ids[closeness.argmax()]
    for number in range(len(used) + 1):
        key = hashlib.sha256(base + b"%d" % number).hexdigest()[:KEY].encode()
        if key not in used:
            return key
    raise AssertionError("there are more keys than clusters")
