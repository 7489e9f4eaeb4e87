"""What is computed of a library in the background."""

import time
from typing import Any

import pytest

from catalog.catalog import Catalog
from catalog.store import Space
from catalog.track import Entry, FileRef, Track
from search_api.renewed import Made, Renewed
from tests.helpers.ids import id_of
from tests.helpers.signals import random_unit

SPACE = Space("test", 8, "f" * 64, "starter")


def wait_for(renewed: Renewed[Any], tracks: int) -> Made[Any]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        made = renewed.current()
        if made is not None and made.tracks == tracks:
            return made
        time.sleep(0.01)
    return pytest.fail("it was not computed")


def test_it_is_computed_once_and_again_when_tracks_have_come() -> None:
    catalog = Catalog.in_memory(SPACE)
    computed: list[int] = []
    renewed = Renewed(catalog, lambda: computed.append(catalog.count()) or len(computed), "test")
    assert [wait_for(renewed, 0).value for _ in range(3)] == [1, 1, 1]
    track = Track(id_of(1), (FileRef("/1", 1, 1),), "1", 1.0, "vorbis")
    catalog.upsert([Entry(track, {"mix": random_unit(1, 8)})])
    assert renewed.current() == wait_for(renewed, 0)  # the old one meanwhile
    assert wait_for(renewed, 1).value == 2
    renewed.close()


def test_a_failure_is_raised_once_and_then_tried_again() -> None:
    outcomes = iter([0, 1])
    renewed = Renewed(Catalog.in_memory(SPACE), lambda: 1 // next(outcomes), "test")
    with pytest.raises(ZeroDivisionError):
        wait_for(renewed, 0)
    assert wait_for(renewed, 0).value == 1
    renewed.close()
