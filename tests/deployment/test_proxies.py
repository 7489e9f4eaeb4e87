"""The service behind real proxies, with the configurations of docs/deploying.md: TLS, a path, uploads, ranges."""

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from indexer.service.keeper import LibraryKeeper
from polymuse.settings import load_settings
from tests.helpers.audio_files import encode, sweep
from tests.helpers.chromium import CHROMIUM, HOW
from tests.helpers.proxies import NO_PROXIES, PROXIES, Proxy, documented
from tests.search_api.shelf import Shelf, serving

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(NO_PROXIES), reason=NO_PROXIES)]

KEY = "a-long-random-text"
OWN, SHARED = "music.example.org", "nas.example.org"
TITLE = "A sweep"

STRIPPING_CADDY = f"""{SHARED} {{
	handle_path /music/* {{
		reverse_proxy 127.0.0.1:8765 {{
			header_up X-Forwarded-Prefix /music
		}}
	}}
}}
"""


@dataclass(frozen=True)
class Site:
    """A service with one track, behind a proxy."""

    proxy: Proxy
    shelf: Shelf
    track: str  # its id
    audio: bytes
    program: str
    prefix: str
    strips: bool

    def path(self, path: str) -> str:
        return f"{self.prefix}{path}"


def in_its_server(location: str) -> str:
    """A location for nginx in place of the one in the server block of the documentation."""
    server = documented("nginx", f"server_name {OWN};").replace(f"server_name {OWN};", f"server_name {SHARED};")
    return re.sub(r"    location / \{.*?\n    \}\n", lambda _: location, server, flags=re.DOTALL)


def configuration(program: str, form: str) -> str:
    if form == "own":
        return documented(program, f"{OWN} {{" if program == "caddy" else f"server_name {OWN};")
    if program == "caddy":
        return STRIPPING_CADDY if form == "stripped" else documented("caddy", f"{SHARED} {{")
    location = documented("nginx", "location /music/ {")
    whole, stripping = "proxy_pass http://127.0.0.1:8765;", "proxy_pass http://127.0.0.1:8765/;"
    return in_its_server(location.replace(whole, stripping) if form == "stripped" else location)


@pytest.fixture(scope="module")
def shelves(starter_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Shelf]]:
    """Two services: one without a path of its own, and one below /music."""
    homes = {path: tmp_path_factory.mktemp("home") for path in ("", "/music")}
    settings = {
        path: load_settings(home=home, profile="starter", api_key=KEY, allowed_hosts=(OWN, SHARED), root_path=path)
        for path, home in homes.items()
    }
    for home in homes.values():
        (home / "models").symlink_to(starter_weights.parent)
    music = tmp_path_factory.mktemp("music")
    keepers = {path: LibraryKeeper(each) for path, each in settings.items()}
    with (
        serving(settings[""], music, keepers[""]) as one,
        serving(settings["/music"], music, keepers["/music"]) as other,
    ):
        yield {"": one, "/music": other}


FORMS = [f"{program} {form}" for program in ("caddy", "nginx") for form in ("own", "below", "stripped")]


@pytest.fixture(scope="module", params=FORMS)
def site(request: pytest.FixtureRequest, shelves: dict[str, Shelf], tmp_path_factory: Any) -> Iterator[Site]:
    program, form = request.param.split()
    # Caddy tells the service its path in a header here.
    shelf = shelves["" if form == "own" or request.param == "caddy stripped" else "/music"]
    path = encode(shelf.folder / "sweep.flac", "flac", sweep(3.0, 44_100), cover=True)
    track = shelf.add(path, title=TITLE, format="flac", duration=3.0)
    prefix = "" if form == "own" else "/music"
    start = PROXIES[program]
    host = SHARED if prefix else OWN
    folder = tmp_path_factory.mktemp(program)
    with start(configuration(program, form), host, shelf.port, folder, f"{prefix}/") as proxy:
        yield Site(proxy, shelf, track, path.read_bytes(), program, prefix, form == "stripped")


def test_the_page_and_its_assets(site: Site) -> None:
    with site.proxy.client() as client:
        page = client.get("")
        addresses = re.findall(r'(?:href|src)="([^"#]+)"', page.text)
        assert len(addresses) > 5
        found = {urljoin(site.proxy.address, address) for address in addresses}
        assert all(address.startswith(site.proxy.address) for address in found)
        assert {address for address in found if client.get(address).status_code != 200} == set()
        for path in ("docs", "docs/start.js", "openapi.json", "healthz", "sign-in"):
            assert client.get(path).status_code == 200, path
        servers = client.get("openapi.json").json().get("servers")
        assert servers == ([{"url": site.prefix}] if site.prefix else None)


def test_redirects_lead_below_the_path(site: Site) -> None:
    with site.proxy.client() as client:
        location = client.get("docs/").headers["location"]
        assert urljoin(site.proxy.address, location) == f"{site.proxy.address}docs"
        if site.prefix and not site.strips:
            bare = client.get(site.proxy.address.rstrip("/"))
            assert bare.status_code in (301, 308)
            assert urljoin(site.proxy.address, bare.headers["location"]) == site.proxy.address


