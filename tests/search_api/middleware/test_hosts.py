"""Web pages must not reach the service under their own host name."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from polymuse.settings import load_settings
from search_api.app import create_app


def status_for(name: str, home: Path, **flags: object) -> int:
    client = TestClient(create_app(load_settings(home=home, **flags)), base_url="http://127.0.0.1")
    return client.get("/healthz", headers={"Host": name}).status_code


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8765", "localhost:8765", "LOCALHOST", "[::1]:8765", "[::1]"])
def test_loopback_names_are_accepted(tmp_path: Path, host: str) -> None:
    assert status_for(host, tmp_path) == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8765",
        "127.0.0.1.evil.example",
        "",
        "[",
        "::1",
        "127.0.0.1:evil.example",
        "localhost:80 evil.example",
        "[::1]evil.example",
    ],
)
def test_other_names_are_rejected(tmp_path: Path, host: str) -> None:
    assert status_for(host, tmp_path) == 421


def test_a_refusal_says_how_to_allow_the_name(tmp_path: Path) -> None:
    client = TestClient(create_app(load_settings(home=tmp_path)), base_url="http://music.example")
    problem = client.get("/healthz").json()
    assert problem["type"] == "urn:poly-muse:error:misdirected"
    assert "music.example" in problem["detail"]
    assert "POLYMUSE_ALLOWED_HOSTS=music.example," in problem["advice"]


@pytest.mark.parametrize("host", ['evil"; rm -rf ~', "a" * 300, "<b>"])
def test_a_strange_name_is_not_recommended(tmp_path: Path, host: str) -> None:
    client = TestClient(create_app(load_settings(home=tmp_path)), base_url="http://127.0.0.1")
    problem = client.get("/healthz", headers={"Host": host}).json()
    assert "POLYMUSE_ALLOWED_HOSTS=music.example.org," in problem["advice"]
    assert len(problem["detail"]) < 200


@pytest.mark.parametrize(
    ("sender", "flags", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("192.0.2.7", {}, 421),
        ("192.0.2.7", {"api_key": "k" * 32}, 200),
        ("192.0.2.7", {"allowed_hosts": ("127.0.0.1",)}, 200),
    ],
)
def test_a_proxy_that_hides_the_name_opens_nothing(
    tmp_path: Path, sender: str, flags: dict[str, object], status: int
) -> None:
    """Without a key, only this machine may use the name of this machine."""
    app = create_app(load_settings(home=tmp_path, **flags))
    client = TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 5000))
    answer = client.get("/healthz", headers={"X-Forwarded-For": sender})
    assert answer.status_code == status
    assert status == 200 or "polymuse keys new" in answer.json()["advice"]


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("X-Forwarded-For", "unknown", 421),
        ("X-Forwarded-For", "", 421),
        ("X-Forwarded-For", '"192.0.2.7"', 421),
        ("X-Forwarded-For", "192.0.2.7, 127.0.0.1", 421),
        ("X-Forwarded-For", "_hidden", 421),
        ("X-Forwarded-For", "127.0.0.1", 200),
        ("X-Forwarded-For", "127.0.0.1:5000, [::1]:80, ::1", 200),
        ("X-Real-IP", "192.0.2.7", 421),
        ("X-Real-IP", "127.0.0.1", 200),
        ("Forwarded", "for=192.0.2.7", 421),
        ("Forwarded", 'For="[2001:db8::7]:4711"', 421),
        ("Forwarded", "for=127.0.0.1, proto=https", 421),
        ("Forwarded", 'for=127.0.0.1;proto=http, for="[::1]:5000"', 200),
        ("Via", "1.1 proxy", 421),
        ("CF-Connecting-IP", "192.0.2.7", 421),
    ],
)
def test_whatever_a_proxy_says_of_a_client_elsewhere_counts(tmp_path: Path, name: str, value: str, status: int) -> None:
    app = create_app(load_settings(home=tmp_path))
    client = TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 5000))
    assert client.get("/healthz", headers={name: value}).status_code == status


def test_names_can_be_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYMUSE_ALLOWED_HOSTS", "music.example, other.example")
    assert status_for("Music.example", tmp_path) == 200
    assert status_for("other.example:80", tmp_path) == 200
    assert status_for("127.0.0.1", tmp_path) == 200
    assert status_for("third.example", tmp_path) == 421


def test_on_other_addresses_every_name_is_accepted(tmp_path: Path) -> None:
    assert status_for("music.example", tmp_path, host="0.0.0.0", api_key="k" * 32) == 200
