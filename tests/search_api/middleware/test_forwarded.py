"""Below a path of a proxy, whether that strips it or not."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from polymuse.settings import load_settings
from search_api.app import create_app

PROXY, STRANGER = "127.0.0.9", "192.0.2.7"


def client_for(home: Path, sender: str = PROXY, **flags: object) -> TestClient:
    app = create_app(load_settings(home=home, trusted_proxies=[PROXY], **flags))
    return TestClient(app, base_url="http://127.0.0.1", client=(sender, 5000))


@pytest.fixture
def below(tmp_path: Path) -> TestClient:
    return client_for(tmp_path, root_path="/music")


@pytest.mark.parametrize("path", ["/", "/healthz", "/docs", "/docs/start.js", "/openapi.json"])
def test_both_forms_of_a_path_are_served(below: TestClient, path: str) -> None:
    stripped, whole = below.get(path), below.get(f"/music{path}")
    assert (stripped.status_code, whole.status_code) == (200, 200)
    assert stripped.content == whole.content


@pytest.mark.parametrize("path", ["/musical/healthz", "/music/music/healthz", "/other"])
def test_other_paths_are_not(below: TestClient, path: str) -> None:
    answer = below.get(path)
    assert answer.status_code == 404
    assert answer.json()["advice"] == "The API is described at /music/docs"


def test_the_bare_prefix_leads_to_the_page(below: TestClient) -> None:
    answer = below.get("/music", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (308, "/music/")
    answer = below.get("/music?q=calm+piano", follow_redirects=False)
    assert answer.headers["location"] == "/music/?q=calm+piano"
    assert below.get("/music").headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("path", ["/docs/", "/music/docs/"])
def test_redirects_stay_below_the_path(below: TestClient, path: str) -> None:
    headers = {"X-Forwarded-Proto": "https", "Host": "127.0.0.1:8443"}
    answer = below.get(path, headers=headers, follow_redirects=False)
    assert answer.headers["location"] == "https://127.0.0.1:8443/music/docs"


def test_the_description_names_the_path(below: TestClient, tmp_path: Path) -> None:
    assert below.get("/openapi.json").json()["servers"] == [{"url": "/music"}]
    assert "servers" not in client_for(tmp_path).get("/openapi.json").json()


def test_a_proxy_may_name_the_path(tmp_path: Path) -> None:
    client, headers = client_for(tmp_path), {"X-Forwarded-Prefix": "/music/"}
    assert client.get("/openapi.json", headers=headers).json()["servers"] == [{"url": "/music"}]
    assert client.get("/music/healthz", headers=headers).status_code == 200
    assert client.get("/music/healthz").status_code == 404
    assert client_for(tmp_path, STRANGER, api_key="k").get("/music/healthz", headers=headers).status_code == 404


@pytest.mark.parametrize(
    "prefix", ["//evil.example", "/a/../b", "https://evil.example", "/v1", "/a, /b", "/" + "a" * 9999]
)
def test_a_misleading_path_is_ignored(tmp_path: Path, prefix: str) -> None:
    client = client_for(tmp_path)
    answer = client.get("/docs/", headers={"X-Forwarded-Prefix": prefix}, follow_redirects=False)
    assert answer.headers["location"] in ("http://127.0.0.1/docs", "http://127.0.0.1/evil.example/docs")


def test_a_setting_wins_over_the_header(below: TestClient) -> None:
    answer = below.get("/openapi.json", headers={"X-Forwarded-Prefix": "/other"})
    assert answer.json()["servers"] == [{"url": "/music"}]


def test_limits_apply_below_the_path_too(below: TestClient) -> None:
    """Only an upload may have more than a megabyte."""
    body = b"x" * (2 << 20)
    assert below.post("/music/v1/search/audio", content=body).status_code != 413
    assert below.post("/music/v1/search", content=body).status_code == 413


def test_the_scheme_is_believed_from_trusted_proxies_only(tmp_path: Path) -> None:
    headers = {"X-Forwarded-Proto": "https", "X-API-Key": "k"}
    trusted = client_for(tmp_path, api_key="k").post("/v1/session", headers=headers)
    stranger = client_for(tmp_path, STRANGER, api_key="k").post("/v1/session", headers=headers)
    assert "Secure" in trusted.headers["set-cookie"]
    assert "Secure" not in stranger.headers["set-cookie"]
