"""The view of playlists: from the results of a search to a list in an order, and back."""

from pathlib import Path
from typing import Any

import pytest

from tests.search_api.web.conftest import PHONE, Open, Site, picture

pytestmark = pytest.mark.slow

sync_api = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
expect = sync_api.expect


def titles(page: Any) -> list[str]:
    return page.locator(".playlist .entry b").all_inner_texts()


def test_results_become_a_playlist_that_is_reordered_and_played(open_page: Open, site: Site, tmp_path: Path) -> None:
    page = open_page(f"{site.address}/?q=calm+piano")
    page.get_by_role("button", name="Save as playlist").click()
    dialog = page.get_by_role("dialog", name="Save as playlist")
    dialog.get_by_role("textbox", name="Name").fill("Sunday <b>morning</b>")
    picture(page, "playlist_save")
    dialog.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", name="Sunday <b>morning</b>")).to_be_visible()
    before = titles(page)
    assert before[0] == "Gymnopédie No. 1"
    picture(page, "playlist")

    page.get_by_role("button", name="Move Gymnopédie No. 1:").press("ArrowDown")
    expect(page.locator(".playlist .entry b").first).to_have_text(before[1])
    expect(page.get_by_role("button", name="Move Gymnopédie No. 1:")).to_be_focused()
    assert titles(page) == [before[1], before[0], *before[2:]]
    page.get_by_role("button", name="Move Gymnopédie No. 1:").drag_to(page.locator(".playlist .entry").nth(2))
    expect(page.locator(".playlist .entry b").nth(2)).to_have_text(before[0])
    page.get_by_role("button", name=f"Remove {before[1]} from the playlist").click()
    expect(page.locator(".playlist .entry")).to_have_count(len(before) - 1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".playlist .entry b").first).to_have_text(before[1])
    page.get_by_role("combobox", name="Order by").select_option("title")
    expect(page.get_by_text("Ordered")).to_be_visible()
    shown = titles(page)
    assert [title.casefold() for title in shown] == sorted(title.casefold() for title in shown)
    with page.expect_download() as download:
        page.get_by_role("combobox", name="Export").select_option("m3u8")
    saved = tmp_path / download.value.suggested_filename
    download.value.save_as(saved)
    assert saved.name == "Sunday _b_morning__b_.m3u8"

    page.get_by_role("button", name="All playlists").click()
    expect(page.get_by_role("button", name="Import a file")).to_be_visible()
    page.locator("#view input[type=file]").set_input_files(saved)
    expect(page.get_by_text("lines were found")).to_be_visible()
    page.get_by_role("button", name="Remove the playlist Sunday").first.click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Remove the playlist Sunday")).to_have_count(2)


def test_tracks_are_added_on_a_phone_from_the_menu(open_page: Open, site: Site) -> None:
    page = open_page(f"{site.address}/?q=calm+piano", viewport=PHONE)
    page.locator("#results .row").first.get_by_role("button", name="What to do with").click()
    page.get_by_role("menuitem", name="Add to playlist").click()
    page.get_by_role("textbox", name="Name").fill("From a phone")
    picture(page, "playlist_add_phone")
    page.get_by_role("button", name="Create").click()
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", name="From a phone")).to_be_visible()
    expect(page.locator(".playlist .entry")).to_have_count(1)
    picture(page, "playlist_phone")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.get_by_role("region", name="Player")).to_contain_text("Gymnopédie No. 1")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
