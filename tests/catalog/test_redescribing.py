"""Stores whose description is lost."""

from collections.abc import Callable
from pathlib import Path

import pytest

from catalog import description
from catalog.catalog import Catalog
from catalog.redescribing import describe_anew, undescribed
from catalog.store import Space
from catalog.track import Entry
from polymuse.errors import UnavailableError

MakeEntry = Callable[..., Entry]


@pytest.mark.parametrize("damaged", ["edge_config.json", "segments/*/segment.json"])
def test_the_tracks_say_what_was_lost(folder: Path, space: Space, entry: MakeEntry, damaged: str) -> None:
    with Catalog.open(folder, space) as catalog:
        catalog.upsert([entry(1, models={"embedder": space.fingerprint}), entry(2)])
    path = folder / "tracks__test"
    assert undescribed(folder) == []
    (path / "store.json").write_text("[")
    (path / "store.copy.json").unlink()
    [file] = (path / "shard").glob(damaged)
    file.write_text("[]")
    assert undescribed(folder) == [path]
    assert describe_anew(path) == Space("test", 4, space.fingerprint, "test")
    assert description.read(path).tracks == 2
    assert undescribed(folder) == []


def test_tracks_that_name_no_model_say_too_little(folder: Path, space: Space, entry: MakeEntry) -> None:
    with Catalog.open(folder, space) as catalog:
        catalog.upsert([entry(1)])
    path = folder / "tracks__test"
    for name in ("store.json", "store.copy.json"):
        (path / name).unlink()
    with pytest.raises(UnavailableError, match="no track says which model made it"):
        describe_anew(path)
