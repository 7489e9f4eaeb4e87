"""Journeys and radio in a real browser."""

import re
from typing import Any

import pytest

pytestmark = pytest.mark.slow

sync_api = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
expect = sync_api.expect


def from_menu(page: Any, entry: str) -> None:
    row = page.locator("#results .row", has_text="Minuet in G").first
    row.locator("[data-action=menu]").click()
    page.get_by_role("menuitem", name=entry).click()


def test_a_journey_to_a_track_that_is_searched_for(page: Any) -> None:
    from_menu(page, "Journey from here…")
    expect(page.get_by_role("heading", name="Journey")).to_be_visible()
    expect(page.locator(".end").first).to_contain_text("Minuet in G")
    page.get_by_label("To: search for a track").fill("Warehouse")
    page.locator(".choices button", has_text="Warehouse").first.click()
    steps = page.locator(".steps li")
    expect(steps.first).to_contain_text("Minuet in G")
    expect(steps.last).to_contain_text("Warehouse")
    expect(steps.nth(1).locator(".step")).to_be_visible()
    steps.nth(1).locator(".cover").click()
    expect(steps.nth(1)).to_have_class("current")
    count = page.get_by_role("spinbutton", name="Tracks")
    count.fill("4")
    count.press("Tab")
    expect(steps).to_have_count(4)
    page.get_by_role("button", name="Another way").click()
    expect(page).to_have_url(re.compile(r"about=.*%2C0.5%2C1$"))
    page.go_back()
    expect(page).to_have_url(re.compile(r"about=.*%2C4%2Cmix%2C0%2C0$"))


def test_a_radio_that_is_steered(page: Any) -> None:
    from_menu(page, "Radio from here")
    page.get_by_role("button", name="Queue (Q)", exact=True).click()
    panel = page.locator("#queue")
    expect(panel).to_contain_text("Radio: Minuet in G")
    entries = panel.locator(".entries li")
    expect(entries.nth(3)).to_be_attached()
    with page.expect_response("**/v1/radio"):
        panel.get_by_role("button", name="+ More like this one").click()
    expect(page.get_by_text("More like “Minuet in G” comes next")).to_be_attached()
    expect(entries.nth(3)).to_be_attached()
    expect(entries.filter(has_text="Minuet in G")).to_have_count(1)
    page.reload()  # the queue is kept, and the radio goes on
    page.get_by_role("button", name="Queue (Q)", exact=True).click()
    with page.expect_response("**/v1/radio"):
        panel.get_by_role("button", name="− Less like this one").click()
    expect(entries.nth(3)).to_be_attached()
