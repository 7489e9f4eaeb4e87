"""The page and its assets as files: content, headers and size."""

import gzip
import json
import re
import struct
from pathlib import Path
from urllib.parse import urljoin

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from search_api.problems import KINDS
from search_api.routes.page import FOLDER, VERSIONED, WebPage, page_router

BUDGET = 60_000  # bytes of the first view, compressed
LANGUAGES = re.findall(r"(\w\w): '", (FOLDER / "i18n.js").read_text().partition("LANGUAGES = ")[2].partition("}")[0])
NOT_MET = {"method-not-allowed", "unsupported-media-type", "range-not-satisfiable"}  # by users of the page


@pytest.fixture(scope="module")
def page() -> WebPage:
    return WebPage.read()


@pytest.fixture(scope="module")
def site(page: WebPage) -> TestClient:
    app = FastAPI()
    app.include_router(page_router(page))
    return TestClient(app)


def strings(language: str) -> dict[str, str | dict[str, str]]:
    """Those of all files; a key is in one of them."""
    files = [json.loads(path.read_bytes()) for path in FOLDER.glob(f"*.{language}.json")]
    texts = {key: text for file in files for key, text in file.items()}
    assert len(texts) == sum(map(len, files))
    return texts


def test_the_page_refers_only_to_existing_assets(site: TestClient) -> None:
    text = site.get("/").text
    addresses = re.findall(r'(?:href|src)="([^"#]+)"', text)
    assert len(addresses) == 8  # two icons, manifest, style sheet, three modules, the page itself
    assert {address for address in addresses if site.get(urljoin("/", address)).status_code != 200} == set()
    assert "VERSION" not in text


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_assets_arrive_whole(site: TestClient, page: WebPage, encoding: str) -> None:
    for name in page.assets.keys() - set(VERSIONED):
        asset, answer = page.assets[name], site.get(f"/web/x/{name}", headers={"Accept-Encoding": encoding})
        assert answer.content == asset.body
        sent = asset.compressed if answer.headers.get("content-encoding") == "gzip" else asset.body
        assert int(answer.headers["content-length"]) == len(sent)
        assert ("content-encoding" in answer.headers) == (encoding == "gzip" and len(asset.body) >= 1000)


def test_the_page_of_a_link_is_complete(site: TestClient) -> None:
    text = site.get("/sign-in").text
    addresses = re.findall(r'(?:href|src)="([^"#]+)"', text)
    assert {address for address in addresses if site.get(urljoin("/", address)).status_code != 200} == set()
    assert "VERSION" not in text
    assert set(re.findall(r'data-text="([^"]+)"', text)) <= strings("en").keys()


def test_below_the_path_of_a_proxy_every_address_keeps_it(page: WebPage) -> None:
    app = FastAPI()
    app.include_router(page_router(page), prefix="/music")
    below = TestClient(app)
    addresses = re.findall(r'(?:href|src)="([^"#]+)"', below.get("/music/").text)
    found = {urljoin("/music/", address): address for address in addresses}
    assert {address for address in found if below.get(address).status_code != 200} == set()
    sources = "".join(asset.body.decode() for name, asset in page.assets.items() if name.endswith((".css", ".js")))
    assert re.findall(r"""['"`(]/web/|fetch\(['"`]/|url\(['"]?/""", sources) == []


def test_the_manifest_starts_at_the_page(page: WebPage, site: TestClient) -> None:
    address = f"/music/web/{page.version}/page.webmanifest"
    response = site.get(address.removeprefix("/music"))
    manifest = response.json()
    assert response.headers["content-type"] == "application/manifest+json"
    # The implied scope is the folder of the manifest: https://github.com/bastienwirtz/homer/issues/99
    assert urljoin(address, manifest["start_url"]) == urljoin(address, manifest["scope"]) == "/music/"
    shortcuts = {urljoin(address, each["url"]) for each in manifest["shortcuts"]}
    assert shortcuts == {"/music/?view=map", "/music/?view=library"}
    for icon in manifest["icons"]:
        assert page.assets[icon["src"]].media_type == icon["type"]
        if icon["type"] == "image/png":
            width, height = struct.unpack(">II", page.assets[icon["src"]].body[16:24])  # the header of a PNG
            assert icon["sizes"] == f"{width}x{height}"


def test_modules_import_only_existing_modules(page: WebPage) -> None:
    imports = {
        (name, imported)
        for name, asset in page.assets.items()
        if name.endswith(".js")
        for imported in re.findall(r"(?:from |import\()'\./([^']+)'", asset.body.decode())
    }
    assert len(imports) > 30
    assert {pair for pair in imports if pair[1] not in page.assets} == set()


def test_the_types_of_every_module_are_checked(page: WebPage) -> None:
    modules = {name: asset.body for name, asset in page.assets.items() if name.endswith(".js")}
    assert [name for name, body in modules.items() if not body.startswith(b"// @ts-check\n")] == []


