"""`export`, `import` and `migrate` as a user runs them: real processes, a server on a socket."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.catalog import Catalog
from catalog.server import Server
from catalog.server_collections import spaces, unused
from catalog.store import Space
from catalog.track import Entry, FileRef, Track
from cli.doctor import examine
from indexer.identity import track_id
from models.profiles import load_embedder
from models.weights.store import WeightStore
from polymuse.music import Segment
from tests.helpers.audio_files import encode, sweep
from tests.helpers.ids import id_of
from tests.helpers.qdrant_server import FakeQdrant, listening
from tests.helpers.signals import random_unit

SPACE = Space(name="test", dim=4, fingerprint="f" * 64, profile="starter")
TRACKS = 70  # more than a page

Run = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A POLYMUSE_HOME without weights: moving a library needs none."""
    monkeypatch.setenv("POLYMUSE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def filled(home: Path) -> Path:
    with Catalog.open(home / "store", SPACE) as catalog:
        catalog.upsert(map(entry, range(1, TRACKS + 1)))
    return home


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with listening(FakeQdrant(api_key="s3cret")) as url:
        monkeypatch.setenv("POLYMUSE_QDRANT_API_KEY", "s3cret")
        yield url


@pytest.fixture
def polymuse() -> Run:
    def run(*arguments: object, **options: object) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "indexer", *map(os.fspath, arguments)]  # type: ignore[arg-type]
        return subprocess.run(command, capture_output=True, timeout=240, check=False, **options)  # type: ignore[call-overload]

    return run


def entry(number: int) -> Entry:
    track = Track(id_of(number), (FileRef(f"/music/{number}.ogg", 1, 1),), f"曲 {number}", 1.0, "vorbis")
    return Entry(track, {"mix": random_unit(number)}, (Segment(0.0, 30.0, random_unit(number)),))


def summary(done: subprocess.CompletedProcess[bytes]) -> dict:
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout.splitlines()[-1])["summary"]


