"""Favourites, hidden tracks, wrong tags and counted plays on the page."""

import re
from typing import Any

import pytest

from tests.search_api.web.conftest import Open, Site, await_true

pytestmark = pytest.mark.slow

sync_api = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
expect = sync_api.expect


def test_marking_and_taking_it_back(open_page: Open, site: Site) -> None:
    page = open_page(f"{site.address}/?q=calm+piano")
    row = page.locator("#results .row").first
    heart = row.get_by_role("button", name="Favourite:")
    expect(heart).to_have_attribute("aria-pressed", "false")
    row.locator("[data-action=play]").focus()
    page.keyboard.press("f")
    expect(heart).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("f")
    expect(heart).to_have_attribute("aria-pressed", "false")

    row.locator("[data-action=more]").click()
    tags = row.locator(".details .tags").first
    name = tags.get_by_role("button").first.get_attribute("aria-label")
    tags.get_by_role("button").first.click()
    expect(row.get_by_text("Said to be wrong")).to_be_visible()
    expect(row.get_by_role("button", name=name, exact=True)).to_have_count(0)
    row.get_by_role("button", name="is not wrong after all").click()
    expect(row.get_by_role("button", name=name, exact=True)).to_have_count(1)

    row.locator("[data-action=menu]").click()
    expect(page.get_by_role("menu")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_have_count(0)
    expect(row.locator("[data-action=menu]")).to_be_focused()
    row.locator("[data-action=menu]").click()
    page.get_by_role("menuitem", name="Hide everywhere").click()
    expect(row).to_be_hidden()
    page.get_by_role("button", name="Undo").click()
    expect(row).to_be_visible()
    expect(page.get_by_role("button", name="Favourites")).to_be_visible()


def test_a_play_is_counted_once_after_half_of_the_track(open_page: Open, site: Site) -> None:
    page = open_page(f"{site.address}/?q=calm+piano")
    await_true(page, "document.querySelector('audio') !== null")
    with page.expect_request(re.compile("/played$"), timeout=60_000) as sent:
        page.get_by_role("button", name="Play Gymnopédie No. 1").click()
        page.evaluate("document.querySelectorAll('audio').forEach(audio => { audio.playbackRate = 4 })")
    answer: Any = sent.value.response()
    assert answer.json()["marks"]["plays"] == 1
