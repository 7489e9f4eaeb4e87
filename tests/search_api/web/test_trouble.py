"""Error messages of the page."""

from pathlib import Path

import pytest

from tests.search_api.web.conftest import ANALYSIS, Open, Site, picture, serving

pytestmark = pytest.mark.slow


sync_api = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
expect = sync_api.expect


def test_an_invalid_filter(open_page: Open, site: Site) -> None:
    page = open_page(f"{site.address}/?where=artits:bach")
    alert = page.get_by_role("alert")
    expect(alert.get_by_role("heading")).to_have_text("The query is invalid")
    expect(alert).to_contain_text("artits:bach is not a filter term")
    expect(alert).to_contain_text("Allowed are artist:NAME")
    picture(page, "problem")
    page.get_by_role("link", name="PolyMuse").click()
    expect(page.locator("#results .row").first).to_be_visible()


def test_a_mistyped_filter_stays_in_its_field(open_page: Open, site: Site) -> None:
    page = open_page(f"{site.address}/?where=year:1..2")
    expect(page.get_by_role("button", name="Remove the filters")).to_be_visible()  # nothing is that old
    field = page.get_by_role("textbox", name="Add a filter")
    field.fill("artits:bach")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("artits:bach is not a filter term")
    expect(field).to_have_value("artits:bach")
    expect(field).to_be_focused()
    expect(page.locator("#facets .chip.on")).to_have_count(1)
    page.get_by_role("button", name="Remove the filters").click()
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
    expect(alert).to_contain_text("一有网络连接，本页就会继续。")
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
    alert = page.get_by_role("alert")
    expect(alert.get_by_role("heading")).to_have_text("The file could not be analysed", timeout=ANALYSIS)
    expect(alert.get_by_role("button")).to_have_count(0)  # it would be refused again
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


def test_the_page_goes_on_when_the_service_is_back(open_page: Open, empty_home: Path) -> None:
    settings = {"XDG_CONFIG_HOME": str(empty_home)}
    with serving(empty_home, **settings) as address:
        page = open_page(address)
        expect(page.get_by_role("heading", name="Your library is empty")).to_be_visible()
    page.get_by_role("button", name="Map").click()
    expect(page.get_by_role("alert")).to_contain_text("The service does not respond")
    expect(page.locator("#activity")).to_contain_text("The service is away")
    picture(page, "away")
    with serving(empty_home, POLYMUSE_PORT=address.rpartition(":")[2], **settings):
        expect(page.get_by_text("There is nothing on the map")).to_be_visible()  # nobody has pressed anything
        expect(page.get_by_role("alert")).to_have_count(0)
        expect(page.locator("#activity")).to_be_empty()
