"""Tracks that are kept for a while after their files are gone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from catalog.catalog import Catalog, Space
from catalog.track import Entry, FileRef, Track
from indexer.missing import Returned, bring_back, missing_tracks, now, sweep
from indexer.scan import AudioFile
from tests.helpers.ids import id_of

UP = np.array([1, 0, 0, 0], np.float32)


@pytest.fixture
def catalog() -> Iterator[Catalog]:
    with Catalog.in_memory(Space("test", 4, "e1", "test")) as memory:
        yield memory


def store(catalog: Catalog, number: int, missing_since: str) -> Track:
    file = FileRef(f"/music/{number}.mp3", 1, 1)
    track = Track(id_of(number), (file,), "t", 1.0, "mp3", missing_since=missing_since)
    catalog.upsert([Entry(track, {"mix": UP})])
    return track


def test_only_those_missing_for_too_long_are_swept(catalog: Catalog) -> None:
    def ago(days: int, seconds: int) -> str:
        return (datetime.now(UTC) - timedelta(days, seconds)).isoformat(timespec="seconds")

    for number, since in enumerate(["", now(), ago(30, -600), ago(30, 600), "2020-01-01T00:00:00+00:00"]):
        store(catalog, number, since)
    assert sweep(catalog, 30) == 2
    assert sorted(track.id for track in missing_tracks(catalog)) == sorted([id_of(1), id_of(2)])
    assert catalog.count() == 1
    assert sweep(catalog, 30) == 0


def test_tracks_come_back(catalog: Catalog) -> None:
    track = store(catalog, 1, now())
    assert catalog.count() == 0
    [outcome] = bring_back(catalog, [Returned(AudioFile(Path("/music/1.mp3"), 1, 1), track)])
    assert (outcome.path, outcome.status, outcome.track_id) == (str(Path("/music/1.mp3")), "updated", track.id)
    assert catalog.count() == 1
    assert list(missing_tracks(catalog)) == []
