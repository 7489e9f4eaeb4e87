"""The cookie that replaces a key where a page cannot send one."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from polymuse.settings import load_settings
from search_api.app import create_app
from search_api.security import SESSION_SECONDS, KeyRing

KEY = {"X-API-Key": "a-long-random-text"}


def client_for(home: Path, scheme: str = "http", **flags: object) -> TestClient:
    """An application that has not started: authorised requests get 503, others 401."""
    return TestClient(create_app(load_settings(home=home, **flags)), base_url=f"{scheme}://127.0.0.1")


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    return client_for(tmp_path, api_key=KEY["X-API-Key"])


def test_the_cookie_permits_reading(client: TestClient) -> None:
    assert client.get("/v1/tracks").status_code == 401
    assert client.post("/v1/session", headers=KEY).status_code == 204
    assert client.get("/v1/tracks").status_code == 503


def test_the_cookie_permits_nothing_else(client: TestClient) -> None:
    client.post("/v1/session", headers=KEY)
    assert client.post("/v1/search", json={"texts": ["piano"]}).status_code == 401
    assert client.post("/v1/session").status_code == 401
    assert (
        client.get("/metrics", headers={"Cookie": f"polymuse_session={client.cookies['polymuse_session']}"}).status_code
        == 401
    )


def test_a_wrong_key_gets_no_cookie(client: TestClient) -> None:
    assert client.post("/v1/session", headers={"X-API-Key": "wrong"}).status_code == 401
    assert not client.cookies


def test_other_sites_and_scripts_cannot_use_it(client: TestClient, tmp_path: Path) -> None:
    cookie = client.post("/v1/session", headers=KEY).headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict", "Path=/v1"} <= {part.strip() for part in cookie.split(";")}
    assert "Secure" not in cookie
    over_tls = client_for(tmp_path, "https", api_key=KEY["X-API-Key"])
    assert "Secure" in over_tls.post("/v1/session", headers=KEY).headers["set-cookie"]


@pytest.mark.parametrize("cookie", ["", ".", "x", "9999999999", "9999999999.", "9999999999.00", "é.é", "-1.00"])
def test_forged_cookies_are_rejected(client: TestClient, cookie: str) -> None:
    headers = {b"Cookie": f"polymuse_session={cookie}".encode()}
    assert client.get("/v1/tracks", headers=headers).status_code == 401


def test_cookies_of_another_process_are_rejected(client: TestClient, tmp_path: Path) -> None:
    client.post("/v1/session", headers=KEY)
    restarted = client_for(tmp_path, api_key=KEY["X-API-Key"])
    restarted.cookies = client.cookies
    assert restarted.get("/v1/tracks").status_code == 401


def test_a_session_expires(tmp_path: Path) -> None:
    now = 1000.0
    ring = KeyRing(load_settings(api_key="key"), clock=lambda: now)
    cookie = ring.open_session()
    now += SESSION_SECONDS - 1
    assert ring.is_session(cookie)
    now += 2
    assert not ring.is_session(cookie)


def test_the_cookie_can_be_deleted(client: TestClient) -> None:
    client.post("/v1/session", headers=KEY)
    client.delete("/v1/session", headers=KEY)
    assert client.get("/v1/tracks").status_code == 401


def test_without_keys_none_is_needed(tmp_path: Path) -> None:
    client = client_for(tmp_path)
    response = client.post("/v1/session")
    assert response.status_code == 204
    assert "set-cookie" not in response.headers
