"""Signing in and out, by key, by password manager, in other tabs and on other devices."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.search_api.web.conftest import PHONE, Open, await_true, picture, serving

pytestmark = pytest.mark.slow


sync_api = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
expect = sync_api.expect

KEY = "ключ-鑰匙-0123456789"
DAYS = 24 * 3600


@pytest.fixture(scope="module")
def guarded(starter_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service with a key and an empty library."""
    home = tmp_path_factory.mktemp("guarded")
    (home / "models").symlink_to(starter_weights.parent)
    with serving(home, POLYMUSE_API_KEY=KEY, XDG_CONFIG_HOME=str(home)) as address:
        yield address


def dialog(page: Any) -> Any:
    return page.get_by_role("dialog", name="This service needs a key")


def sign_in(page: Any, key: str = KEY, *, keep: bool = False) -> None:
    dialog(page).get_by_label("API key").fill(key)
    dialog(page).get_by_label("Keep me signed in").set_checked(keep)
    dialog(page).get_by_role("button", name="Open").click()


def content(page: Any) -> Any:
    return page.get_by_role("heading", name="Your library is empty")


def test_a_key_is_asked_for_until_it_is_right(open_page: Open, guarded: str) -> None:
    page = open_page(guarded)
    fields = dialog(page).locator("input")
    expect(fields.first).to_be_attached()
    assert fields.evaluate_all("all => all.map(field => field.autocomplete)")[:2] == ["username", "current-password"]
    expect(dialog(page).get_by_label("API key")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    sign_in(page, "wrong")
    expect(dialog(page)).to_contain_text("That key is wrong")
    picture(page, "key")
    sign_in(page)
    expect(content(page)).to_be_visible()
    expect(page.locator("input[type=password]")).to_have_count(0)
    [cookie] = page.context.cookies(f"{guarded}/v1/")
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["expires"]) == (True, "Strict", -1)
    assert page.evaluate("[...Object.values(localStorage), ...Object.values(sessionStorage)]") == []
    page.reload()
    expect(content(page)).to_be_visible()
    expect(dialog(page)).to_be_hidden()


def test_a_session_is_kept_by_choice_and_shared_by_tabs(open_page: Open, guarded: str) -> None:
    page = open_page(guarded)
    expect(dialog(page)).to_be_visible()
    other = page.context.new_page()
    other.goto(guarded)
    expect(dialog(other)).to_be_visible()
    sign_in(page, keep=True)
    expect(content(page)).to_be_visible()
    expect(content(other)).to_be_visible()
    [cookie] = page.context.cookies(f"{guarded}/v1/")
    assert 29 * DAYS < cookie["expires"] - time.time() < 31 * DAYS
    page.get_by_role("button", name="Library").click()
    expect(page.get_by_text("Signed in as an administrator.")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(dialog(page)).to_be_visible()
    assert page.context.cookies(f"{guarded}/v1/") == []


def test_a_phone_is_signed_in_by_a_link(open_page: Open, guarded: str) -> None:
    page = open_page(f"{guarded}/?view=library")
    sign_in(page)
    page.get_by_role("button", name="Sign a phone in").click()
    link = page.get_by_role("dialog", name="Sign a phone in")
    await_true(page, "document.querySelector('img.code')?.naturalWidth > 0")
    expect(link).to_contain_text("opened as localhost")
    picture(page, "phone-link")
    phone = open_page(link.get_by_label("The link").input_value(), viewport=PHONE, has_touch=True, is_mobile=True)
    phone.get_by_role("button", name="Sign in").tap()
    expect(content(phone)).to_be_visible()
    phone.get_by_role("button", name="Library").tap()
    expect(phone.get_by_text("Signed in for searching and playing.")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_a_device_that_reads_is_not_offered_changes(open_page: Open, guarded: str) -> None:
    page = open_page(f"{guarded}/?view=playlists")
    sign_in(page)
    create = page.get_by_role("button", name="Create")
    expect(create).to_be_visible()
    link = page.evaluate(
        """async () => (await (await fetch('v1/session/link', {method: 'POST', body: '{"scope": "read"}',
        headers: {'Content-Type': 'application/json'}})).json()).url"""
    )
    reader = open_page(link)
    reader.get_by_role("button", name="Sign in").click()
    expect(content(reader)).to_be_visible()
    reader.get_by_role("button", name="Playlists").click()
    expect(reader.get_by_text("There are none yet")).to_be_visible()
    expect(reader.get_by_role("button", name="Create")).to_be_hidden()