def test_signing_in(site: Site) -> None:
    with site.proxy.client() as client:
        assert client.get("v1/stats").status_code == 401
        answer = client.post("v1/session", json={"key": KEY, "keep": True})
        assert answer.status_code == 200, answer.text
        assert "secure" in answer.headers["set-cookie"].lower()
        assert [cookie.path for cookie in client.cookies.jar] == [site.path("/v1")]
        assert client.get("v1/stats").json()["tracks"] > 0
        origin = f"https://{site.proxy.host}:{site.proxy.port}"
        assert client.post("v1/search", json={"texts": ["piano"]}, headers={"Origin": origin}).status_code == 200
        link = client.post("v1/session/link", json={}, headers={"Origin": origin}).json()
        assert link["url"].startswith(f"{site.proxy.address}sign-in#")
        assert client.get(urljoin(origin, link["qr_svg"])).headers["content-type"] == "image/svg+xml"
        assert client.delete("v1/session").status_code == 204
        assert client.get("v1/stats").status_code == 401


def test_ranges_of_a_file(site: Site) -> None:
    with site.proxy.client(headers={"X-API-Key": KEY}) as client:
        path = f"v1/tracks/{site.track}/audio"
        whole = client.get(path)
        assert whole.content == site.audio
        part = client.get(path, headers={"Range": "bytes=100-199"})
        assert (part.status_code, part.content) == (206, site.audio[100:200])
        assert part.headers["content-range"] == f"bytes 100-199/{len(site.audio)}"
        assert client.get(path, headers={"Range": f"bytes={len(site.audio)}-"}).status_code == 416
        assert client.get(path, headers={"If-None-Match": whole.headers["etag"]}).status_code == 304
        assert int(client.head(path).headers["content-length"]) == len(site.audio)


def test_answers_are_compressed_once(site: Site) -> None:
    with site.proxy.client(headers={"X-API-Key": KEY, "Accept-Encoding": "gzip"}) as client:
        with client.stream("GET", "v1/descriptors") as answer:
            assert answer.headers["content-encoding"] == "gzip"
            assert gzip.decompress(b"".join(answer.iter_raw())).startswith(b"{")
        again = client.get("v1/descriptors", headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304


def test_events_arrive_while_a_job_lasts(site: Site) -> None:
    """A proxy that holds answers back would send nothing before the end, which only comes after the first event."""
    with site.proxy.client(headers={"X-API-Key": KEY, "Accept-Encoding": "gzip"}) as client:
        assert client.patch("v1/jobs", json={"paused": True}).status_code == 200
        job = client.post("v1/jobs", json={"kind": "scan"}).json()["id"]
        with client.stream("GET", f"v1/jobs/{job}/events") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.headers["cache-control"] == "no-store"
            lines = answer.iter_lines()
            first = next(line for line in lines if line.startswith("data:"))
            assert json.loads(first.removeprefix("data:"))["ended"] is None
            assert client.delete(f"v1/jobs/{job}").status_code == 200
            last = [line for line in lines if line.startswith("data:")][-1]
            assert json.loads(last.removeprefix("data:"))["state"] == "stopped"


def test_an_upload_of_several_megabytes(site: Site, tmp_path: Path) -> None:
    song = encode(tmp_path / "song.wav", "pcm_s16le", sweep(15.0, 44_100)).read_bytes()
    assert len(song) > 2_000_000
    with site.proxy.client(headers={"X-API-Key": KEY}) as client:
        answer = client.post("v1/search/audio", files={"file": ("song.wav", song)})
        assert answer.status_code == 200, answer.text
        assert TITLE in answer.text


def test_another_name_is_told_what_to_set(site: Site) -> None:
    """nginx has one server here, which takes every name; Caddy has no certificate for another."""
    with site.proxy.client() as client:
        try:
            answer = client.get(site.proxy.address.replace(site.proxy.host, "other.example.org") + "healthz")
        except httpx.ConnectError:
            assert site.program == "caddy"
        else:
            assert answer.status_code == 421
            assert "POLYMUSE_ALLOWED_HOSTS=other.example.org" in answer.json()["advice"]


def test_in_a_browser(site: Site) -> None:
    """HTTP/2, the page, a search, playing, and a link on another device; nothing is blocked or missing."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
    if CHROMIUM is None:
        pytest.skip(HOW)
    playwright.expect.set_options(timeout=60_000)
    rules = f"--host-resolver-rules=MAP {site.proxy.host} 127.0.0.1"
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--mute-audio", rules])
        context = chromium.new_context(ignore_https_errors=True, locale="en-GB")
        page = context.new_page()
        page.set_default_timeout(60_000)
        missing: list[str] = []
        page.on("response", lambda answer: missing.append(answer.url) if answer.status == 404 else None)
        page.on("console", lambda message: missing.append(message.text) if "Policy" in message.text else None)
        key = site.shelf.client.post("/v1/session/link", headers={"X-API-Key": KEY}, json={}).json()["url"]
        page.goto(f"{site.proxy.address}sign-in#{key.partition('#')[2]}")
        assert page.evaluate("performance.getEntriesByType('navigation')[0].nextHopProtocol") == "h2"
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(site.proxy.address)
        row = page.locator("#results .row").first
        playwright.expect(row).to_contain_text(TITLE)
        page.get_by_role("combobox", name="Describe").fill("piano")
        page.keyboard.press("Enter")
        playwright.expect(page.locator("#results")).to_contain_text("Best matches")
        page.reload()
        playwright.expect(row).to_contain_text(TITLE)
        assert missing == []
        chromium.close()
