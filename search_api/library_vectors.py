"""The vectors of the mixes of a library, for what is computed from all of them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from catalog.catalog import Catalog
from polymuse.music import MIX
from search_api.media.cache import MediaCache

VECTORS, IDS = "vectors.npy", "ids.npy"
BATCH = 500  # tracks whose vectors are read at once; other requests run between batches


def write_vectors(catalog: Catalog, ids: Sequence[str], directory: Path, cache: MediaCache) -> None:
    """Write the ids and their vectors [n, dim] float32, in batches: those of a large library may not fit into memory.

    Raises UnavailableError when the cache is closed meanwhile, and NotFoundError if a track was deleted.
    """
    np.save(directory / IDS, np.array(ids, "S36"))
    vectors = np.lib.format.open_memmap(directory / VECTORS, "w+", np.float32, (len(ids), catalog.space.dim))
    for start in range(0, len(ids), BATCH):
        cache.check_open()
        vectors[start : start + BATCH] = mix_vectors(catalog, ids[start : start + BATCH])
    vectors.flush()


def mix_vectors(catalog: Catalog, ids: Sequence[str]) -> np.ndarray:
    """[n, dim] float32, the vectors of the mixes. Raises NotFoundError if a track was deleted meanwhile."""
    found = catalog.vectors(ids)
    return np.stack([found[id_][MIX] for id_ in ids])
