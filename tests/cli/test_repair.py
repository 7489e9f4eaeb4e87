"""What killed processes leave, made by hand."""

import uuid
from pathlib import Path

import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.edge import EdgeEngine
from catalog.segments import SEGMENTS, SegmentStore
from catalog.store import Space
from catalog.track import Entry, FileRef, Track
from cli.repair import repair
from indexer.failures import Failure, FailureList
from polymuse.errors import UnavailableError
from polymuse.home import Home
from polymuse.music import Segment
from polymuse.settings import load_settings

SPACE = Space("test", 4, "f" * 64, "starter")
UP = np.array([0, 0, 0, 1], np.float32)
KEPT, LOST = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))
SEGMENT = Segment(0.0, 30.0, UP)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("POLYMUSE_HOME", str(tmp_path))
    with Catalog.open(tmp_path / "store", SPACE) as catalog:
        track = Track(KEPT, (FileRef("/music/a.ogg", 1, 1),), "a", 60.0, "vorbis")
        catalog.upsert([Entry(track, {"mix": UP}, (SEGMENT, SEGMENT))])
    return tmp_path


def test_segments_of_a_track_that_was_never_stored_go(home: Path) -> None:
    engine = EdgeEngine(home / "store" / "tracks__test" / "segments", 4, SEGMENTS)
    SegmentStore(engine).replace({LOST: [SEGMENT] * 3}, {})
    engine.flush()
    engine.close()
    assert list(repair(load_settings())) == ["store test: deleted 3 segments whose track was never stored"]
    with Catalog.open(home / "store", SPACE) as catalog:
        assert catalog.stats().segments == 2
        assert len(catalog.segments(KEPT)) == 2
    assert list(repair(load_settings())) == []


def test_unfinished_files_go_and_unfinished_downloads_stay(home: Path) -> None:
    (home / "models").mkdir()
    kept = home / "models" / "weights.part"
    left = [home / "failures.part", home / "store" / "tracks__test" / "store.part"]
    for path in (kept, *left):
        path.write_text("half")
    assert len(list(repair(load_settings()))) == 2
    assert kept.exists()
    assert not any(path.exists() for path in left)


def test_failures_of_files_that_are_gone_are_forgotten(home: Path, tmp_path: Path) -> None:
    (tmp_path / "there.mp3").write_bytes(b"x")
    failures = FailureList(Home(home).failures)
    failures.add(Failure(str(tmp_path / "there.mp3"), "identify", "it is empty"))
    failures.add(Failure(str(tmp_path / "gone.mp3"), "identify", "it is empty"))
    [told] = repair(load_settings())
    assert "gone.mp3" in told
    assert [failure.path for failure in FailureList(Home(home).failures)] == [str(tmp_path / "there.mp3")]


def test_a_store_in_use_is_left_alone(home: Path) -> None:
    with Catalog.open(home / "store", SPACE), pytest.raises(UnavailableError, match="in use"):
        list(repair(load_settings()))
