"""Shards as a kill or a loss of power leaves them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.after_loss import CONFIGURATION, put_right
from catalog.catalog import Catalog
from catalog.payload import TRACKS
from catalog.store import Space, directory_of
from catalog.track import Entry

MakeEntry = Callable[..., Entry]


@pytest.fixture
def shard(tmp_path: Path, space: Space, entry: MakeEntry) -> Path:
    """Of a store with a stem that is not among the usual ones."""
    with Catalog.open(tmp_path, space) as catalog:
        catalog.upsert([entry(1), entry(2, choir=[0.0, 1.0, 0.0, 0.0])])
    return directory_of(tmp_path, space) / "shard"


def test_a_vector_that_the_configuration_does_not_have_yet(
    shard: Path, tmp_path: Path, space: Space, entry: MakeEntry
) -> None:
    path = shard / CONFIGURATION
    whole = json.loads(path.read_text())
    earlier = {name: vector for name, vector in whole["vectors"].items() if name != "choir"}
    path.write_text(json.dumps({**whole, "vectors": earlier}))
    again = entry(2, choir=[0.0, 1.0, 0.0, 0.0])
    with Catalog.open(tmp_path, space) as catalog:
        assert catalog.vectors([entry(1).track.id])[entry(1).track.id].keys() == {"mix"}
        catalog.upsert([again])
    with Catalog.open(tmp_path, space) as catalog:
        assert catalog.vectors([again.track.id])[again.track.id].keys() == {"mix", "choir"}


@pytest.mark.parametrize("content", ["", "{}", '{"vectors": 1}', "[" * 100_000, '{"vectors": {"mix": {}}}'])
def test_a_damaged_configuration_is_left_to_the_engine(shard: Path, content: str) -> None:
    (shard / CONFIGURATION).write_text(content)
    put_right(shard, TRACKS.vectors)
    assert (shard / CONFIGURATION).read_text() == content
    assert [*shard.glob("segments/*/vector_storage-choir")]


def test_unfinished_files_are_removed(shard: Path) -> None:
    (shard / "temp_segments" / "x").mkdir(parents=True)
    [segment] = shard.glob("segments/*")
    (new := segment / "vector_storage-mix" / "vectors" / "chunk_7.mmap").touch()
    put_right(shard, TRACKS.vectors)
    assert not (shard / "temp_segments" / "x").exists()
    assert not new.exists()
