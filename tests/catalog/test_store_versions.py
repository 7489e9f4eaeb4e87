"""Stores of former and coming models beside the one in use."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.catalog import Catalog
from catalog.opening import known_spaces, open_catalog, open_staged, promote
from catalog.store import Space
from catalog.store_versions import former_stores
from catalog.track import Entry
from polymuse.errors import UnavailableError
from polymuse.settings import Settings, load_settings
from tests.helpers.paths import ROOT

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


@pytest.mark.parametrize("step", [1, *(pytest.param(step, marks=pytest.mark.slow) for step in (2, 3, 4))])
def test_a_switch_that_is_cut_short_is_finished_by_the_next_opening(
    step: int, settings: Settings, space: Space, new: Space, entry: MakeEntry
) -> None:
    """In front of each of its changes to names: the mark, the former store, the next one, the removed mark."""
    fill(settings, space, entry(1), entry(2))
    with open_staged(settings, new) as staged:
        staged.upsert([entry(3)])
    run = cut_before(step, settings, new)
    assert run.returncode == 9, run.stderr
    spaces = known_spaces(settings)
    assert spaces == [space if step < 3 else new]
    with open_catalog(settings, spaces[0]) as catalog:
        assert catalog.count() == (2 if step < 3 else 1)
    promote(settings, new)
    assert [path.name for path in former_stores(settings.home / "store")] == ["tracks__test__ffffffffffff"]
    with open_catalog(settings, new) as catalog:
        assert catalog.count() == 1
    assert sorted(path.name for path in (settings.home / "store").iterdir()) == ["former", "tracks__test"]
    assert not (settings.home / "store" / "tracks__test" / "complete").exists()


def cut_before(step: int, settings: Settings, space: Space) -> "subprocess.CompletedProcess[str]":
    """Promote in a process that ends in front of its n-th change."""
    script = f"""
import os, sys
from catalog.opening import promote
from catalog.store import Space
from polymuse.settings import load_settings

def watch(event, arguments):
    global left
    mark = event == "os.remove" and str(arguments[0]).endswith("tracks__test/complete")
    move = event == "os.rename" and not str(arguments[1]).endswith(".json")
    if mark or move:
        left -= 1
        if not left:
            os._exit(9)

left = {step}
sys.addaudithook(watch)
promote(load_settings(home={str(settings.home)!r}), {space!r})
"""
    return subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_store_that_is_still_being_filled_is_not_put_in_use(settings: Settings, new: Space, entry: MakeEntry) -> None:
    with open_staged(settings, new) as staged:
        staged.upsert([entry(1)])
    assert known_spaces(settings) == []
