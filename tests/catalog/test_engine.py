"""What is built on the contract of an engine."""

import numpy as np
import pytest

from catalog.client import ClientEngine
from catalog.engine import ANYTHING, Conditions, Match, Point, walk
from tests.helpers.ids import id_of


@pytest.mark.parametrize("page", [1, 2, 5, 6])
def test_walking_meets_every_point_once_in_the_order_of_the_ids(page: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five points: pages of 1 and 2 leave a rest, one of 5 ends with the last point, one of 6 is not full."""
    monkeypatch.setattr("catalog.engine.PAGE", page)
    engine = ClientEngine.in_memory(2)
    vector = {"mix": np.array([1, 0], np.float32)}
    engine.upsert([Point(id_of(n), {"artist": "ab"[n % 2], "year": n}, vector) for n in (4, 2, 5, 1, 3)])
    found = list(walk(engine, ANYTHING, ["year"]))
    assert [(point.id, point.payload) for point in found] == [(id_of(n), {"year": n}) for n in (1, 2, 3, 4, 5)]
    odd = Conditions(must=(Match("artist", ("b",)),))
    assert [point.id for point in walk(engine, odd)] == [id_of(1), id_of(3), id_of(5)]


def test_walking_through_nothing() -> None:
    assert list(walk(ClientEngine.in_memory(2), ANYTHING)) == []
