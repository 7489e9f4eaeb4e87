"""Mixes: clusters of the library as cards."""

from typing import Any

import pytest

from tests.search_api.web.conftest import Open, Site

pytestmark = pytest.mark.slow

sync_api = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
expect = sync_api.expect


def test_a_mix_is_opened_played_and_saved(open_page: Open, site: Site) -> None:
    page = open_page(site.address)
    page.get_by_role("link", name="Mixes").click()
    mix: Any = page.locator(".mix").first
    expect(mix).to_be_visible(timeout=60_000)  # found for the first time
    name = mix.get_by_role("link").inner_text()
    mix.get_by_role("button", name=f"Save: {name}").click()
    dialog = page.get_by_role("dialog", name="New playlist")
    expect(dialog.get_by_role("textbox", name="Name")).to_have_value(name)
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator(".toast")).to_contain_text(name)
    mix.get_by_role("link").click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    first = page.locator("#view .row").first
    page.get_by_role("button", name=f"Play: {name}").click()
    expect(first).to_have_class("row current")
    page.go_back()
    expect(mix).to_be_visible()
