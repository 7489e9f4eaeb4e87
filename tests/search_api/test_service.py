"""The life of a service, from before it is open to its end."""

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from catalog.catalog import Catalog
from catalog.description import DamagedError, Space
from catalog.track import Entry, FileRef, Track
from cli.repair import repair
from models.profiles import load_embedder
from models.weights.store import WeightStore
from polymuse.errors import UnavailableError, UserError
from polymuse.excerpts import excerpts_of
from polymuse.settings import load_settings
from search_api.app import create_app
from search_api.service import ServiceLoader, StartingError, open_service
from tests.helpers.ids import id_of
from tests.helpers.service_process import wait
from tests.helpers.signals import random_unit


def test_a_service_that_cannot_open_says_why_to_everybody(tmp_path: Path) -> None:
    loader = ServiceLoader(load_settings(home=tmp_path, profile="starter"))
    with pytest.raises(StartingError) as early:
        loader.service()
    assert early.value.retry_after == 2
    assert loader.service_if_open() is None
    loader.start()
    loader.close()
    for _ in range(2):
        with pytest.raises(UnavailableError, match="musicnn"):
            loader.service()
    assert loader.service_if_open() is None


def test_a_service_is_closed_though_nobody_waited_for_it(folder: Path, starter_weights: Path) -> None:
    (folder / "models").symlink_to(starter_weights.parent)
    loader = ServiceLoader(load_settings(home=folder, profile="starter"))
    loader.start()
    loader.close()
    assert loader.service().profile == "starter"
    assert loader.service_if_open() is loader.service()
    [owner] = (folder / "store").glob("*/owner.lock")
    assert not owner.with_name("owner.json").exists()


def test_a_service_stores_the_bank_if_it_is_another_one(folder: Path, starter_weights: Path) -> None:
    (folder / "models").symlink_to(starter_weights.parent)
    bank = folder / "bank.json"
    piano = {"slug": "piano", "category": "instruments", "names": {"en": "piano"}, "prompts": ["A piano."]}
    bank.write_text(json.dumps({"descriptors": [piano]}))
    versions = []
    for settings in ({}, {"bank": bank}, {"bank": bank}):
        with open_service(load_settings(home=folder, profile="starter", **settings)) as service:
            stored = service.live_descriptors.current()
            assert stored.by_slug.keys() == service.expressible & {each.slug for each in service.descriptors}
            assert stored.by_slug["piano"].names["en"].lower() == "piano"
            versions.append(service.catalog.descriptors_version())
    assert versions[0] != versions[1] == versions[2]


def test_a_service_follows_the_excerpts_of_its_library(
    folder: Path, tiny_clamp3_home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "models").symlink_to(tiny_clamp3_home / "models")
    bank = tiny_clamp3_home / "bank.json"
    for setting in ("quick", "auto", "full"):  # first for a new library, then of the library
        settings = load_settings(home=folder, profile="clamp3", bank=bank, device="cpu", excerpts=setting)
        with open_service(settings) as service:
            assert excerpts_of(service.catalog.space.fingerprint) == service.analyzer.recipe.excerpts == "quick"
    assert "the setting excerpts: full has no effect" in caplog.text


def test_a_damaged_store_is_waited_for(folder: Path, starter_weights: Path) -> None:
    """A supervisor that restarts the service would only do so again and again."""
    (folder / "models").symlink_to(starter_weights.parent)
    settings = load_settings(home=folder, profile="starter")
    loader = ServiceLoader(settings)
    loader.start()
    loader.close()
    [state] = (folder / "store").glob("*/shard/segments/*/segment.json")
    state.unlink()
    loader = ServiceLoader(settings)
    loader.start()
    try:
        wait(lambda: isinstance(problem_of(loader), DamagedError))
        assert not loader.opened.done()
        assert "0 tracks are saved" in "\n".join(repair(settings))
        loader._try_again()
        assert loader.opened.result(timeout=300).catalog.count() == 0
        assert problem_of(loader) is None
    finally:
        loader.close()


def test_damage_that_a_request_finds_is_told_to_probes(folder: Path, starter_weights: Path) -> None:
    """Opening a store reads none of its tracks."""
    (folder / "models").symlink_to(starter_weights.parent)
    settings = load_settings(home=folder, profile="starter")
    embedder = load_embedder("starter", WeightStore(folder / "models"), "cpu")
    with Catalog.open(folder / "store", Space.of(embedder)) as catalog:
        track = Track(id_of(1), (FileRef("/music/a.ogg", 1, 1),), "a", 60.0, "vorbis")
        catalog.upsert([Entry(track, {"mix": random_unit(1, embedder.dim)})])
    [page] = (folder / "store").glob("*/shard/segments/*/payload_storage/page_0.dat")
    with page.open("r+b") as file:
        file.write(b"\xff" * 4096)
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        wait(lambda: "retry-after" not in (answer := client.get("/readyz")).headers and answer.status_code == 200)
        assert client.get("/v1/tracks").status_code == 503
        assert "is damaged" in client.get("/readyz").json()["advice"]
        assert client.get("/healthz").status_code == 200


def problem_of(loader: ServiceLoader) -> UserError | None:
    try:
        loader.service()
    except UserError as error:
        return error
    return None
