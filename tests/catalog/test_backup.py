"""A copy of a store beside it; test_store.py makes one by opening a store of an earlier format."""

import shutil
from pathlib import Path

import pytest

from catalog.backup import back_up
from polymuse.errors import UnavailableError
from polymuse.files import SUFFIX


@pytest.fixture
def store(tmp_path: Path) -> Path:
    store = tmp_path / "tracks__x"
    (store / "shard").mkdir(parents=True)
    (store / "shard" / "data").write_bytes(b"vectors" * 1000)
    (store / "owner.lock").touch()
    return store


def test_everything_but_the_lock_is_copied(store: Path) -> None:
    copy = back_up(store, "old", 7000)
    assert copy == store.with_name("old")
    assert [str(path.relative_to(copy)) for path in sorted(copy.rglob("*"))] == ["shard", "shard/data"]
    assert (copy / "shard" / "data").read_bytes() == b"vectors" * 1000


def test_an_older_copy_and_one_that_was_cut_off_are_replaced(store: Path) -> None:
    for name in ("old", "old" + SUFFIX):
        store.with_name(name).mkdir()
        (store.with_name(name) / "leftover").touch()
    assert [path.name for path in back_up(store, "old", 7000).iterdir()] == ["shard"]
    assert sorted(path.name for path in store.parent.iterdir()) == ["old", "tracks__x"]


def test_without_room_nothing_is_copied(store: Path) -> None:
    size = shutil.disk_usage(store).total
    with pytest.raises(UnavailableError, match="Free some space"):
        back_up(store, "old", size)
    assert [path.name for path in store.parent.iterdir()] == ["tracks__x"]
