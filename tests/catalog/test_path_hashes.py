"""Tracks by hashes of their paths, over every engine."""

import threading

import pytest

from catalog import path_hashes
from catalog.catalog import Catalog
from catalog.client import ClientEngine
from catalog.engine import Point
from catalog.path_hashes import PathHash, PathHashes
from tests.catalog.conftest import MakeEntry
from tests.helpers.ids import id_of, number_of

PLAIN = PathHash("salt:")
MAPPED = PathHash("salt:", (("/music", "/media/all"), ("/music/new", "D:\\New")))


def found(catalog: Catalog, *paths: str, rule: PathHash = PLAIN) -> list[int]:
    digests = [rule.of(path) for path in paths]
    by_digest = catalog.find_by_path_hashes(rule, digests)
    assert by_digest.keys() <= set(digests)
    return sorted(number_of(track) for track in by_digest.values())


def test_a_track_is_found_by_each_of_its_files_wherever_they_move(catalog: Catalog, entry: MakeEntry) -> None:
    catalog.upsert([entry(1, paths=("/music/Ä.ogg", "/copies/1.ogg")), entry(2, paths=("/music/b\udcff.ogg",))])
    assert found(catalog, "/music/Ä.ogg") == found(catalog, "/copies/1.ogg") == [1]
    assert PLAIN.of("/music/b\udcff.ogg") == ""  # such servers cannot read it
    catalog.upsert([entry(3)])  # after the index was made
    assert found(catalog, "/music/3.ogg", "/music/Ä.ogg", "/music/4.ogg") == [1, 3]
    catalog.remove_path("/music/Ä.ogg")
    assert found(catalog, "/music/Ä.ogg", "/copies/1.ogg") == [1]
    catalog.upsert([entry(3, paths=("/music/moved.ogg",))])
    assert found(catalog, "/music/3.ogg", "/music/moved.ogg") == [3]
    catalog.delete([id_of(3)])
    assert found(catalog, "/music/3.ogg", "/music/moved.ogg") == []
    assert catalog.find_by_path_hashes(PLAIN, []) == {}


def test_folders_are_mapped_and_each_mapping_has_its_own_index(catalog: Catalog, entry: MakeEntry) -> None:
    catalog.upsert([entry(1), entry(2, paths=("/music/new/a/2.ogg",))])
    assert MAPPED.place("/music/1.ogg") == "/media/all/1.ogg"
    assert MAPPED.place("/music/new/a/2.ogg") == "D:\\New\\a\\2.ogg"  # the longest parent
    assert MAPPED.of("/music/1.ogg") == PathHash("salt:/media/all").of("/1.ogg")
    assert found(catalog, "/music/1.ogg", "/music/new/a/2.ogg", rule=MAPPED) == [1, 2]
    for n in range(6):  # more than are kept
        rule = PathHash(f"{n}:")
        assert found(catalog, "/music/1.ogg", rule=rule) == [1]
        assert catalog.find_by_path_hashes(rule, [PLAIN.of("/music/1.ogg")]) == {}


def test_hashes_that_begin_alike_and_many_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The index names all tracks whose hashes begin so; new ones are sorted in among the others from time to time."""
    monkeypatch.setattr(path_hashes, "PENDING", 10)
    engine = ClientEngine.in_memory(2)
    points = [Point(id_of(n), {"paths": [f"/music/{n}.ogg"]}) for n in range(40)]
    engine.upsert(points[:5])
    index = PathHashes(engine, threading.RLock(), PLAIN, others_write=False)
    digests = [PLAIN.of(f"/music/{n}.ogg") for n in range(40)]
    assert set(index.candidates(digests)) == {id_of(n) for n in range(5)}
    for point in points[5:]:
        index.changed([], [point])
    assert index.bytes_used() == 24 * 38  # 5, and three times 11 more; the others are new
    twin = Point(id_of(99), {"paths": ["/music/7.ogg"]})  # stands for another path whose hash begins like that
    index.changed([], [twin, twin])
    assert sorted(index.candidates([digests[7]])) == [id_of(7), id_of(99)]
    assert set(index.candidates(digests)) == {id_of(n) for n in (*range(40), 99)}
