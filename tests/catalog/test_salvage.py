"""Stores that the engine refuses."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.catalog import Catalog
from catalog.description import DamagedError
from catalog.opening import known_spaces, open_catalog
from catalog.overwritten import OVERWRITTEN, Overwritten
from catalog.owner import InUseError
from catalog.salvage import Salvaged, put_in_place, salvage
from catalog.store import Space
from catalog.store_versions import COMPLETE
from catalog.track import Entry, Track
from polymuse.descriptors import StoredDescriptor
from polymuse.music import Segment
from polymuse.settings import load_settings
from tests.helpers.ids import id_of
from tests.helpers.signals import random_unit

MakeEntry = Callable[..., Entry]
MADE_WITH = {"embedder": "e"}


@pytest.fixture
def entries(entry: MakeEntry) -> list[Entry]:
    return [
        entry(
            number,
            mix=random_unit(number),
            choir=random_unit(10 + number),
            segments=tuple(Segment(30.0 * i, 30.0 * i + 30, random_unit(100 * number + i)) for i in range(2)),
            models=MADE_WITH,
        )
        for number in range(1, 6)
    ]


@pytest.fixture
def store(folder: Path, space: Space, entries: list[Entry]) -> Path:
    with Catalog.open(folder, space) as catalog:
        for each in entries:  # one by one, so that slots are in this order
            catalog.upsert([each])
    return folder


def segment(store: Path, shard: str = "shard") -> Path:
    [found] = (store / "tracks__test" / shard / "segments").iterdir()
    return found


def save(store: Path, space: Space) -> Salvaged:
    """Salvage; ids that are lost are found for /music/4.ogg only."""
    known = {"/music/4.ogg": id_of(4)}
    result = salvage(store, space, lambda track: known.get(track.files[0].path))
    if result.kept is not None:
        put_in_place(store, space, result.kept)
    return result


def tracks(store: Path, space: Space) -> list[Track]:
    with Catalog.open(store, space) as catalog:
        return list(catalog.tracks())


DERIVED = ["segment.json", "payload_storage/bitmask.dat", "payload_index/config.json"]


@pytest.mark.parametrize("name", DERIVED)
def test_a_damaged_file_of_the_engine_costs_nothing(store: Path, space: Space, entries: list[Entry], name: str) -> None:
    (segment(store) / name).write_bytes(b"\xff" * 5)
    with pytest.raises(DamagedError, match="polymuse doctor --repair"):
        Catalog.open(store, space)
    result = save(store, space)
    assert (result.saved, result.missing, result.incomplete, result.gone) == (5, 0, 0, [])
    assert result.kept == store / "damaged--tracks__test"
    [kept] = (store / "damaged--tracks__test" / "shard" / "segments").iterdir()
    assert (kept / name).read_bytes() == b"\xff" * 5
    with Catalog.open(store, space) as catalog:
        [page] = catalog.entries()
        assert [each.track for each in page] == [each.track for each in entries]
        for stored, made in zip(page, entries, strict=True):
            assert {n: v.tolist() for n, v in stored.vectors.items()} == {
                n: v.tolist() for n, v in made.vectors.items()
            }
            assert [s.vector.tolist() for s in stored.segments] == [s.vector.tolist() for s in made.segments]
    assert not (store / "salvaged").exists()


def test_what_is_gone_and_what_lacks_vectors_is_told(store: Path, space: Space, entries: list[Entry]) -> None:
    (segment(store) / "segment.json").unlink()
    with (segment(store) / "mutable_id_tracker.mappings").open("r+b") as file:
        file.write(b"\xff")  # the first track has no id any more
    vectors = {"mix": 1, "choir": 2}  # of tracks 2 and 3
    for name, slot in vectors.items():
        with (segment(store) / f"vector_storage-{name}" / "vectors" / "chunk_0.mmap").open("r+b") as file:
            file.seek(16 * slot)
            file.write(b"\xff" * 16)
    with (segment(store, "segments") / "vector_storage-mix" / "vectors" / "chunk_0.mmap").open("r+b") as file:
        file.seek(16 * 7)  # the second moment of track 4
        file.write(bytes(16))
    Overwritten(store / "tracks__test" / OVERWRITTEN).add([id_of(5)])
    result = save(store, space)
    assert (result.saved, result.missing, result.incomplete) == (3, 2, 3)
    assert result.gone == ["/music/1.ogg", "/music/2.ogg"]
    assert tracks(store, space) == [replace(each.track, models={}) for each in entries[2:]]
    with Catalog.open(store, space) as catalog:
        assert list(catalog.vectors([id_of(3)])[id_of(3)]) == ["mix"]
        assert [len(catalog.segments(id_of(number))) for number in (3, 4, 5)] == [2, 1, 2]


def test_ids_that_are_lost_are_found_by_the_music(store: Path, space: Space, entries: list[Entry]) -> None:
    """The engine would delete these tracks."""
    mappings = segment(store) / "mutable_id_tracker.mappings"
    os.truncate(mappings, mappings.stat().st_size // 2)  # two and a half of five
    with pytest.raises(DamagedError, match="ids of tracks are missing"):
        Catalog.open(store, space)
    result = save(store, space)
    assert (result.saved, result.missing, result.incomplete) == (3, 2, 0)
    assert result.gone == ["/music/3.ogg", "/music/5.ogg"]
    assert tracks(store, space) == [entries[0].track, entries[1].track, entries[3].track]
    with Catalog.open(store, space) as catalog:
        assert len(catalog.segments(id_of(4))) == 2


def test_nothing_is_left(store: Path, space: Space) -> None:
    (segment(store) / "segment.json").unlink()
    os.truncate(segment(store) / "mutable_id_tracker.mappings", 0)
    result = salvage(store, space, lambda _: None)
    assert (result.kept, result.saved, result.missing) == (None, 0, 5)
    assert [path.name for path in store.iterdir()] == ["tracks__test"]


def test_a_second_damaged_store_is_kept_as_well(store: Path, space: Space) -> None:
    for name in ("damaged--tracks__test", "damaged2--tracks__test"):
        (segment(store) / "segment.json").write_text("{")
        assert save(store, space).kept == store / name
    assert len(tracks(store, space)) == 5


def test_a_store_in_use_is_left_alone(store: Path, space: Space) -> None:
    with Catalog.open(store, space), pytest.raises(InUseError):
        save(store, space)
    assert len(tracks(store, space)) == 5


def test_a_kill_between_the_moves_is_made_up_for(folder: Path, space: Space, entry: MakeEntry) -> None:
    settings = load_settings(home=folder)
    store = settings.layout.store
    with Catalog.open(store / "salvaged", space) as catalog:
        catalog.upsert([entry(1)])
    (store / "salvaged" / "tracks__test" / COMPLETE).touch()
    assert known_spaces(settings) == [space]
    with open_catalog(settings, space) as catalog:
        assert catalog.count() == 1
    assert [path.name for path in store.iterdir()] == ["tracks__test"]


class TestDescriptors:
    RAIN = StoredDescriptor("rain", "mood", {"en": "Rain", "zh": "雨"}, ("rain",), ("mix",), random_unit(1), own=True)

    @pytest.fixture
    def described(self, store: Path, space: Space) -> Path:
        with Catalog.open(store, space) as catalog:
            catalog.put_descriptors([replace(self.RAIN, slug="calm", own=False)], "1")
            catalog.put_descriptor(self.RAIN)
            catalog.put_descriptor(replace(self.RAIN, slug="sea"))
        return store

    def test_those_of_users_are_saved(self, described: Path, space: Space) -> None:
        (segment(described) / "segment.json").unlink()
        result = save(described, space)
        assert (result.saved, result.descriptors, result.lost_descriptors) == (5, 2, [])
        with Catalog.open(described, space) as catalog:
            assert [each.slug for each in catalog.descriptors()] == ["rain", "sea"]
            [rain] = catalog.descriptors(["rain"])
            assert rain.vector.tobytes() == self.RAIN.vector.tobytes()
            assert replace(rain, vector=self.RAIN.vector) == self.RAIN

    def test_damage_of_them_alone_is_met_when_they_are_read(self, described: Path, space: Space) -> None:
        """Tracks are searched and written as before."""
        (segment(described, "descriptors") / "segment.json").unlink()
        with Catalog.open(described, space) as catalog:
            assert catalog.count() == 5
            with pytest.raises(DamagedError):
                catalog.descriptors()
        assert save(described, space).descriptors == 2
        with Catalog.open(described, space) as catalog:
            assert [each.slug for each in catalog.own_descriptors()] == ["rain", "sea"]

    def test_one_without_a_vector_is_named(self, described: Path, space: Space) -> None:
        vectors = segment(described, "descriptors") / "vector_storage-text" / "vectors" / "chunk_0.mmap"
        with vectors.open("r+b") as file:  # the last vector is that of sea
            data = file.read(6 * 16)
            at = [slot for slot in range(6) if any(data[16 * slot : 16 * slot + 16])][-1]
            file.seek(16 * at)
            file.write(bytes(16))
        result = save(described, space)
        assert (result.descriptors, result.lost_descriptors) == (1, ["sea"])
