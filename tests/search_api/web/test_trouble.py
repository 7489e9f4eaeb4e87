"""Error messages of the page."""

from pathlib import Path

import pytest

from tests.search_api.web.conftest import ANALYSIS, Open, Site, picture, serving

pytestmark = pytest.mark.slow


sync_api = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
expect = sync_api.expect

KEY = "ключ-鑰匙-0123456789"


def test_an_invalid_filter(open_page: Open, site: Site) -> None:
    page = open_page(f"{site.address}/?where=artits:bach")
    alert = page.get_by_role("alert")
    expect(alert.get_by_role("heading")).to_have_text("The query is invalid")
    expect(alert).to_contain_text("artits:bach is not a filter term")
    expect(alert).to_contain_text("Allowed are artist:NAME")
    picture(page, "problem")
    page.get_by_role("link", name="PolyMuse").click()
    expect(page.locator("#results .row").first).to_be_visible()


def test_problems_in_chinese(open_page: Open, site: Site, tmp_path: Path) -> None:
    page = open_page(f"{site.address}/?where=artits:bach", locale="zh-CN")
    alert = page.get_by_role("alert")
    expect(alert.get_by_role("heading")).to_have_text("无法这样查询")
    expect(alert).to_contain_text("请检查筛选和选项")
    expect(alert.locator("[lang=en]")).to_have_text("artits:bach is not a filter term")  # the detail of the service
    picture(page, "problem-chinese")
    page.get_by_role("button", name="移除筛选 artits:bach").click()
    expect(page.locator("#results .row").first).to_be_visible()
    page.context.set_offline(True)
    page.get_by_role("button", name="calm piano").click()
    expect(alert).to_contain_text("请确认它仍在运行，然后重试。")
    expect(alert.locator("[lang=en]")).to_have_count(0)


def test_an_invalid_score(open_page: Open, site: Site) -> None:
    page = open_page(f"{site.address}/?q=piano&min_score=high")
    alert = page.get_by_role("alert")
    expect(alert.get_by_role("heading")).to_have_text("The query is invalid")
    expect(alert).to_contain_text("min_score: Input should be a valid number")


def test_an_unknown_track(open_page: Open, site: Site) -> None:
    page = open_page(f"{site.address}/?with=track:6f0a1f0c-6f0e-5c8e-9a57-0f8a2f7f4f11")
    expect(page.get_by_role("alert")).to_contain_text("6f0a1f0c-6f0e-5c8e-9a57-0f8a2f7f4f11")


def test_an_upload_that_is_not_audio(open_page: Open, site: Site, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not music")
    page = open_page(site.address)
    expect(page.locator("#results .row").first).to_be_visible()
    page.locator("#file").set_input_files(tmp_path / "notes.txt")
    expect(page.get_by_role("alert").get_by_role("button", name="Try again")).to_be_visible(timeout=ANALYSIS)
    expect(page.get_by_role("list", name="In the mix")).to_have_count(0)


def test_the_service_is_unreachable(open_page: Open, site: Site) -> None:
    page = open_page(site.address)
    expect(page.locator("#results .row").first).to_be_visible()
    page.context.set_offline(True)
    page.get_by_role("button", name="calm piano").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("The service does not respond")
    page.context.set_offline(False)
    alert.get_by_role("button", name="Try again").click()
    expect(page.locator("#results .row h2").first).to_have_text("Gymnopédie No. 1")
    expect(alert).to_have_count(0)


def test_the_page_asks_for_a_key_and_explains_an_empty_library(open_page: Open, empty_home: Path) -> None:
    with serving(empty_home, POLYMUSE_API_KEY=KEY, XDG_CONFIG_HOME=str(empty_home)) as address:
        page = open_page(address)
        dialog = page.get_by_role("dialog", name="This service needs a key")
        dialog.get_by_label("API key").fill("wrong")
        dialog.get_by_role("button", name="Open").click()
        expect(dialog).to_contain_text("That key is wrong")
        picture(page, "key")
        dialog.get_by_label("API key").fill(KEY)
        dialog.get_by_role("button", name="Open").click()
        expect(page.get_by_role("heading", name="Your library is empty")).to_be_visible()
        expect(page.get_by_text("polymuse index ~/Music")).to_be_visible()
        picture(page, "empty")
        [cookie] = page.context.cookies(f"{address}/v1")
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
        page.reload()
        expect(page.get_by_role("heading", name="Your library is empty")).to_be_visible()  # the key is still stored
        expect(page.get_by_role("dialog")).to_have_count(0)
