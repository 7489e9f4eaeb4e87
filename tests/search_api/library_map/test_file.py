"""Maps as they are stored, and what becomes of a stored map as tracks come and go."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.store import Space
from catalog.track import Entry, FileRef, Track
from search_api.library_map.file import START, MapFile, current_map, write_map
from search_api.library_vectors import IDS, VECTORS
from search_api.media.cache import MediaCache
from tests.helpers.ids import id_of
from tests.helpers.signals import random_unit

DIM = 16
COUNT = 40
SPACE = Space("test", DIM, "f" * 64, "starter")


def vector(number: int) -> np.ndarray:
    """Tracks from COUNT on sound like track 7."""
    return random_unit(number if number < COUNT else 7, DIM)


@pytest.fixture
def catalog() -> Catalog:
    catalog = Catalog.in_memory(SPACE)
    tracks = [Track(id_of(n), (FileRef(f"/{n}", 1, 1),), str(n), 1.0, "vorbis") for n in range(COUNT + 2)]
    catalog.upsert([Entry(track, {"mix": vector(n)}) for n, track in enumerate(tracks)])
    return catalog


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[MediaCache]:
    """With a map of the tracks 0 to COUNT - 1 in a row, all of them landmarks."""
    with MediaCache(tmp_path / "cache", 2**20) as cache:
        (tmp_path / "cache").mkdir(exist_ok=True)
        with (tmp_path / "cache" / f"2-{'f' * 16}-{'0' * 32}").open("wb") as file:
            names = np.array(ids(COUNT), "S36")
            np.savez(file, ids=names, places=row(), landmarks=np.arange(COUNT), span=50.0, centres=np.empty((0, 3)))
        yield cache


def ids(count: int) -> list[str]:
    return [id_of(number) for number in range(count)]


def row() -> np.ndarray:
    """[COUNT, 2]: from (0, 0.5) to (0.975, 0.5)."""
    return np.stack([np.arange(COUNT) / COUNT, np.full(COUNT, 0.5)], axis=1).astype(np.float32)


def test_a_map_is_read_as_it_was_written(tmp_path: Path) -> None:
    np.save(tmp_path / VECTORS, np.stack([vector(number) for number in range(8)]))
    np.save(tmp_path / IDS, np.array(ids(8), "S36"))
    np.savez(tmp_path / START, places=np.full((8, 2), np.nan), span=0.0)
    write_map(tmp_path, tmp_path / "map")
    with (tmp_path / "map").open("rb") as file:
        found = MapFile.read(file)
    assert list(found.positions) == ids(8)
    assert set(found.landmarks) == set(ids(8))  # few tracks are landmarks all
    positions = np.stack([*found.positions.values()])
    assert positions.shape == (8, 2)
    assert positions.min() == pytest.approx(0, abs=1e-6)
    assert positions.max() == pytest.approx(1, abs=1e-6)


def test_a_stored_map_is_used_again(catalog: Catalog, cache: MediaCache) -> None:
    found = current_map(catalog, ids(COUNT), cache).positions
    np.testing.assert_array_equal(np.stack([found[id_] for id_ in ids(COUNT)]), row())


def test_tracks_that_are_gone_leave_it(catalog: Catalog, cache: MediaCache) -> None:
    assert set(current_map(catalog, ids(COUNT)[5:], cache).positions) == set(ids(COUNT)[5:])


def test_a_few_new_tracks_are_placed_among_it(catalog: Catalog, cache: MediaCache) -> None:
    found = current_map(catalog, ids(COUNT + 2), cache).positions  # 2 of 42 are 4.8 %
    np.testing.assert_array_equal(np.stack([found[id_] for id_ in ids(COUNT)]), row())
    for number in (COUNT, COUNT + 1):  # between landmarks that all lie in the row
        x, y = found[id_of(number)]
        assert y == pytest.approx(0.5)
        assert 0 <= x < 1
