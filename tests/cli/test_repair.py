"""Leftovers of killed processes, created by the tests."""

import json
import os
import subprocess
import sys
import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.description import DamagedError
from catalog.edge import EdgeEngine
from catalog.segments import SEGMENTS, SegmentStore
from catalog.store import Space
from catalog.track import Entry, FileRef, Track
from cli.doctor import _stores
from cli.repair import FIND_AGAIN, repair
from indexer.failures import Failure, FailureList
from indexer.identity import track_id
from polymuse.descriptors import StoredDescriptor
from polymuse.errors import UnavailableError
from polymuse.files import write_atomically
from polymuse.home import Home
from polymuse.music import Segment
from polymuse.settings import load_settings
from tests.helpers.ids import id_of
from tests.helpers.paths import ROOT

SPACE = Space("test", 4, "f" * 64, "starter")
UP = np.array([0, 0, 0, 1], np.float32)
KEPT, LOST = id_of(1), id_of(2)
SEGMENT = Segment(0.0, 30.0, UP)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("POLYMUSE_HOME", str(tmp_path))
    with Catalog.open(tmp_path / "store", SPACE) as catalog:
        track = Track(KEPT, (FileRef("/music/a.ogg", 1, 1),), "a", 60.0, "vorbis")
        catalog.upsert([Entry(track, {"mix": UP}, (SEGMENT, SEGMENT))])
    return tmp_path


def test_orphaned_segments_are_deleted(home: Path) -> None:
    engine = EdgeEngine(home / "store" / "tracks__test" / "segments", 4, SEGMENTS)
    SegmentStore(engine).replace({LOST: [SEGMENT] * 3}, {})
    engine.flush()
    engine.close()
    assert list(repair(load_settings())) == ["store test: deleted 3 segments whose track was never stored"]
    with Catalog.open(home / "store", SPACE) as catalog:
        assert catalog.stats().segments == 2
        assert len(catalog.segments(KEPT)) == 2
    assert list(repair(load_settings())) == []


def test_a_store_that_lacks_tracks_is_kept_and_says_which(home: Path) -> None:
    """An earlier number of tracks is back after a power cut, and a track whose segments are still there is not."""
    store = home / "store" / "tracks__test"
    engine = EdgeEngine(store / "segments", 4, SEGMENTS)
    SegmentStore(engine).replace({LOST: [SEGMENT] * 3}, {})
    engine.flush()
    engine.close()
    described = json.loads((store / "store.json").read_text())
    (store / "store.json").write_text(json.dumps(described | {"tracks": 3}))
    with Catalog.open(home / "store", SPACE) as catalog:
        assert catalog.count() == 1
    [check] = [check for check in _stores(load_settings()) if not check.good]
    assert check.found.startswith("2 tracks are gone")
    assert list(repair(load_settings())) == [
        f"store test: 2 tracks are gone, 1 are kept. {FIND_AGAIN}",
        f"store test: track {LOST} is gone",
    ]
    assert list(repair(load_settings())) == []
    assert all(check.good for check in _stores(load_settings()))


def test_a_store_that_the_engine_refuses_is_saved_and_kept(home: Path) -> None:
    store = home / "store" / "tracks__test"
    with Catalog.open(home / "store", SPACE) as catalog:
        catalog.upsert([Entry(Track(LOST, (FileRef("/music/b.ogg", 1, 1),), "b", 60.0, "vorbis"), {"mix": UP})])
    [segment] = (store / "shard" / "segments").iterdir()
    (segment / "segment.json").write_text("{")
    with (segment / "vector_storage-mix" / "vectors" / "chunk_0.mmap").open("r+b") as file:
        file.seek(16)  # the vector of the second track
        file.write(bytes(16))
    [check] = [check for check in _stores(load_settings()) if not check.good]
    assert "polymuse doctor --repair" in check.advice
    kept = store.with_name("damaged--tracks__test")
    first, *others = repair(load_settings())
    assert first.startswith("store test: The store")
    assert others == [
        "store test: 1 tracks are saved, 1 are gone",
        "store test: 1 of them lack vectors; `polymuse index` on your folders analyses them again",
        "store test: /music/b.ogg is gone",
        FIND_AGAIN,
        f"store test: the damaged store is kept as {kept}; delete it to free its space",
    ]
    assert list(repair(load_settings())) == []
    assert all(check.good for check in _stores(load_settings()))
    with Catalog.open(home / "store", SPACE) as catalog:
        assert [track.id for track in catalog.tracks()] == [KEPT]


def test_tracks_that_cannot_be_read_are_found_without_a_repair(home: Path) -> None:
    [page] = (home / "store" / "tracks__test" / "shard" / "segments").glob("*/payload_storage/page_0.dat")
    with page.open("r+b") as file:
        file.write(b"\xff" * 128)
    [check] = [check for check in _stores(load_settings()) if not check.good]
    assert "polymuse doctor --repair" in check.advice


def test_a_description_that_is_lost_is_made_anew(home: Path) -> None:
    with Catalog.open(home / "store", SPACE) as catalog:
        catalog.update(replace(catalog.get([KEPT])[0], models={"embedder": SPACE.fingerprint}))
    store = home / "store" / "tracks__test"
    for name in ("store.json", "store.copy.json"):
        (store / name).unlink()
    with pytest.raises(DamagedError, match=r"store\.json is missing"):
        Catalog.peek(home / "store")
    [check] = _stores(load_settings())
    assert not check.good
    [line] = repair(load_settings())
    assert line.startswith("store test: its description was lost and is made anew from its tracks: 4 numbers")
    assert list(repair(load_settings())) == []
    [info] = Catalog.peek(home / "store")
    assert (info.tracks, info.space.dim, info.space.fingerprint) == (1, 4, SPACE.fingerprint)


