"""Stores of former and coming models beside the one in use."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.catalog import Catalog
from catalog.opening import open_catalog, open_staged, promote
from catalog.store import Space
from catalog.store_versions import former_stores
from catalog.track import Entry
from polymuse.errors import UnavailableError
from polymuse.settings import Settings, load_settings

MakeEntry = Callable[..., Entry]


@pytest.fixture
def settings(folder: Path) -> Settings:
    return load_settings(home=folder)


@pytest.fixture
def new(space: Space) -> Space:
    return replace(space, fingerprint="0" * 64)


def fill(settings: Settings, space: Space, *entries: Entry) -> None:
    with open_catalog(settings, space) as catalog:
        catalog.upsert(entries)


def test_the_next_store_takes_the_place_of_the_one_in_use(
    settings: Settings, space: Space, new: Space, entry: MakeEntry
) -> None:
    fill(settings, space, entry(1), entry(2))
    with open_staged(settings, new) as staged:
        staged.upsert([entry(1)])
    with open_catalog(settings, space) as catalog:  # still the old one
        assert catalog.count() == 2
    promote(settings, new)
    with open_catalog(settings, new) as catalog:
        assert catalog.count() == 1
    [former] = former_stores(settings.home / "store")
    assert former.name == "tracks__test__ffffffffffff"
    with pytest.raises(UnavailableError, match="polymuse migrate model"):
        open_catalog(settings, space)


def test_going_back_and_forth(settings: Settings, space: Space, new: Space, entry: MakeEntry) -> None:
    fill(settings, space, entry(1))
    for to in (new, space, new):
        with open_staged(settings, to) as staged:
            staged.upsert([entry(1)])
        promote(settings, to)
    names = [path.name for path in former_stores(settings.home / "store")]
    assert names == ["tracks__test__000000000000", "tracks__test__ffffffffffff"]
    assert [info.space for info in Catalog.peek(settings.home / "store")] == [new]


def test_the_first_store_of_a_space_replaces_nothing(settings: Settings, new: Space, entry: MakeEntry) -> None:
    with open_staged(settings, new) as staged:
        staged.upsert([entry(1)])
    promote(settings, new)
    assert former_stores(settings.home / "store") == []
    with open_catalog(settings, new) as catalog:
        assert catalog.count() == 1


def test_a_store_that_is_open_is_not_moved(settings: Settings, space: Space, new: Space, entry: MakeEntry) -> None:
    fill(settings, space, entry(1))
    with open_staged(settings, new), pytest.raises(UnavailableError, match="in use by process"):
        promote(settings, new)
    with open_catalog(settings, space) as catalog:
        with pytest.raises(UnavailableError, match="in use by process"):
            promote(settings, new)
        assert catalog.count() == 1
    promote(settings, new)


def test_the_model_in_use_needs_no_other_store(settings: Settings, space: Space, entry: MakeEntry) -> None:
    fill(settings, space, entry(1))
    with open_staged(settings, space) as staged:
        assert staged.count() == 1
    promote(settings, space)
    with open_catalog(settings, space) as catalog:
        assert catalog.count() == 1