def test_a_file_brings_the_library_to_another_home(
    polymuse: Run, filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "library.jsonl"
    assert summary(polymuse("export", file, "--json"))["tracks"] == TRACKS
    piped = polymuse("export", "-")
    assert piped.stdout.splitlines()[1:] == file.read_bytes().splitlines()[1:]  # the header says when

    monkeypatch.setenv("POLYMUSE_HOME", str(tmp_path / "other"))
    assert summary(polymuse("import", "-", "--json", input=piped.stdout)) | {"seconds": 0} == {
        "stored": TRACKS,
        "there_before": 0,
        "engine": f"embedded, {tmp_path / 'other' / 'store' / 'tracks__test'}",
        "seconds": 0,
    }
    assert summary(polymuse("import", file, "--json"))["there_before"] == TRACKS
    with Catalog.open(tmp_path / "other" / "store", SPACE) as catalog:
        assert catalog.stats().segments == TRACKS


def test_what_cannot_be_moved_is_said_in_a_line(polymuse: Run, home: Path, tmp_path: Path) -> None:
    for arguments, code, words in (
        (("export", tmp_path / "x"), 2, "The library is empty"),
        (("migrate", "to-server"), 2, "POLYMUSE_QDRANT_URL"),
    ):
        done = polymuse(*arguments)
        assert done.returncode == code
        assert words in done.stderr.decode()
        assert done.stderr.count(b"\n") == 1
        assert done.stdout == b""
    assert not (tmp_path / "x").exists()


def test_the_doctor_looks_for_the_device(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYMUSE_DEVICE", "cuda:99")
    [check] = [check for check in examine() if check.name == "torch runs on"]
    assert not check.good
    assert "no device 'cuda:99'" in check.found
    monkeypatch.setenv("POLYMUSE_DEVICE", "cpu")
    [check] = [check for check in examine() if check.name == "torch runs on"]
    assert check.good
    assert "CPU threads" in check.found


def test_to_a_server_and_back(
    polymuse: Run, filled: Path, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLYMUSE_QDRANT_URL", server)
    there = summary(polymuse("migrate", "to-server", "--json"))
    assert (there["stored"], there["tracks_now"], there["to"]) == (TRACKS, TRACKS, f"Qdrant server {server}")
    assert [check.found for check in examine() if check.name == "store test"] == [f"Qdrant server {server}"]

    monkeypatch.setenv("POLYMUSE_HOME", str(tmp_path / "other"))
    back = summary(polymuse("migrate", "to-embedded", "--json"))
    assert back["stored"] == TRACKS
    with Catalog.open(tmp_path / "other" / "store", SPACE) as catalog:
        assert next(catalog.entries())[0].track == entry(1).track


def test_a_new_model_in_an_embedded_store(polymuse: Run, polymuse_home: Path) -> None:
    """The only file is gone, so that nothing has to be analysed."""
    embedder = load_embedder("starter", WeightStore(polymuse_home / "models"))
    new = Space.of(embedder)
    old = replace(new, dim=4, fingerprint="0" * 64)
    store = polymuse_home / "store"
    with Catalog.open(store, old) as catalog:
        catalog.upsert([entry(1)])

    stopped = polymuse("migrate", "model", "--stems", "none")
    assert stopped.returncode == 1
    assert b"nothing was switched" in stopped.stderr
    assert [info.space for info in Catalog.peek(store)] == [old]

    done = polymuse("migrate", "model", "--stems", "none", "--without-missing", "--json")
    assert summary(done) == {"tracks_before": 1, "tracks_now": 0, "missing": 1, "switched": True}
    assert [info.space for info in Catalog.peek(store)] == [new]
    former = f"tracks__{old.name}__000000000000"
    assert [path.name for path in (store / "former").iterdir()] == [former]
    assert not (store / "next").exists()

    again = polymuse("migrate", "model")
    assert again.returncode == 2
    assert b"of the present model already" in again.stderr
    assert summary(polymuse("migrate", "clean", "--yes", "--json"))["deleted"] == former
    assert list((store / "former").iterdir()) == []


def test_a_new_model_takes_over_when_all_tracks_are_there(
    polymuse: Run, polymuse_home: Path, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLYMUSE_QDRANT_URL", server)
    monkeypatch.setenv("POLYMUSE_JOBS", "1")
    file = encode(tmp_path / "sweep.wav", "pcm_s16le", sweep(6.0, 44_100))
    embedder = load_embedder("starter", WeightStore(polymuse_home / "models"))
    new = Space.of(embedder)
    old = replace(new, dim=4, fingerprint="0" * 64)
    with Catalog.connect(Server(server, "s3cret"), old) as catalog:
        gone = entry(1)
        here = replace(entry(2), track=replace(entry(2).track, id=track_id(file), files=(FileRef(str(file), 1, 1),)))
        catalog.upsert([gone, here])

    refused = polymuse("status")
    assert refused.returncode == 3
    assert b"polymuse migrate model" in refused.stderr

    stopped = polymuse("migrate", "model", "--stems", "none", "--json")
    assert stopped.returncode == 1
    assert b"1 of 2 tracks are not embedded anew, among them /music/1.ogg; nothing was switched" in stopped.stderr
    with Server(server, "s3cret") as connection:
        assert spaces(connection) == [old]

    done = polymuse("migrate", "model", "--stems", "none", "--without-missing", "--json")
    expected = {"tracks_before": 2, "tracks_now": 1, "missing": 1, "switched": True}
    assert summary(done) == expected
    status = json.loads(polymuse("status", "--json").stdout)
    assert (status["tracks"], status["engine"]) == (1, f"Qdrant server {server}")

    deleted = summary(polymuse("migrate", "clean", "--yes", "--json"))["deleted"]
    assert deleted == f"segments__{old.name}__000000000000, tracks__{old.name}__000000000000"
    with Server(server, "s3cret") as connection:
        assert unused(connection, new) == []
        assert spaces(connection) == [new]
