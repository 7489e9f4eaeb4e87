"""The service with a Qdrant server: several services on one server, and an outage of the server."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from catalog.catalog import Catalog
from catalog.server import Server
from catalog.store import Space
from catalog.track import Entry, FileRef, Track
from models.profiles import load_embedder
from models.weights.store import WeightStore
from polymuse.settings import Settings
from search_api.app import create_app
from tests.helpers.qdrant_server import FakeQdrant, listening
from tests.search_api.conftest import await_ready


@pytest.fixture
def fake() -> FakeQdrant:
    return FakeQdrant(api_key="s3cret")


@pytest.fixture
def server(fake: FakeQdrant, empty_home: Path) -> Iterator[str]:
    """The URL of a server with two tracks."""
    embedder = load_embedder("starter", WeightStore(empty_home / "models"))
    space = Space.of(embedder)
    track = Track("00000000-0000-0000-0000-000000000001", (FileRef("/music/1.ogg", 1, 1),), "Sonata", 60.0, "vorbis")
    other = replace(track, id=track.id[:-1] + "2", files=(FileRef("/music/2.ogg", 1, 1),), title="Anvil")
    piano, metal = embedder.embed_text(["piano", "heavy metal"])
    with listening(fake) as url:
        with Catalog.connect(Server(url, "s3cret"), space) as catalog:
            catalog.upsert([Entry(track, {"mix": piano}), Entry(other, {"mix": metal})])
        yield url


@contextmanager
def service(settings: Settings, home: Path, url: str) -> Iterator[TestClient]:
    environment = {"home": home, "qdrant_url": url, "qdrant_api_key": "s3cret"}
    asked = Settings(**settings.model_dump(exclude=set(environment)), **environment)  # type: ignore[arg-type]
    with TestClient(create_app(asked), base_url="http://127.0.0.1") as client:
        await_ready(client)
        yield client


def titles(client: TestClient, text: str) -> list[str]:
    answer = client.get("/v1/search", params={"q": text})
    assert answer.status_code == 200, answer.text
    return [hit["title"] for hit in answer.json()["hits"]]


@pytest.mark.slow
def test_several_services_search_one_server(settings: Settings, empty_home: Path, server: str) -> None:
    with service(settings, empty_home, server) as one, service(settings, empty_home, server) as two:
        for client in (one, two):
            assert titles(client, "piano") == ["Sonata", "Anvil"]
            assert titles(client, "heavy metal") == ["Anvil", "Sonata"]
    assert not (empty_home / "store").exists()


@pytest.mark.slow
def test_an_outage_of_the_server(settings: Settings, empty_home: Path, server: str, fake: FakeQdrant) -> None:
    with service(settings, empty_home, server) as client:
        fake.faults += [lambda _: httpx.Response(503)] * 1000
        answer = client.get("/v1/search", params={"q": "piano"})
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
        assert answer.json()["type"].endswith("unavailable")
        assert server in answer.json()["detail"]
        assert "s3cret" not in answer.text
        assert client.get("/readyz").status_code == 503
        assert client.get("/healthz").status_code == 200
        fake.faults.clear()
        assert client.get("/readyz").status_code == 200
        assert titles(client, "piano") == ["Sonata", "Anvil"]
