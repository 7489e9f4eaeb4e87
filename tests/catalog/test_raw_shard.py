"""Shards of the engine, read without it; some are damaged."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.catalog import Catalog
from catalog.edge import EdgeEngine
from catalog.payload import TRACKS
from catalog.raw_shard import MAPPINGS, RawShard, lacks_vectors, mapping_changes, restore_versions
from catalog.store import Space
from catalog.track import Entry
from tests.helpers.ids import id_of
from tests.helpers.signals import random_unit

MakeEntry = Callable[..., Entry]


@pytest.fixture
def shard(folder: Path, space: Space, entry: MakeEntry) -> Path:
    """Six tracks: 2 was deleted and stored again, 3 has a long payload, 4 was replaced, and 5 was deleted."""
    with Catalog.open(folder, space) as catalog:
        for n in range(1, 7):  # one by one, so that slots are in this order
            catalog.upsert([entry(n, mix=random_unit(n), vocals=random_unit(10 + n))])
        catalog.flush()
        catalog.delete([id_of(2), id_of(5)])
        catalog.update(entry(3, lyrics="la la, " * 2000, comment=os.urandom(30_000).hex()).track)
        catalog.flush()
        catalog.upsert([entry(2, title="again"), entry(4, mix=random_unit(40), choir=random_unit(41))])
    return folder / "tracks__test" / "shard"


def segment(shard: Path) -> Path:
    [found] = (shard / "segments").iterdir()
    return found


def test_what_the_engine_reads_is_read_without_it(shard: Path) -> None:
    with RawShard(shard, 4) as raw:
        read = {
            id_: (
                payload := point.payload() or {},
                {n: v.tolist() for n in payload["has"] if (v := point.vector(n)) is not None},
            )
            for id_, point in raw.points().items()
        }
    engine = EdgeEngine(shard, 4, TRACKS)
    stored = engine.retrieve([id_of(n) for n in range(1, 7)], vectors=True)
    engine.close()
    assert read == {each.id: (each.payload, {n: v.tolist() for n, v in each.vectors.items()}) for each in stored}
    assert len(read) == 5


def test_damage_costs_what_it_has_hit(shard: Path) -> None:
    size = 4 * 4  # bytes of a vector
    with (segment(shard) / "vector_storage-mix" / "vectors" / "chunk_0.mmap").open("r+b") as file:
        file.seek(2 * size)  # of track 3
        file.write(bytes(size))
    with (segment(shard) / "payload_storage" / "page_0.dat").open("r+b") as file:
        file.write(bytes(128))  # of track 1
    with RawShard(shard, 4) as raw:
        points = raw.points()
        assert [number for number in (1, 2, 3, 4, 6) if points[id_of(number)].payload() is None] == [1]
        assert [number for number in (1, 2, 3, 4, 6) if points[id_of(number)].vector("mix") is None] == [3]
        assert points[id_of(3)].vector("vocals") is not None
        assert points[id_of(3)].vector("harp") is None


def test_the_table_of_payloads_has_a_second_copy(shard: Path) -> None:
    (segment(shard) / "payload_storage" / "tracker.dat").unlink()
    with RawShard(shard, 4) as raw:
        assert [point.payload() for point in raw.points().values() if point.payload() is None] == []


def test_a_folder_without_anything(tmp_path: Path) -> None:
    (tmp_path / "segments" / "a").mkdir(parents=True)
    for folder in (tmp_path, tmp_path / "nothing"):
        with RawShard(folder, 4) as raw:
            assert raw.points() == {}


def test_changes_go_on_after_damaged_bytes() -> None:
    def change(number: int) -> bytes:
        return b"\x02" + bytes.fromhex(id_of(number).replace("-", "")) + (number - 1).to_bytes(4, "little")

    data = b"".join(map(change, range(1, 9)))
    assert [*mapping_changes(data)] == [(id_of(number), number - 1) for number in range(1, 9)]
    zeroed = data[:30] + bytes(30) + data[60:]  # changes 2 and 3
    assert [slot for _, slot in mapping_changes(zeroed)] == [0, 3, 4, 5, 6, 7]
    assert [slot for _, slot in mapping_changes(data[:-2])] == [0, 1, 2, 3, 4, 5, 6]
    assert [*mapping_changes(os.urandom(0) + b"\xff" * 500)] == []


@pytest.mark.parametrize("left", [None, 0, 20])
def test_a_list_of_versions_is_made_long_enough(shard: Path, left: int | None) -> None:
    """Without it the engine drops all points."""
    versions = segment(shard) / "mutable_id_tracker.versions"
    assert not restore_versions(shard, 5)
    if left is None:
        versions.unlink()
    else:
        os.truncate(versions, left)
    assert restore_versions(shard, 5)
    assert versions.stat().st_size == 8 * 7  # slots 0 to 6
    engine = EdgeEngine(shard, 4, TRACKS)
    assert len(engine.retrieve([id_of(n) for n in range(1, 7)])) == 5
    engine.close()


def test_points_that_were_not_flushed_may_lack_versions(shard: Path) -> None:
    os.truncate(segment(shard) / "mutable_id_tracker.versions", 8 * 5)
    assert not restore_versions(shard, 5)
    (segment(shard) / MAPPINGS).unlink()
    assert not restore_versions(shard, 5)


def test_files_of_vectors_that_are_too_short(shard: Path) -> None:
    assert not lacks_vectors(shard, TRACKS.vectors, 5)
    status = segment(shard) / "vector_storage-bass" / "vectors" / "status.dat"
    for number, lacks in ((5, False), (4, True), (0, True)):
        status.write_bytes(number.to_bytes(8, "little"))
        assert lacks_vectors(shard, TRACKS.vectors, 5) == lacks
    status.unlink()
    assert lacks_vectors(shard, TRACKS.vectors, 5)
    assert not lacks_vectors(shard, ["mix", "harp"], 5)
