"""What is said during a conversion."""

import pytest

from catalog import upgrading
from catalog.client import ClientEngine
from catalog.engine import Point
from catalog.upgrading import walk_upgrading
from tests.helpers.ids import id_of


def test_how_many_tracks_are_done_and_how_long_it_takes(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = ClientEngine.in_memory(4)
    monkeypatch.setattr(upgrading, "INTERVAL", 0.0)
    assert list(walk_upgrading(engine, "the store")) == []
    assert caplog.messages == []  # there is nothing to wait for
    engine.upsert([Point(id_of(n), {}, {}) for n in (1, 2, 3)])
    assert len(list(walk_upgrading(engine, "the store"))) == 3
    first, *lines = caplog.messages
    assert first == "upgrading the store, which is needed once: 3 tracks"
    assert lines[0].startswith("upgrading: 1 of 3 tracks, about ")
    assert len(lines) == 2  # the end needs none
