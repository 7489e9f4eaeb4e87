"""A store that an earlier version made."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.catalog import Catalog
from catalog.edge import EdgeEngine
from catalog.engine import Point
from catalog.filters import parse_filter
from catalog.payload import TRACKS, to_payload
from catalog.store import Space
from catalog.track import Entry, Tag

MakeEntry = Callable[..., Entry]


def test_its_tracks_are_laid_out_anew(
    folder: Path, space: Space, entry: MakeEntry, caplog: pytest.LogCaptureFixture
) -> None:
    """Before there were levels of tags and whole seconds."""
    with Catalog.open(folder, space):
        pass
    shard = folder / "tracks__test" / "shard"
    shutil.rmtree(shard)
    keywords = tuple(name for name in TRACKS.keywords if name != "tag_levels")
    engine = EdgeEngine(shard, space.dim, replace(TRACKS, keywords=keywords, numbers={"year": int, "duration": float}))
    stored = entry(1, vocals=[0, 1, 0, 0], duration=1800.0, tags=(Tag("calm", "mood", 0.3),))
    payload = to_payload(stored.track, frozenset(stored.vectors), 0)
    new = ("tag_levels", "seconds")
    engine.upsert([Point(stored.track.id, {k: v for k, v in payload.items() if k not in new}, stored.vectors)])
    engine.flush()
    engine.close()
    for expected_warnings in (1, 0):
        caplog.clear()
        with Catalog.open(folder, space) as catalog:
            assert len(caplog.records) == expected_warnings
            assert catalog.get([stored.track.id]) == [stored.track]
            assert sorted(catalog.vectors([stored.track.id])[stored.track.id]) == ["mix", "vocals"]
            assert catalog.count(parse_filter("tag:calm>0.28")) == 1
            assert catalog.count(parse_filter("tag:calm>0.32")) == 0
            assert catalog.stats().hours == 0.5
