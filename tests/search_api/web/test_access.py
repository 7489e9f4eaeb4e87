"""Accessibility of the page: keyboard, small screens, screen readers, Chinese, dark and light themes."""

import re
from typing import Any

import pytest

from search_api.routes.page import FOLDER
from tests.search_api.web.conftest import DESKTOP, PHONE, Open, Site, await_true, picture

pytestmark = pytest.mark.slow


sync_api = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs the package axe-playwright-python")
expect = sync_api.expect

FOCUSED = "document.activeElement.getAttribute('aria-label') ?? document.activeElement.id"
GROUND = "getComputedStyle(document.body).backgroundColor"

NARROWEST = {"width": 320, "height": 640}
OVERFLOWING = """[...document.querySelectorAll('button, select, h1, h2, h3, p, li, label, legend, summary')]
    .filter(node => node.checkVisibility() && node.scrollWidth > node.clientWidth + 1)
    .filter(node => getComputedStyle(node).display !== 'inline' && !node.matches('.unseen'))
    .filter(node => getComputedStyle(node).overflowX === 'visible').map(node => node.outerHTML.slice(0, 120))"""


def press(page: Any, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def findings(page: Any) -> dict[str, list[str]]:
    violations = axe.Axe().run(page).response["violations"]
    return {each["id"]: [node["html"][:120] for node in each["nodes"]] for each in violations}


def test_everything_by_keyboard(page: Any) -> None:
    expect(page.locator("#results .row").first).to_be_visible()
    press(page, "/")
    assert page.evaluate(FOCUSED) == "Describe the music you want"
    page.keyboard.type("calm piano/?")  # keys are letters while typing
    expect(page.get_by_role("dialog")).to_have_count(0)
    press(page, "Backspace", "Backspace", "Enter")
    expect(page.locator("#results")).to_contain_text("Best matches")
    expect(page.locator("#results .row h2").first).to_have_text("Gymnopédie No. 1")
    press(page, "ArrowDown")
    assert page.evaluate(FOCUSED) == "Play Gymnopédie No. 1"
    press(page, "ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp", "Enter")
    await_true(page, "document.querySelector('audio')?.currentTime > 15")
    press(page, "Space")
    await_true(page, "document.querySelector('audio').paused")
    at = page.evaluate("document.querySelector('audio').currentTime")
    press(page, "ArrowRight")
    await_true(page, f"Math.abs(document.querySelector('audio').currentTime - {at} - 5) < 0.1")
    press(page, "x")
    expect(page.get_by_text("1 selected")).to_be_visible()
    press(page, "e")
    expect(page.get_by_role("heading", name="Why it matches")).to_be_visible()
    press(page, "s")
    expect(page.get_by_role("list", name="In the mix")).to_contain_text("Gymnopédie No. 1")
    expect(page.locator("#results .row h2").first).to_have_text("Minuet in G")
    await_true(page, f"({FOCUSED}) === 'Play Minuet in G'")  # the focus moves to the new list
    press(page, "-")
    expect(page.get_by_role("list", name="In the mix").get_by_role("listitem")).to_have_count(2)
    press(page, "Escape")
    assert page.evaluate(FOCUSED) == "Describe the music you want"


def test_help_opens_and_restores_the_focus(page: Any) -> None:
    help_button = page.get_by_role("button", name="Keyboard")
    help_button.click()
    dialog = page.get_by_role("dialog", name="Keyboard")
    expect(dialog).to_contain_text("five seconds back or forward")
    press(page, "Escape")
    expect(dialog).to_be_hidden()
    expect(help_button).to_be_focused()


def test_results_are_announced(page: Any) -> None:
    box = page.get_by_role("combobox", name="Describe")
    box.fill("heavy metal")
    box.press("Enter")
    expect(page.get_by_role("status").filter(has_text="The best is Iron Gate")).to_have_count(1)


@pytest.mark.parametrize("query", ["", "?q=calm+piano&where=tag:calm", "?view=map"])
def test_it_fits_a_phone(open_page: Open, site: Site, query: str) -> None:
    page = open_page(site.address + "/" + query, viewport=PHONE, has_touch=True, is_mobile=True)
    expect(page.locator("#results .row").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    if "q=" in query:
        page.get_by_text("More options").tap()
    picture(page, f"phone-{'search' if 'q=' in query else 'map' if query else 'home'}")
    page.locator("[data-action=menu]").first.tap()
    picture(page, "phone-menu")
    page.get_by_role("menuitem", name="Select").tap()
    expect(page.get_by_text("1 selected")).to_be_visible()
    page.locator("[data-action=play]").first.tap()
    expect(page.get_by_role("region", name="Player")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_the_page_in_chinese(open_page: Open, site: Site) -> None:
    page = open_page(f"{site.address}/?q=平静的钢琴", locale="zh-CN")
    expect(page.get_by_role("button", name="搜索").first).to_be_visible()
    expect(page.locator("#results .row").first).to_contain_text("平静")  # the tag calm
    expect(page.locator("html")).to_have_attribute("lang", "zh")
    picture(page, "chinese")
    page.get_by_role("combobox", name="语言").select_option("English")
    expect(page.locator("#results .row").first).to_contain_text("calm")
    page.reload()
    expect(page.get_by_role("button", name="Search").first).to_be_visible()  # the choice is stored


@pytest.mark.parametrize("query", ["", "?q=ruhiges+Klavier", "?view=map", "?view=library"])
def test_the_longest_texts_fit_the_narrowest_phone(open_page: Open, site: Site, query: str) -> None:
    page = open_page(site.address + "/" + query, viewport=NARROWEST, locale="de-AT", has_touch=True, is_mobile=True)
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("#results .row, #view h2").first).to_be_visible()
    picture(page, f"german{query}")
    assert page.evaluate("document.documentElement.scrollWidth") == NARROWEST["width"]
    assert page.evaluate(OVERFLOWING) == []


def test_dark_and_light(open_page: Open, site: Site) -> None:
    page = open_page(f"{site.address}/?q=calm+piano", color_scheme="dark")
    expect(page.locator("#results .row").first).to_be_visible()
    dark = page.evaluate(GROUND)
    picture(page, "dark")
    page.get_by_role("button", name="Dark or light").click()
    light = page.evaluate(GROUND)
    assert (dark, light) == ("rgb(19, 20, 24)", "rgb(247, 245, 240)")
    picture(page, "light")
    page.reload()
    assert page.evaluate(GROUND) == light


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("query", "viewport"),
    [("", DESKTOP), ("?q=calm+piano+without+techno&where=tag:calm", DESKTOP), ("?view=map", PHONE)],
)
def test_axe_finds_nothing(open_page: Open, site: Site, scheme: str, query: str, viewport: dict[str, int]) -> None:
    options = {"color_scheme": scheme, "viewport": viewport, "reduced_motion": "reduce", "bypass_csp": True}
    page = open_page(site.address + "/" + query, **options)
    expect(page.locator("#results .row").first).to_be_visible()
    if "q=" in query:
        page.get_by_text("More options").click()
    page.locator("[data-action=more]").first.evaluate("button => button.click()")  # on a phone it is in the menu
    expect(page.get_by_role("heading", name="File", exact=True)).to_be_visible()
    page.locator("[data-action=select]").first.evaluate("box => box.click()")
    page.locator("[data-action=play]").first.click()
    expect(page.locator("#results")).to_have_attribute("aria-busy", "false")
    assert findings(page) == {}


@pytest.mark.parametrize(("scheme", "viewport"), [("light", NARROWEST), ("dark", DESKTOP)])
def test_axe_finds_nothing_in_the_other_views(
    open_page: Open, site: Site, scheme: str, viewport: dict[str, int]
) -> None:
    page = open_page(site.address, color_scheme=scheme, viewport=viewport, reduced_motion="reduce", bypass_csp=True)
    views = re.findall(r"(\w+): \(\) => import", (FOLDER / "views.js").read_text())
    assert "library" in views
    for view in views:
        page.goto(f"{site.address}/?view={view}")
        expect(page.locator("#view > *").first).to_be_visible()
        assert (view, findings(page)) == (view, {})
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], view


def test_below_the_path_of_a_proxy(open_page: Open, site: Site) -> None:
    """The browser sees the service below /music/, as behind a proxy that strips the path."""
    page = open_page("about:blank")
    outside = []
    page.on("request", lambda request: None if "/music/" in request.url else outside.append(request.url))

    def strip(route: Any) -> None:
        route.fulfill(response=route.fetch(url=route.request.url.replace("/music/", "/", 1)))

    page.route("**/music/**", strip)
    page.goto(f"{site.address}/music/?q=calm+piano")
    expect(page.locator("#results .row h2").first).to_have_text("Gymnopédie No. 1")
    page.get_by_role("button", name="Play Gymnopédie").click()
    await_true(page, "document.querySelector('audio')?.duration > 0")
    page.get_by_role("link", name="PolyMuse").click()
    expect(page.get_by_text("12 tracks")).to_be_visible()
    assert page.url == f"{site.address}/music/"
    assert outside == []
    page.unroute_all(behavior="ignoreErrors")  # requests in flight
