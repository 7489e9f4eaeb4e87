"""`polymuse migrate` as a user runs it: real processes, a server on a socket."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.server import Server
from catalog.server_collections import spaces, unused
from catalog.store import Space
from catalog.track import FileRef
from cli.doctor import examine
from indexer.identity import track_id
from models.profiles import load_embedder
from models.weights.store import WeightStore
from polymuse.descriptors import StoredDescriptor
from tests.cli.commands.conftest import SPACE, TRACKS, entry
from tests.helpers.audio_files import encode, sweep
from tests.helpers.command_line import lines, run_here, run_polymuse, summary
from tests.helpers.qdrant_server import FakeQdrant, listening
from tests.helpers.signals import random_unit

pytestmark = pytest.mark.slow

RAIN = StoredDescriptor("rain", "mood", {"en": "Rain"}, ("rain",), ("mix",), random_unit(1), own=True)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with listening(FakeQdrant(api_key="s3cret")) as url:
        monkeypatch.setenv("POLYMUSE_QDRANT_API_KEY", "s3cret")
        yield url


def test_a_missing_server_url_is_a_one_line_error(home: Path) -> None:
    done = run_polymuse("migrate", "to-server")
    assert done.returncode == 2
    assert "POLYMUSE_QDRANT_URL" in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_to_a_server_and_back(filled: Path, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Catalog.open(filled / "store", SPACE) as catalog:
        catalog.put_descriptor(RAIN)
    monkeypatch.setenv("POLYMUSE_QDRANT_URL", server)
    there = summary(run_polymuse("migrate", "to-server", "--json"))
    assert there["descriptors"] == 1
    assert (there["stored"], there["tracks_now"], there["to"]) == (TRACKS, TRACKS, f"Qdrant server {server}")
    assert [check.found for check in examine() if check.name == "store test"] == [f"Qdrant server {server}"]

    monkeypatch.setenv("POLYMUSE_HOME", str(tmp_path / "other"))
    back = summary(run_polymuse("migrate", "to-embedded", "--json"))
    assert back["stored"] == TRACKS
    with Catalog.open(tmp_path / "other" / "store", SPACE) as catalog:
        assert next(catalog.entries())[0].track == entry(1).track
        [rain] = catalog.own_descriptors()
        assert rain.vector.tobytes() == RAIN.vector.tobytes()


def test_a_new_model_embeds_the_descriptors_of_users(polymuse_home: Path) -> None:
    embedder = load_embedder("starter", WeightStore(polymuse_home / "models"))
    new = Space.of(embedder)
    old = replace(new, dim=4, fingerprint="0" * 64)
    store = polymuse_home / "store"
    with Catalog.open(store, old) as catalog:
        catalog.put_descriptor(replace(RAIN, slug="keys", prompts=("piano",)))
        catalog.put_descriptor(replace(RAIN, slug="sakartvelo", prompts=("მუსიკა",)))  # a script that it cannot read

    stopped = run_polymuse("migrate", "model", "--stems", "none")
    assert stopped.returncode == 1
    assert "Your descriptor sakartvelo cannot be embedded" in stopped.stderr
    assert [info.space for info in Catalog.peek(store)] == [old]

    done = summary(run_polymuse("migrate", "model", "--stems", "none", "--without-missing", "--json"))
    assert (done["descriptors"], done["switched"]) == (1, True)
    with Catalog.open(store, new) as catalog:
        [keys] = catalog.own_descriptors()
        assert (keys.slug, keys.names, keys.prompts) == ("keys", RAIN.names, ("piano",))
        np.testing.assert_allclose(keys.vector, embedder.embed_text(["piano"])[0], atol=1e-6)
        assert len(catalog.descriptors()) == 76


def test_a_new_model_in_an_embedded_store(polymuse_home: Path) -> None:
    """The only file is gone, so nothing needs to be analysed."""
    embedder = load_embedder("starter", WeightStore(polymuse_home / "models"))
    new = Space.of(embedder)
    old = replace(new, dim=4, fingerprint="0" * 64)
    store = polymuse_home / "store"
    with Catalog.open(store, old) as catalog:
        catalog.upsert([entry(1)])

    stopped = run_polymuse("migrate", "model", "--stems", "none")
    assert stopped.returncode == 1
    assert "nothing was switched" in stopped.stderr
    assert [info.space for info in Catalog.peek(store)] == [old]

    done = run_polymuse("migrate", "model", "--stems", "none", "--without-missing", "--json")
    assert summary(done) == {"tracks_before": 1, "tracks_now": 0, "missing": 1, "switched": True}
    assert [info.space for info in Catalog.peek(store)] == [new]
    former = f"tracks__{old.name}__000000000000"
    assert [path.name for path in (store / "former").iterdir()] == [former]
    assert not (store / "next").exists()

    again = run_polymuse("migrate", "model")
    assert again.returncode == 2
    assert "already uses the current model" in again.stderr
    assert summary(run_polymuse("migrate", "clean", "--yes", "--json"))["deleted"] == former
    assert list((store / "former").iterdir()) == []


def test_a_new_model_is_used_once_no_track_is_missing(
    polymuse_home: Path, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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

    refused = run_polymuse("status")
    assert refused.returncode == 3
    assert "polymuse migrate model" in refused.stderr

    stopped = run_polymuse("migrate", "model", "--stems", "none", "--json")
    assert stopped.returncode == 1
    assert "1 of 2 tracks were not re-embedded, for example /music/1.ogg; nothing was switched" in stopped.stderr
    with Server(server, "s3cret") as connection:
        assert spaces(connection) == [old]

    done = run_polymuse("migrate", "model", "--stems", "none", "--without-missing", "--json")
    expected = {"tracks_before": 2, "tracks_now": 1, "missing": 1, "switched": True}
    assert summary(done) == expected
    status = json.loads(run_polymuse("status", "--json").stdout)
    assert (status["tracks"], status["engine"]) == (1, f"Qdrant server {server}")

    deleted = summary(run_polymuse("migrate", "clean", "--yes", "--json"))["deleted"]
    assert deleted == f"segments__{old.name}__000000000000, tracks__{old.name}__000000000000"
    with Server(server, "s3cret") as connection:
        assert unused(connection, new) == []
        assert spaces(connection) == [new]


def test_from_whole_tracks_to_quick_excerpts_and_back(
    tiny_clamp3_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A library has one kind, which every command follows by itself; only migration changes it."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "models").symlink_to(tiny_clamp3_home / "models")
    monkeypatch.setenv("POLYMUSE_HOME", str(home))
    monkeypatch.setenv("POLYMUSE_BANK", str(tiny_clamp3_home / "bank.json"))
    monkeypatch.setenv("POLYMUSE_JOBS", "1")
    music = tmp_path / "music"
    music.mkdir()
    encode(music / "sweep.wav", "pcm_s16le", sweep(75.0, 44_100))

    def kind_and_moment() -> tuple[str, float]:
        [hit] = lines(run_here("search", "anything", "--by-moment", "--json"))
        return lines(run_here("status", "--json"))[0]["excerpts"], hit["moment"]["end"] - hit["moment"]["start"]

    done = run_polymuse("index", str(music), "--stems", "none", "--excerpts", "quick")
    assert done.returncode == 0, done.stderr
    assert kind_and_moment() == ("quick", 15.0)
    copy = encode(tmp_path / "copy.wav", "pcm_s16le", sweep(75.0, 44_100)[:, :-4410])  # not the same audio: analysed
    [like] = lines(run_here("search", "--like", copy, "--stem", "mix", "--json"))
    assert like["score"] > 0.999
    refused = run_here("index", music, "--excerpts", "full")
    assert refused.returncode == 2
    assert "is made of quick excerpts, full ones were requested" in refused.stderr
    assert "migrate model --excerpts full" in refused.stderr

    done = run_polymuse("migrate", "model", "--stems", "none", "--excerpts", "full", "--json")
    assert (summary(done)["tracks_now"], summary(done)["switched"]) == (1, True), done.stderr
    assert kind_and_moment() == ("full", 30.0)
    monkeypatch.setenv("POLYMUSE_EXCERPTS", "quick")
    assert kind_and_moment() == ("full", 30.0)
    refused = run_here("index", music)
    assert "is made of full excerpts, quick ones were requested" in refused.stderr
    assert "(environment POLYMUSE_EXCERPTS)" in refused.stderr


def test_the_starter_profile_has_no_quick_excerpts(
    polymuse_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = run_here("index", str(tmp_path), "--excerpts", "quick")
    assert refused.returncode == 2
    assert "Profile starter always embeds the same excerpts" in refused.stderr
    monkeypatch.setenv("POLYMUSE_EXCERPTS", "quick")
    assert run_here("descriptors", "list").returncode == 0
    monkeypatch.delenv("POLYMUSE_EXCERPTS")
    wrong = run_here("index", str(tmp_path), "--excerpts", "some")
    assert wrong.returncode == 2
    assert "excerpts" in wrong.stderr
