"""Sign-in: the cookie that replaces a key, and the link that signs in another device."""

from pathlib import Path
from typing import Any

import pytest
from fastapi import Request
from fastapi.testclient import TestClient

from polymuse.api_keys import Scope, stored_form
from polymuse.settings import load_settings
from search_api.app import create_app
from search_api.attempts import MAX_WRONG
from search_api.security import COOKIE, cookie_name
from search_api.sessions import KEPT_SECONDS

READ, ADMIN = "a-long-random-text", "ключ-1234"
KEYS = [stored_form(READ, Scope.READ), stored_form(ADMIN, Scope.ADMIN)]
HOST = "http://127.0.0.1"
FROM_PAGE = {"Sec-Fetch-Site": "same-origin"}


def client_for(home: Path, address: str = HOST, **flags: Any) -> TestClient:
    """An application that has not started: authorised requests get 503, others 401."""
    return TestClient(create_app(load_settings(home=home, **{"api_keys": KEYS, **flags})), base_url=address)


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    return client_for(tmp_path)


def sign_in(client: TestClient, key: str = READ, **more: Any) -> dict[str, Any]:
    answer = client.post("/v1/session", json={"key": key, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def reads(client: TestClient) -> bool:
    """Whether the cookie lets the client read."""
    status = client.get("/v1/tracks").status_code
    assert status in (401, 503)
    return status == 503


@pytest.mark.parametrize(("key", "scope"), [(READ, "read"), (ADMIN, "admin")])
def test_the_cookie_permits_what_the_key_does(client: TestClient, key: str, scope: str) -> None:
    assert not reads(client)
    assert client.get("/v1/session").json() == {"needed": True, "scope": None, "expires": None, "kept": False}
    signed_in = sign_in(client, key)
    assert (signed_in["needed"], signed_in["scope"], signed_in["kept"]) == (True, scope, False)
    assert client.get("/v1/session").json() == signed_in
    assert reads(client)
    assert client.get("/metrics").status_code == 401  # for programs, which have keys


def test_a_key_in_a_header_signs_in_too(client: TestClient) -> None:
    assert client.post("/v1/session", headers={"X-API-Key": READ}).json()["scope"] == "read"
    assert reads(client)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"key": "wrong"}, 401),
        ({"link": "wrong"}, 401),
        ({}, 401),
        (None, 401),
        ({"key": ""}, 422),
        ({"key": "x" * 1001}, 422),
        ({"key": READ, "kept": True}, 422),
        ([READ], 422),
    ],
)
def test_everything_else_gets_no_cookie(client: TestClient, body: Any, status: int) -> None:
    assert client.post("/v1/session", json=body).status_code == status
    assert not client.cookies


def test_a_key_may_hold_anything(client: TestClient) -> None:
    content, headers = rb'{"key": "\ud800"}', {"Content-Type": "application/json"}
    assert client.post("/v1/session", content=content, headers=headers).status_code in (401, 422)


def test_guesses_are_slowed_down(client: TestClient) -> None:
    for _ in range(MAX_WRONG):
        assert client.post("/v1/session", json={"key": "guess"}).status_code == 401
    answer = client.post("/v1/session", json={"key": READ})
    assert answer.status_code == 429
    assert answer.json()["type"].endswith(":too-many-attempts")
    assert int(answer.headers["retry-after"]) <= 6
    assert client.get("/v1/tracks", headers={"X-API-Key": READ}).status_code == 429


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (FROM_PAGE, 503),
        ({"Origin": HOST}, 503),
        ({}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:9000"}, 403),  # another service of the same machine
        ({"Sec-Fetch-Site": "same-site", "Origin": HOST}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_only_the_page_itself_changes_anything(client: TestClient, headers: dict[str, str], status: int) -> None:
    sign_in(client)
    assert client.post("/v1/search", json={"texts": ["piano"]}, headers=headers).status_code == status


@pytest.mark.parametrize(("address", "secure"), [(HOST, False), ("https://127.0.0.1", True)])
def test_other_sites_and_scripts_cannot_use_it(tmp_path: Path, address: str, secure: bool) -> None:
    answer = client_for(tmp_path, address).post("/v1/session", json={"key": READ})
    parts = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")}
    assert {"httponly", "samesite=strict"} <= parts
    assert ("secure" in parts) is secure
    assert answer.headers["cache-control"] == "no-store"


def test_it_ends_with_the_browser_unless_it_is_kept(client: TestClient) -> None:
    cookie = client.post("/v1/session", json={"key": READ}).headers["set-cookie"].lower()
    assert "max-age" not in cookie
    assert "expires" not in cookie
    cookie = client.post("/v1/session", json={"key": READ, "keep": True}).headers["set-cookie"].lower()
    assert f"max-age={KEPT_SECONDS}" in cookie
    assert client.get("/v1/session").json()["kept"]


def test_it_is_sent_to_the_api_only_also_below_a_path(tmp_path: Path) -> None:
    client = client_for(tmp_path, root_path="/music")
    client.post("/music/v1/session", json={"key": READ})
    assert [cookie.path for cookie in client.cookies.jar] == ["/music/v1"]
    assert client.get("/music/v1/tracks").status_code == 503


def test_services_on_other_ports_of_a_host_have_cookies_of_their_own(tmp_path: Path) -> None:
    """A browser keeps cookies by host, not by port."""
    first = client_for(tmp_path / "one", f"{HOST}:8765")
    second = client_for(tmp_path / "two", f"{HOST}:8766")
    sign_in(first)
    second.cookies.update(first.cookies)
    sign_in(second)
    first.cookies.update(second.cookies)
    assert [reads(first), reads(second)] == [True, True]
    assert first.delete("/v1/session").status_code == 204
    assert [reads(first), reads(second)] == [False, True]


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("127.0.0.1", COOKIE),
        ("127.0.0.1:8765", f"{COOKIE}_8765"),
        ("[::1]", COOKIE),
        ("[::1]:80", f"{COOKIE}_80"),
        ("[2001:db8::8765]", COOKIE),
        ("localhost:", COOKIE),
        ("localhost:99999", f"{COOKIE}_99999"),
        ("localhost:999999", COOKIE),
        ("localhost:٣", COOKIE),
        ("localhost:1;x=y", COOKIE),
        ("", COOKIE),
    ],
)
def test_its_name_holds_the_port_of_the_address(host: str, name: str) -> None:
    assert cookie_name(Request({"type": "http", "headers": [(b"host", host.encode())]})) == name


