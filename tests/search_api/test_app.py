"""The application as it is put together; nothing is opened, as it is never started."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from polymuse.errors import UserError
from polymuse.settings import load_settings
from search_api.app import create_app


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def client(home: Path, **settings: Any) -> TestClient:
    return TestClient(create_app(load_settings(home=home, **settings)), base_url="http://127.0.0.1")


def test_an_application_that_has_not_started_says_so(home: Path) -> None:
    asked = client(home)
    assert asked.get("/healthz").status_code == 200
    early = asked.get("/v1/stats")
    assert (early.status_code, early.json()["type"]) == (503, "urn:poly-muse:error:starting")
    assert "x-request-id" in early.headers
    assert not home.exists()


def test_with_a_key_everything_below_v1_asks_for_it(home: Path) -> None:
    asked = client(home, api_key="k" * 20)
    paths = asked.get("/openapi.json").json()["paths"]
    closed = [path for path in paths if path.startswith("/v1/") and path != "/v1/session"]
    operations = [(method, path) for path in closed for method in paths[path]]
    assert len(operations) > 10
    for method, path in operations:
        assert asked.request(method, path).status_code == 401, path
    assert asked.get("/metrics").status_code == 401
    assert asked.get("/healthz").status_code == 200
    assert asked.get("/v1/stats", headers={"Authorization": f"Bearer {'k' * 20}"}).status_code == 503


def test_on_the_loopback_other_host_names_are_refused(home: Path) -> None:
    asked = client(home, allowed_hosts=("music.example",))
    status = {
        host: asked.get("/healthz", headers={"Host": host}).status_code
        for host in ("127.0.0.1", "localhost", "music.example", "evil.example")
    }
    refused = status.pop("evil.example")
    assert set(status.values()) == {200}
    assert 400 <= refused < 500


def test_other_machines_need_a_key(home: Path) -> None:
    with pytest.raises(UserError, match=r"0\.0\.0\.0"):
        client(home, host="0.0.0.0")
    assert client(home, host="0.0.0.0", api_key="k" * 20).get("/healthz").status_code == 200
