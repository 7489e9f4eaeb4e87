"""Shards as a kill or a loss of power leaves them."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from catalog.after_loss import CONFIGURATION, put_right, short_files
from catalog.catalog import Catalog
from catalog.description import DamagedError
from catalog.payload import TRACKS
from catalog.store import Space, directory_of
from catalog.track import Entry
from polymuse.descriptors import StoredDescriptor
from polymuse.music import Segment

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


@pytest.fixture
def cut_off(tmp_path: Path, space: Space, entry: MakeEntry) -> Path:
    """A store whose second track, the first with a choir, had not been reported when the power failed."""
    with Catalog.open(tmp_path, space) as catalog:
        catalog.upsert([entry(1, models={"embedder": "x"})])
        catalog.upsert([entry(2, models={"embedder": "x"}, choir=[0.0, 1.0, 0.0, 0.0])])
    description = directory_of(tmp_path, space) / "store.json"
    description.write_text(json.dumps(json.loads(description.read_text()) | {"tracks": 1}))
    return tmp_path


def choir_file(store: Path, space: Space) -> Path:
    [path] = (directory_of(store, space) / "shard").glob("segments/*/vector_storage-choir/vectors/chunk_0.mmap")
    return path


@pytest.mark.parametrize("length", [24, 0, None])  # a vector and a half; nothing; no file
def test_a_file_of_vectors_that_lost_its_length_or_name(
    cut_off: Path, space: Space, entry: MakeEntry, length: int | None
) -> None:
    file = choir_file(cut_off, space)
    if length is None:
        file.unlink()
    else:
        os.truncate(file, length)
    with Catalog.open(cut_off, space) as catalog:
        first, second = catalog.get([entry(1).track.id, entry(2).track.id])
        assert first.models
        assert not second.models  # the next run analyses it again
        catalog.upsert([entry(2, models={"embedder": "x"}, choir=[0.0, 1.0, 0.0, 0.0])])
    with Catalog.open(cut_off, space) as catalog:
        assert catalog.get([second.id])[0].models
        assert catalog.vectors([second.id])[second.id]["choir"].tolist() == [0.0, 1.0, 0.0, 0.0]


def test_a_short_file_that_the_log_is_to_fill(tmp_path: Path, space: Space, entry: MakeEntry) -> None:
    """The number of vectors is lost as well: the engine writes them again from its log."""
    with Catalog.open(tmp_path / "whole", space) as catalog:
        catalog.upsert([entry(1, models={"embedder": "x"})])
        catalog.flush()
        catalog.upsert([entry(2, choir=[0.0, 1.0, 0.0, 0.0])])
        shutil.copytree(tmp_path / "whole", tmp_path / "cut", ignore=shutil.ignore_patterns("owner.*"))
    file = choir_file(tmp_path / "cut", space)
    os.truncate(file, 8)
    file.with_name("status.dat").write_bytes(bytes(8))
    with Catalog.open(tmp_path / "cut", space) as catalog:
        second = entry(2).track.id
        assert catalog.vectors([second])[second]["choir"].tolist() == [0.0, 1.0, 0.0, 0.0]
        assert catalog.get([entry(1).track.id])[0].models


def test_a_damaged_size_is_that_of_the_other_vectors(cut_off: Path, space: Space) -> None:
    file = choir_file(cut_off, space)
    file.with_name("config.json").write_bytes(b"")
    os.truncate(file, 24)
    [short] = short_files(directory_of(cut_off, space) / "shard")
    assert (short.path, short.length, short.slots[0]) == (file, 2**25, 1)  # 24 bytes: a vector and a half


def test_a_file_that_has_lost_reported_vectors_is_left_as_it_is(shard: Path, tmp_path: Path, space: Space) -> None:
    """They can be saved by `polymuse doctor --repair`, which keeps the damaged store."""
    file = choir_file(tmp_path, space)
    os.truncate(file, 8)
    with pytest.raises(DamagedError):
        Catalog.open(tmp_path, space)
    assert file.stat().st_size == 8


def test_a_file_of_vectors_of_segments(tmp_path: Path, space: Space, entry: MakeEntry) -> None:
    part = Segment(0.0, 10.0, np.array([0.0, 0.0, 1.0, 0.0], np.float32))
    with Catalog.open(tmp_path, space) as catalog:
        catalog.upsert([entry(1, models={"embedder": "x"})])
        catalog.upsert([entry(2, models={"embedder": "x"}, segments=(part,))])
    directory = directory_of(tmp_path, space)
    description = directory / "store.json"
    description.write_text(json.dumps(json.loads(description.read_text()) | {"tracks": 1}))
    [file] = (directory / "segments").glob("segments/*/vector_storage-mix/vectors/chunk_0.mmap")
    os.truncate(file, 8)
    with Catalog.open(tmp_path, space) as catalog:
        first, second = catalog.get([entry(1).track.id, entry(2).track.id])
        assert first.models
        assert not second.models
        catalog.upsert([entry(2, segments=(part,))])
        [stored] = catalog.segments(second.id)
        assert stored.vector.tolist() == part.vector.tolist()


@pytest.mark.parametrize("stored", [False, True])
def test_a_short_file_of_descriptors(tmp_path: Path, space: Space, stored: bool) -> None:
    """It is made whole, but not if a stored descriptor has lost its vector."""
    calm = StoredDescriptor("calm", "mood", {"en": "Calm"}, ("calm",), ("mix",), np.array([0, 1, 0, 0], np.float32))
    with Catalog.open(tmp_path, space) as catalog:
        catalog.put_descriptor(replace(calm, own=True))
        if not stored:
            catalog.remove_descriptor("calm")
    folder = directory_of(tmp_path, space) / "descriptors"
    [file] = folder.glob("segments/*/vector_storage-text/vectors/chunk_0.mmap")
    os.truncate(file, 2)
    with Catalog.open(tmp_path, space) as catalog:
        if stored:
            with pytest.raises(DamagedError):
                catalog.descriptors(["calm"])
        else:
            catalog.put_descriptor(replace(calm, own=True))
            [found] = catalog.descriptors(["calm"])
            assert found.vector.tolist() == calm.vector.tolist()