@pytest.mark.parametrize("cookie", ["", ".", "x", "9999999999.00", "é.é", "a" * 4000])
def test_forged_cookies_are_rejected(client: TestClient, cookie: str) -> None:
    headers = {b"Cookie": f"polymuse_session={cookie}".encode()}
    assert client.get("/v1/tracks", headers=headers).status_code == 401


def test_it_survives_a_restart_and_ends_with_its_key(client: TestClient, tmp_path: Path) -> None:
    sign_in(client)
    for keys, readable in ((KEYS, True), (KEYS[1:], False), (KEYS[:1], True)):
        restarted = client_for(tmp_path, api_keys=keys)
        restarted.cookies = client.cookies
        assert reads(restarted) is readable


def test_signing_out_ends_it(client: TestClient) -> None:
    sign_in(client)
    stolen = dict(client.cookies)
    answer = client.delete("/v1/session")
    assert (answer.status_code, dict(client.cookies)) == (204, {})
    client.cookies.update(stolen)
    assert not reads(client)
    assert client.delete("/v1/session").status_code == 204


def test_signing_in_again_ends_the_session_before(client: TestClient) -> None:
    sign_in(client)
    before = dict(client.cookies)
    sign_in(client, ADMIN)
    assert reads(client)
    client.cookies.clear()
    client.cookies.update(before)
    assert not reads(client)


def test_without_keys_none_is_needed(tmp_path: Path) -> None:
    client = client_for(tmp_path, api_keys=())
    open_to_all = {"needed": False, "scope": "admin", "expires": None, "kept": False}
    answer = client.post("/v1/session")
    assert answer.json() == client.get("/v1/session").json() == open_to_all
    assert "set-cookie" not in answer.headers
    assert client.post("/v1/session/link").status_code == 400
    assert client.get("/v1/session/link/x").status_code == 404


def make_link(client: TestClient, scope: str = "read", **headers: str) -> Any:
    return client.post("/v1/session/link", json={"scope": scope}, headers={**FROM_PAGE, **headers})


def follow(link: str, home: Path, client: TestClient) -> TestClient:
    """Another device that opens the link."""
    phone = TestClient(client.app, base_url=HOST)
    assert not reads(phone)
    phone.post("/v1/session", json={"link": link.partition("#")[2]})
    return phone


@pytest.mark.parametrize("scope", ["read", "admin"])
def test_a_link_signs_in_another_device_once(client: TestClient, tmp_path: Path, scope: str) -> None:
    sign_in(client, ADMIN)
    link = make_link(client, scope).json()
    assert link["url"].startswith("http://127.0.0.1/sign-in#")
    assert link["expires_in"] == 600
    phone = follow(link["url"], tmp_path, client)
    assert reads(phone)
    found = phone.get("/v1/session").json()
    assert (found["scope"], found["kept"]) == (scope, True)
    assert not reads(follow(link["url"], tmp_path, client))


def test_looking_at_a_link_does_not_use_it_up(client: TestClient, tmp_path: Path) -> None:
    """Messengers and scanners fetch the URLs of messages."""
    sign_in(client)
    link = make_link(client).json()["url"]
    for _ in range(3):
        preview = TestClient(client.app, base_url=HOST).get(link)
        assert (preview.status_code, dict(preview.cookies)) == (200, {})
    assert reads(follow(link, tmp_path, client))


def test_links_do_not_give_more_than_their_maker_has(client: TestClient, tmp_path: Path) -> None:
    assert client.post("/v1/session/link").status_code == 401
    sign_in(client)
    assert make_link(client, "admin").status_code == 403
    phone = follow(make_link(client).json()["url"], tmp_path, client)
    assert make_link(phone).status_code == 403


def test_a_link_has_the_address_of_the_page(tmp_path: Path) -> None:
    client = client_for(tmp_path, allowed_hosts=("music.example",), root_path="/music")
    link = make_link(client, **{"X-API-Key": READ, "Host": "music.example:8443"}).json()
    assert link["url"].startswith("http://music.example:8443/music/sign-in#")
    assert link["qr_svg"].startswith("/music/v1/session/link/")


def test_the_qr_code_is_an_image_for_its_maker(client: TestClient, tmp_path: Path) -> None:
    sign_in(client)
    link = make_link(client).json()
    image = client.get(link["qr_svg"])
    assert image.headers["content-type"] == "image/svg+xml"
    assert image.headers["cache-control"] == "no-store"
    assert image.text.startswith("<?xml")
    assert "script" not in image.text
    other = TestClient(client.app, base_url=HOST)
    assert other.get(link["qr_svg"]).status_code == 401
    sign_in(other, ADMIN)
    assert other.get(link["qr_svg"]).status_code == 404  # of another key
    follow(link["url"], tmp_path, client)
    assert client.get(link["qr_svg"]).status_code == 404
