"""Clusters as they are stored, and what becomes of them as tracks come and go."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.store import Space
from catalog.track import Entry, FileRef, Track
from search_api.clusters.file import EARLIER, KEY, ClusterFile, current_clusters, write_clusters
from search_api.clusters.grouping import Grouping
from search_api.library_vectors import IDS, VECTORS
from search_api.media.cache import MediaCache
from tests.helpers.ids import id_of
from tests.helpers.signals import random_unit
from tests.search_api.clusters.test_grouping import crowds

DIM = 16
COUNT = 108
SPACE = Space("test", DIM, "f" * 64, "starter")
KEYS = ("a" * KEY, "b" * KEY)


def ids(count: int) -> list[str]:
    return [id_of(number) for number in range(count)]


def written(folder: Path, vectors: np.ndarray, earlier: ClusterFile | None = None) -> ClusterFile:
    np.save(folder / VECTORS, vectors)
    np.save(folder / IDS, np.array(ids(len(vectors)), "S36"))
    centres = np.empty((0, DIM)) if earlier is None else earlier.grouping.centres
    np.savez(folder / EARLIER, centres=centres, keys=np.array(earlier.keys if earlier else (), f"S{KEY}"))
    write_clusters(folder, folder / "clusters")
    with (folder / "clusters").open("rb") as file:
        return ClusterFile.read(file)


def test_clusters_keep_their_keys_when_they_are_found_again(tmp_path: Path) -> None:
    first = written(tmp_path, crowds(6, 18))
    assert first.ids == tuple(ids(COUNT))
    assert len({*first.keys}) == 6
    assert written(tmp_path, crowds(6, 18)).keys == first.keys  # without what was known
    grown = written(tmp_path, np.concatenate([crowds(6, 18), crowds(7, 12, seed=1)]), first)
    assert grown.keys[:6] == first.keys
    assert len({*grown.keys}) == 8
    same = np.array(first.keys)[first.groups] == np.array(grown.keys)[grown.groups[:COUNT]]
    assert same.mean() > 0.9


@pytest.fixture
def catalog() -> Catalog:
    catalog = Catalog.in_memory(SPACE)
    tracks = [Track(id_of(n), (FileRef(f"/{n}", 1, 1),), str(n), 1.0, "vorbis") for n in range(12)]
    catalog.upsert([Entry(track, {"mix": random_unit(n % 2, DIM)}) for n, track in enumerate(tracks)])
    return catalog


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[MediaCache]:
    """With two clusters of the first ten tracks: those of even and of odd numbers."""
    with MediaCache(tmp_path / "cache", 2**20) as cache:
        (tmp_path / "cache").mkdir(exist_ok=True)
        grouping = Grouping(np.zeros(DIM, np.float32), np.stack([random_unit(n, DIM) for n in range(2)]))
        with (tmp_path / "cache" / f"1-{'f' * 16}-{'0' * 32}").open("wb") as file:
            np.savez(
                file,
                ids=np.array(ids(10), "S36"),
                groups=np.arange(10, dtype=np.int16) % 2,
                closeness=np.full(10, 0.5, np.float32),
                point=grouping.point,
                centres=grouping.centres,
                keys=np.array(KEYS, f"S{KEY}"),
            )
        yield cache


def test_new_tracks_join_the_clusters_that_there_are(catalog: Catalog, cache: MediaCache) -> None:
    found = current_clusters(catalog, ids(12)[1:], cache)  # one has gone, two have come: 3 of 11 are too many
    assert found.keys == KEYS[:1]  # 11 tracks are one cluster
    found = current_clusters(catalog, ids(12)[:11], cache)
    assert {*found.ids} == {*ids(11)}  # one more has come, one has gone
    assert {found.keys[group] for group in found.groups} <= {*KEYS}


def test_a_damaged_file_is_replaced(catalog: Catalog, cache: MediaCache, tmp_path: Path) -> None:
    [path] = (tmp_path / "cache").iterdir()
    path.write_bytes(b"no archive")
    assert current_clusters(catalog, ids(12), cache).ids == tuple(ids(12))
    assert not path.exists()