def test_a_track_whose_id_is_lost_is_found_by_its_file(home: Path, tmp_path: Path) -> None:
    music = tmp_path / "b.wav"
    with wave.open(str(music), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(range(256)) * 100)
    found, status = track_id(music), music.stat()
    files = FileRef(str(music), status.st_size, status.st_mtime_ns)
    with Catalog.open(home / "store", SPACE) as catalog:
        catalog.upsert([Entry(Track(found, (files,), "b", 1.6, "pcm_s16le"), {"mix": UP})])
    [ids] = (home / "store" / "tracks__test" / "shard").glob("segments/*/mutable_id_tracker.mappings")
    os.truncate(ids, 21 + 10)
    assert "store test: 2 tracks are saved, 0 are gone" in list(repair(load_settings()))
    with Catalog.open(home / "store", SPACE) as catalog:
        assert catalog.find_by_path(str(music)) == catalog.get([found])[0]


def test_vectors_that_the_engine_has_lost_are_found_again(home: Path) -> None:
    [segment] = (home / "store" / "tracks__test" / "shard" / "segments").iterdir()
    (segment / "vector_storage-mix" / "vectors" / "status.dat").write_bytes(bytes(8))  # says that there are none
    assert "1 tracks are saved, 0 are gone" in "\n".join(repair(load_settings()))
    with Catalog.open(home / "store", SPACE) as catalog:
        assert catalog.vectors([KEPT])[KEPT]["mix"].tolist() == UP.tolist()
    assert list(repair(load_settings())) == []


def test_nothing_can_be_saved(home: Path) -> None:
    [segment] = (home / "store" / "tracks__test" / "shard" / "segments").iterdir()
    (segment / "segment.json").write_text("{")
    (segment / "mutable_id_tracker.mappings").unlink()
    with pytest.raises(UnavailableError, match=r"Nothing of the store .*tracks__test can be read"):
        list(repair(load_settings()))


def test_tracks_with_damaged_vectors_are_analysed_again(home: Path) -> None:
    with Catalog.open(home / "store", SPACE) as catalog:
        catalog.update(replace(catalog.get([KEPT])[0], models={"embedder": "e"}))
    [segment] = (home / "store" / "tracks__test" / "shard" / "segments").iterdir()
    with (segment / "vector_storage-mix" / "vectors" / "chunk_0.mmap").open("r+b") as file:
        file.write(b"\xff" * 16)
    assert list(repair(load_settings())) == [
        "store test: 1 tracks have damaged vectors; `polymuse index` on your folders analyses them again"
    ]
    assert list(repair(load_settings())) == []
    with Catalog.open(home / "store", SPACE) as catalog:
        assert catalog.get([KEPT])[0].models == {}


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_unfinished_files_are_deleted_and_unfinished_downloads_kept(home: Path) -> None:
    folders = [
        home,
        home / "store" / "tracks__test",
        home / "tagging",
        home / "models" / "cache",
        home / "cache" / "map",
    ]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        kill_while_writing(folder / "file")
    download = home / "models" / "weights.part"
    download.write_text("half")
    with write_atomically(home / "cache" / "of-a-running-process") as file:
        file.write(b"half")
        reported = list(repair(load_settings()))
        assert len(reported) == len(folders)
        assert all("never finished" in line for line in reported)
    assert (home / "cache" / "of-a-running-process").read_bytes() == b"half"
    assert download.exists()
    assert list(home.rglob(".polymuse-*")) == []
    assert list(repair(load_settings())) == []


def kill_while_writing(path: Path) -> None:
    script = """
import os, signal, sys
from pathlib import Path
from polymuse.files import write_atomically
with write_atomically(Path(sys.argv[1])) as file:
    file.write(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", script, str(path)], env=environment, check=False)
    assert len(list(path.parent.glob(".polymuse-*.part"))) == 1


def test_failures_of_files_that_are_gone_are_forgotten(home: Path, tmp_path: Path) -> None:
    (tmp_path / "there.mp3").write_bytes(b"x")
    failures = FailureList(Home(home).failures)
    failures.add(Failure(str(tmp_path / "there.mp3"), "identify", "it is empty"))
    failures.add(Failure(str(tmp_path / "gone.mp3"), "identify", "it is empty"))
    [line] = repair(load_settings())
    assert "gone.mp3" in line
    assert [failure.path for failure in FailureList(Home(home).failures)] == [str(tmp_path / "there.mp3")]


def test_a_store_in_use_is_an_error(home: Path) -> None:
    with Catalog.open(home / "store", SPACE), pytest.raises(UnavailableError, match="in use"):
        list(repair(load_settings()))


def test_damaged_descriptors_are_found_and_those_of_users_saved(home: Path) -> None:
    rain = StoredDescriptor("rain", "mood", {"en": "Rain"}, ("rain",), ("mix",), UP)
    with Catalog.open(home / "store", SPACE) as catalog:
        catalog.put_descriptors([replace(rain, slug="calm")], "1")
        catalog.put_descriptor(rain)
    [state] = (home / "store" / "tracks__test" / "descriptors").glob("segments/*/segment.json")
    state.unlink()
    [check] = [check for check in _stores(load_settings()) if not check.good]
    assert "polymuse doctor --repair" in check.advice
    said = list(repair(load_settings()))
    assert "store test: 1 tracks are saved, 0 are gone" in said
    assert "store test: 1 descriptors of your own are saved" in said
    with Catalog.open(home / "store", SPACE) as catalog:
        assert [(each.slug, each.own) for each in catalog.descriptors()] == [("rain", True)]
        assert catalog.count() == 1
