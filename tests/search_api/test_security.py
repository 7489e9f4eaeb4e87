"""API keys, and when they are required."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from polymuse.api_keys import Scope, new_key, stored_form
from polymuse.errors import UserError
from polymuse.settings import load_settings
from search_api.app import create_app
from search_api.security import MIN_KEY, check_exposure

LOCAL = "http://127.0.0.1"  # a host name that the service accepts
KEY = "ключ-из-шестнадцати-букв"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_loopback_needs_no_key(host: str) -> None:
    check_exposure(load_settings(host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.org", ""])
def test_other_hosts_need_a_key(host: str) -> None:
    with pytest.raises(UserError, match="API key"):
        check_exposure(load_settings(host=host))
    check_exposure(load_settings(host=host, api_key=KEY))
    check_exposure(load_settings(host=host, api_keys=stored_form(KEY, Scope.READ)))


@pytest.mark.parametrize("key", ["a", "x" * (MIN_KEY - 1)])
def test_a_key_that_can_be_guessed_is_for_this_machine_only(key: str, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(key)
    for given in ({"api_key": key}, {"api_key_file": path}):
        check_exposure(load_settings(**given))
        for exposed in ({"host": "0.0.0.0"}, {"allowed_hosts": "music.example"}):
            with pytest.raises(UserError, match="guessed"):
                check_exposure(load_settings(**given, **exposed))
    path.write_text("x" * MIN_KEY)
    check_exposure(load_settings(host="0.0.0.0", api_key_file=path))


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_an_empty_key_is_rejected(host: str) -> None:
    with pytest.raises(UserError, match="empty"):
        check_exposure(load_settings(host=host, api_key=" "))


def test_the_factory_refuses_to_expose_an_open_service(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"0\.0\.0\.0"):
        create_app(load_settings(home=tmp_path, host="0.0.0.0"))


@pytest.fixture
def guarded(tmp_path: Path) -> TestClient:
    """An application that has not started: authorised requests get 503, others 401."""
    return TestClient(create_app(load_settings(home=tmp_path, api_key=KEY)), base_url=LOCAL)


ROUTES = ["/v1/search?q=piano", "/v1/tracks", "/v1/tracks/x", "/v1/tracks/x/tags", "/v1/tracks/x/similar", "/v1/stats"]


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    "headers", [{}, {"X-API-Key": "wrong"}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic a2V5"}]
)
def test_without_the_key_nothing_is_served(guarded: TestClient, route: str, headers: dict[str, str]) -> None:
    response = guarded.get(route, headers=headers)
    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["type"] == "urn:poly-muse:error:unauthorized"


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(("name", "value"), [("X-API-Key", KEY), ("Authorization", f"Bearer {KEY}")])
def test_the_key_permits_every_route(guarded: TestClient, route: str, name: str, value: str) -> None:
    assert guarded.get(route, headers={name.encode(): value.encode()}).status_code == 503


def test_probes_need_no_key(guarded: TestClient) -> None:
    assert guarded.get("/healthz").status_code == 200
    assert guarded.get("/readyz").status_code == 503


def test_the_description_has_security_schemes_only_with_keys(guarded: TestClient, tmp_path: Path) -> None:
    open_ = TestClient(create_app(load_settings(home=tmp_path)), base_url=LOCAL)
    assert guarded.get("/openapi.json").json()["paths"]["/v1/stats"]["get"]["security"]
    assert "security" not in open_.get("/openapi.json").json()["paths"]["/v1/stats"]["get"]


@pytest.fixture
def scoped(tmp_path: Path) -> tuple[TestClient, dict[Scope, str]]:
    """A service with one key of each scope, as in the configuration file."""
    keys = {scope: new_key(scope) for scope in Scope}
    stored = ",".join(stored_form(key, scope) for scope, key in keys.items())
    return TestClient(create_app(load_settings(home=tmp_path, api_keys=stored)), base_url=LOCAL), keys


@pytest.mark.parametrize(
    ("route", "scope", "status"),
    [
        ("/v1/stats", Scope.READ, 503),
        ("/v1/stats", Scope.ADMIN, 503),
        ("/metrics", Scope.READ, 403),
        ("/metrics", Scope.ADMIN, 200),
    ],
)
def test_what_each_scope_permits(
    scoped: tuple[TestClient, dict[Scope, str]], route: str, scope: Scope, status: int
) -> None:
    client, keys = scoped
    response = client.get(route, headers={"X-API-Key": keys[scope]})
    assert response.status_code == status
    if status == 403:
        assert response.json()["type"] == "urn:poly-muse:error:forbidden"


def test_the_stored_hash_is_not_a_key(scoped: tuple[TestClient, dict[Scope, str]]) -> None:
    client, keys = scoped
    for stored in (stored_form(keys[Scope.READ], Scope.READ), stored_form(keys[Scope.READ], Scope.READ)[5:]):
        assert client.get("/v1/stats", headers={"X-API-Key": stored}).status_code == 401


def test_a_key_in_the_environment_is_an_admin_key(guarded: TestClient) -> None:
    assert guarded.get("/metrics").status_code == 401
    assert guarded.get("/metrics", headers={b"X-API-Key": KEY.encode()}).status_code == 200


@pytest.mark.parametrize("entry", ["", "secret", "read:", "root:" + "0" * 64, "read:" + "0" * 63, "read:" + "G" * 64])
def test_a_stored_key_must_be_a_hash(entry: str) -> None:
    with pytest.raises(UserError, match="polymuse keys new"):
        load_settings(api_keys=[entry])
