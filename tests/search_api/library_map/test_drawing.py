"""The map of the library."""

import gzip
import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.store import Space
from catalog.track import Entry, FileRef, Track
from polymuse.music import Tag
from search_api.library_map.drawing import LibraryMap, open_map
from tests.helpers.ids import id_of
from tests.helpers.signals import random_unit

DIM = 16
Points = dict[str, dict[str, Any]]


@pytest.fixture
def catalog() -> Catalog:
    return Catalog.in_memory(Space("test", DIM, "fingerprint-of-the-test", "starter"))


def add(catalog: Catalog, numbers: range) -> None:
    entries = []
    for number in numbers:
        track = Track(id_of(number), (FileRef(f"/{number}", 1, 1),), f"Song {number}", 1.0, "vorbis")
        entries.append(Entry(track, {"mix": random_unit(number, DIM)}))
    catalog.upsert(entries)


@contextmanager
def mapped(catalog: Catalog, directory: Path) -> Iterator[Callable[[], Points]]:
    """A function that waits until the map is up to date and returns its points."""
    with open_map(catalog, "starter", directory) as library_map:
        yield lambda: up_to_date(library_map, catalog)


def up_to_date(library_map: LibraryMap, catalog: Catalog) -> Points:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        drawn = library_map.current()
        if drawn is not None and drawn.tracks == catalog.count():
            points, names = (json.loads(gzip.decompress(each)) for each in (drawn.points, drawn.names))
            assert points["version"] == names["version"] == drawn.version
            return {id_: _point(points, index) for index, id_ in enumerate(names["ids"])}
        time.sleep(0.02)
    pytest.fail("the map was not drawn")


def _point(columns: dict[str, Any], index: int) -> dict[str, Any]:
    """One point of the columns; its tags by their slugs."""
    tags = {
        category: coded["slugs"][coded["of"][index]]
        for category, coded in columns["tags"].items()
        if coded["of"][index] >= 0
    }
    return {name: columns[name][index] for name in ("x", "y", "bpm", "key", "energy", "year")} | {"tags": tags}


def stored(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_every_track_has_a_place(catalog: Catalog, tmp_path: Path) -> None:
    add(catalog, range(30))
    with mapped(catalog, tmp_path) as points:
        found = points()
    assert set(found) == {id_of(number) for number in range(30)}
    assert all(0 <= point[axis] <= 1 for point in found.values() for axis in "xy")
    assert len(stored(tmp_path)) == 1  # no other files remain


def test_an_empty_library(catalog: Catalog, tmp_path: Path) -> None:
    with mapped(catalog, tmp_path) as points:
        assert points() == {}


def test_it_is_computed_once(catalog: Catalog, tmp_path: Path) -> None:
    add(catalog, range(30))
    with mapped(catalog, tmp_path) as points:
        before = points()
    [file] = tmp_path.iterdir()
    made = file.stat().st_mtime_ns
    with mapped(catalog, tmp_path) as points:
        assert points() == before
    assert file.stat().st_mtime_ns == made


def test_a_few_new_tracks_are_placed_between_the_others(catalog: Catalog, tmp_path: Path) -> None:
    add(catalog, range(40))
    with mapped(catalog, tmp_path) as points:
        before = points()
        files = stored(tmp_path)
        add(catalog, range(40, 42))  # 2 of 42 are 4.8 %
        after = points()
        assert len(after) == 42
        assert {id_: after[id_] for id_ in before} == before
        assert stored(tmp_path) == files


@pytest.mark.slow
def test_many_new_tracks_make_a_new_map(catalog: Catalog, tmp_path: Path) -> None:
    add(catalog, range(40))
    with mapped(catalog, tmp_path) as points:
        before = points()
        add(catalog, range(40, 43))  # 3 of 43 are 7 %
        after = points()
        assert len(after) == 43
        assert [after[id_]["x"] for id_ in before] != [point["x"] for point in before.values()]
        assert len(stored(tmp_path)) == 2


@pytest.mark.slow
def test_deleted_tracks_leave_it(catalog: Catalog, tmp_path: Path) -> None:
    add(catalog, range(30))
    with mapped(catalog, tmp_path) as points:
        before = points()
        gone = id_of(7)
        catalog.delete([gone])
        after = points()
        assert after == {id_: point for id_, point in before.items() if id_ != gone}


@pytest.mark.slow
def test_a_damaged_file_is_made_again(catalog: Catalog, tmp_path: Path) -> None:
    add(catalog, range(30))
    with mapped(catalog, tmp_path) as points:
        before = points()
    [file] = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:100])
    with mapped(catalog, tmp_path) as points:
        assert points() == before


@pytest.mark.slow
def test_another_space_has_a_map_of_its_own(catalog: Catalog, tmp_path: Path) -> None:
    other = Catalog.in_memory(Space("test", DIM, "another-fingerprint", "starter"))
    for each in (catalog, other):
        add(each, range(12))
        with mapped(each, tmp_path) as points:
            points()
    assert len(stored(tmp_path)) == 2


def test_a_failure_is_reported_and_retried(catalog: Catalog, tmp_path: Path) -> None:
    add(catalog, range(12))
    (tmp_path / "file").touch()
    with open_map(catalog, "starter", tmp_path / "file" / "map") as library_map:
        for _ in range(2):
            assert library_map.current() is None
            with pytest.raises(Exception, match="cannot be written"):  # noqa: PT012
                for _ in range(1000):
                    time.sleep(0.01)
                    library_map.current()


def test_the_service_can_stop_while_it_is_computed(catalog: Catalog, tmp_path: Path) -> None:
    add(catalog, range(800))
    with open_map(catalog, "starter", tmp_path) as library_map:
        assert library_map.current() is None
    assert stored(tmp_path) == []


def test_the_most_confident_tag_of_each_category(catalog: Catalog, tmp_path: Path) -> None:
    tags = (Tag("calm", "mood", 0.6), Tag("dark", "mood", 0.9), Tag("rock", "genre", 0.7))
    vector = np.eye(1, DIM, dtype=np.float32)[0]
    catalog.upsert(
        [Entry(Track(str(uuid.uuid4()), (FileRef("/a", 1, 1),), "A", 1.0, "flac", tags=tags), {"mix": vector})]
    )
    with mapped(catalog, tmp_path) as points:
        [point] = points().values()
    assert point["tags"] == {"mood": "dark", "genre": "rock"}


def test_what_colours_a_point(catalog: Catalog, tmp_path: Path) -> None:
    track = Track(str(uuid.uuid4()), (FileRef("/a", 1, 1),), "A", 1.0, "flac", year=1999, tag_bpm=127.6, tag_key="Am")
    bare = Track(str(uuid.uuid4()), (FileRef("/b", 1, 1),), "B", 1.0, "flac")
    catalog.upsert([Entry(each, {"mix": np.eye(1, DIM, dtype=np.float32)[0]}) for each in (track, bare)])
    with mapped(catalog, tmp_path) as points:
        found = points()
    colours = {id_: [point[name] for name in ("bpm", "key", "energy", "year")] for id_, point in found.items()}
    assert colours == {track.id: [128, "8A", None, 1999], bare.id: [None, "", None, None]}
