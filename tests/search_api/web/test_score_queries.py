"""Scores as queries."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.score_library import MELODY, TYPE2, make_score_library
from tests.search_api.web.conftest import ANALYSIS, PHONE, Open, Site, picture, serving

pytestmark = pytest.mark.slow

sync_api = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
expect = sync_api.expect

DROP = """([bytes, name]) => {
  const transfer = new DataTransfer()
  transfer.items.add(new File([new Uint8Array(bytes)], name))
  return transfer
}"""
OFFER = "Scores as well (MIDI, ABC, MusicXML): they find music of their kind, rarely the same piece"


@pytest.fixture(scope="module")
def score_site(tiny_clamp3_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = make_score_library(tmp_path_factory.mktemp("scores"), tiny_clamp3_home)
    bank = str(tiny_clamp3_home / "bank.json")
    with serving(home, XDG_CONFIG_HOME=str(home), POLYMUSE_PROFILE="clamp3", POLYMUSE_BANK=bank) as address:
        yield Site(address)


@pytest.fixture
def page(open_page: Open, score_site: Site) -> Any:
    page = open_page(score_site.address)
    expect(page.locator("#results .row").first).to_be_visible()
    return page


def mix(page: Any) -> Any:
    return page.get_by_role("list", name="In the mix")


def test_a_score_is_a_query(page: Any) -> None:
    expect(page.locator("#welcome")).to_contain_text(OFFER)
    page.locator("#file").set_input_files(MELODY)
    expect(mix(page)).to_contain_text("m01_melody.mid", timeout=ANALYSIS)
    expect(mix(page).locator(".kind")).to_have_text("Score")
    expect(page.locator("#mix .note")).to_have_text("A score finds music of its kind, rarely the same piece.")
    expect(page.locator("#results .row h2").first).to_have_text("No. 0")
    picture(page, "score")
    page.reload()
    expect(mix(page).locator(".kind")).to_have_text("Score")
    expect(page.locator("#results .row h2").first).to_have_text("No. 0")
    mix(page).get_by_role("button", name="Press for less").click()
    expect(page.locator("#results .row h2").last).to_have_text("No. 0")


def test_a_score_is_dropped_and_what_was_left_out_is_said(page: Any) -> None:
    data = page.evaluate_handle(DROP, [list(TYPE2.read_bytes()), "two.mid"])
    page.dispatch_event("body", "dragenter", {"dataTransfer": data})
    expect(page.locator("#drop")).to_contain_text(OFFER)
    picture(page, "score-drop")
    page.dispatch_event("body", "drop", {"dataTransfer": data})
    expect(page.locator("#mix .note").last).to_contain_text("two.mid: ", timeout=ANALYSIS)
    expect(page.locator("#mix .note [lang=en]")).to_contain_text("type 2")  # in every language of the page


def test_a_bad_score_is_reported(page: Any, tmp_path: Path) -> None:
    (tmp_path / "words.mid").write_text("words")
    page.locator("#file").set_input_files(tmp_path / "words.mid")
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("The score could not be read", timeout=ANALYSIS)
    expect(notice).to_contain_text("this is not a MIDI file")
    expect(notice.get_by_role("button")).to_have_count(0)  # it would be refused again


def test_in_chinese_on_a_phone(open_page: Open, score_site: Site) -> None:
    page = open_page(score_site.address, viewport=PHONE, locale="zh-CN")
    expect(page.locator("#welcome")).to_contain_text("很少是同一首曲子")
    page.locator("#file").set_input_files(MELODY)
    expect(page.locator("#mix .kind")).to_have_text("乐谱", timeout=ANALYSIS)
    expect(page.locator("#mix .note")).to_have_text("乐谱找到的是同类音乐，很少是同一首曲子。")
    picture(page, "score-phone")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_profile_without_scores_does_not_offer_them(open_page: Open, site: Site) -> None:
    page = open_page(site.address)
    expect(page.locator("#welcome .hint")).to_have_count(1)
    expect(page.locator("#welcome")).not_to_contain_text("false")
    expect(page.locator("#drop-scores")).to_have_attribute("hidden", "")
    page.locator("#file").set_input_files(MELODY)
    expect(page.get_by_role("alert")).to_contain_text("the profile starter reads no scores", timeout=ANALYSIS)
