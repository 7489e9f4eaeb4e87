"""Finding one's way: the order of the library, pages of artists and albums, searching in a filter, and Back."""

import re
from typing import Any

import pytest

from tests.search_api.web.conftest import HOSTILE, PIECES

pytestmark = pytest.mark.slow

sync_api = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
expect = sync_api.expect


def titles(page: Any) -> list[str]:
    return page.locator(".row:visible").get_by_role("heading").all_inner_texts()


def test_the_whole_library_in_an_order_that_stands_in_the_address(page: Any) -> None:
    expect(page.locator("#results .row")).to_have_count(len(PIECES))
    page.get_by_label("Sort by").select_option("Year")
    expect(page.locator("#results .row").first.get_by_role("heading")).to_have_text("Old Hundredth")  # 1551
    page.get_by_role("button", name="Turn the order round").click()
    expect(page.locator("#results .row").first.get_by_role("heading")).to_have_text("Late Bus")  # 2021
    assert page.url.endswith("?sort=-year")
    assert titles(page)[-1] == "茉莉花"  # without a year
    page.go_back()
    expect(page.locator("#results .row").first.get_by_role("heading")).to_have_text("Old Hundredth")


def test_names_lead_to_pages_and_back_to_the_same_row(page: Any) -> None:
    page.set_viewport_size({"width": 1280, "height": 400})
    row = page.locator("#results .row", has_text="Gymnopédie")
    row.scroll_into_view_if_needed()
    row.get_by_role("link", name="Erik Satie").click()
    view = page.locator("#view")
    expect(view.get_by_role("heading", name="Erik Satie", level=1)).to_be_visible()
    expect(view.locator(".row")).to_have_count(1)
    expect(view.get_by_text("1888", exact=True).first).to_be_visible()
    view.locator(".albums").get_by_role("link", name="Gymnopédies").click()
    expect(view.get_by_role("heading", name="Gymnopédies", level=1)).to_be_visible()
    view.get_by_role("button", name="Play all").click()
    expect(view.locator(".row.current")).to_have_count(1)
    page.go_back()
    page.go_back()
    expect(row).to_be_in_viewport()


def test_an_index_is_searched_and_has_letters(page: Any) -> None:
    page.get_by_role("link", name="Artists").click()
    names = page.locator("#view .names a")
    expect(names).to_have_count(len({piece.artist for piece in PIECES}))
    page.get_by_role("navigation", name="Letters").get_by_role("link", name="F", exact=True).click()
    expect(names).to_have_text(["The Forge"])
    page.get_by_role("navigation", name="Letters").get_by_role("link", name="All").click()
    page.get_by_role("searchbox", name="Search the names").fill("sat")
    expect(names).to_have_text(["Erik Satie"])


def test_hostile_names_have_pages(page: Any) -> None:
    page.locator("#results .row", has_text=HOSTILE).locator("a[data-view=artist]").click()
    expect(page.get_by_role("heading", name='"><script>alert(2)</script>', level=1)).to_be_visible()
    expect(page.locator("#view .row").get_by_role("heading")).to_have_text([HOSTILE])
    page.evaluate("document.querySelector('#view .facts a[data-view=album]').click()")
    expect(page.get_by_role("heading", name="{{7*7}}", level=1)).to_be_visible()


def test_a_filter_is_searched(page: Any) -> None:
    group = page.get_by_role("group", name="Artist")
    group.get_by_role("button", name=re.compile(r"All \d+")).click()
    group.get_by_role("searchbox", name="Search Artist").fill("line")
    button = group.get_by_role("button", name=re.compile("Night Line"))
    expect(group.locator("li")).to_have_count(1)
    button.click()
    expect(page.locator("#results .row")).to_have_count(1)