def test_nothing_is_loaded_from_other_hosts(page: WebPage) -> None:
    foreign = re.compile(rb"https?://(?!www\.w3\.org/2000/svg)|//cdn|@import")  # the SVG namespace is not requested
    assert [name for name, asset in page.assets.items() if foreign.search(asset.body)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_view_is_within_its_budget(page: WebPage, language: str) -> None:
    loaded, waiting = {f"strings.{language}.json"}, ["index.html"]
    while waiting:
        name = waiting.pop()
        loaded.add(name)
        text = page.assets[name].body.decode()
        needed = re.findall(r'(?:src|rel="(?:icon|stylesheet)" href)="web/\w+/([^"]+)"|from \'\./([^\']+)\'', text)
        waiting += {first or second for first, second in needed} - loaded
    assert {"app.js", "page.css", "icon.svg", "api.js"} <= loaded
    assert sum(len(gzip.compress(page.assets[name].body)) for name in loaded) < BUDGET


@pytest.mark.parametrize("path", ["/", "/web/{version}/app.js", "/web/{version}/page.css"])
def test_headers_keep_foreign_code_out(site: TestClient, page: WebPage, path: str) -> None:
    headers = site.get(path.format(version=page.version)).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "microphone=()" in headers["permissions-policy"]


def test_the_page_has_no_inline_code_that_the_policy_would_block(page: WebPage) -> None:
    text = page.assets["index.html"].body.decode()
    assert re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", text) == []


def test_assets_are_immutable_and_the_page_is_revalidated(site: TestClient, page: WebPage) -> None:
    assert site.get("/").headers["cache-control"] == "no-cache"
    asset = site.get(f"/web/{page.version}/app.js")
    assert "immutable" in asset.headers["cache-control"]
    assert asset.headers["content-type"] == "text/javascript; charset=utf-8"
    assert site.get("/web/000000000000/app.js").headers["cache-control"] == "no-cache"


def test_unchanged_assets_are_not_sent_again(site: TestClient) -> None:
    first = site.get("/")
    again = site.get("/", headers={"If-None-Match": f'"other", {first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["content-security-policy"] == first.headers["content-security-policy"]
    assert site.get("/", headers={"If-None-Match": '"other"'}).status_code == 200


def test_another_version_has_another_url(page: WebPage, tmp_path: Path) -> None:
    for name, asset in page.assets.items():
        (tmp_path / name).write_bytes(asset.body)
    before = WebPage.read(tmp_path)
    (tmp_path / "app.js").write_bytes(b"// changed")
    after = WebPage.read(tmp_path)
    assert before.version != after.version
    assert before.assets["app.js"].etag != after.assets["app.js"].etag


@pytest.mark.parametrize("name", ["index.html", "nothing.js", "..%2fapp.py", "%2e%2e/app.py", "app.js%00", ".", ""])
def test_nothing_else_is_served(site: TestClient, page: WebPage, name: str) -> None:
    assert site.get(f"/web/{page.version}/{name}").status_code == 404


def test_head_is_answered_without_a_body(site: TestClient) -> None:
    answer = site.head("/")
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 1000


def test_every_part_has_texts_in_every_language() -> None:
    parts = {path.name.partition(".")[0] for path in FOLDER.glob("*.*.json")}
    wanted = {f"{part}.{language}.json" for part in parts for language in LANGUAGES}
    assert {path.name for path in FOLDER.glob("*.*.json")} == wanted
    assert set(LANGUAGES) >= {"en", "zh", "es", "de"}


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_no_text_no_placeholder_and_no_plural_form_is_missing(language: str) -> None:
    def names(form: str) -> set[str]:
        return set(re.findall(r"\{(\w+)\}", form))

    english, texts = strings("en"), strings(language)
    assert english.keys() - texts.keys() == set()
    more = texts.keys() - english.keys()
    assert {key.partition(".")[0] for key in more} == {"detail", "advice"}  # the texts of the service are English
    assert more == strings("zh").keys() - english.keys()
    for key, text in english.items():
        forms, own = (({"other": each} if isinstance(each, str) else each) for each in (text, texts[key]))
        assert names(own["other"]) == names(forms["other"]), key
        assert set(own) - {"many"} == ({"other"} if language == "zh" else set(forms)), key
        assert all(names(form) <= names(forms["other"]) and form.strip() for form in own.values()), key


def test_every_string_is_used_and_every_use_has_a_string(page: WebPage) -> None:
    known = strings("en").keys()
    sources = {name: asset.body.decode() for name, asset in page.assets.items() if name.endswith((".js", ".html"))}
    code = "\n".join(sources.values())
    marked = set(re.findall(r'data-(?:text|label|title|placeholder)="([^"]+)"', sources["index.html"]))
    called = set(re.findall(r"\bt\('([^']+)'", code))
    assert (marked | called) - known == set()
    families = {match.rpartition(".")[0] for match in re.findall(r"\bt(?:Or)?\(`([^`$]+)\$\{", code)}
    unused = [key for key in known if f"'{key}'" not in code and f'"{key}"' not in code]
    assert {key.rpartition(".")[0] for key in unused} - families == set()


def test_every_problem_a_user_can_see_has_a_text() -> None:
    kinds = {kind for kind in KINDS.values() if kind not in NOT_MET} | {"bad-audio", "bad-picture", "bad-score"}
    kinds |= {"busy", "starting", "timeout", "pictures-unavailable"}
    assert {kind for kind in kinds if f"problem.{kind}" not in strings("en")} == set()
    assert {kind for kind in kinds if f"advice.{kind}" not in strings("zh")} == set()  # in English by the service
