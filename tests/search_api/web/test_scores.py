"""Scores on the page: marked, found and filtered, and without anything to play."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.search_api.web.conftest import PHONE, Open, Piece, Site, picture, showing, tags

pytestmark = pytest.mark.slow

sync_api = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs the package axe-playwright-python")
expect = sync_api.expect

SCORE = {"kind": "score", "composers": ("Johann <b>Nobody", "Else")}
PIECES = (
    Piece("Gymnopédie", "satie_gymnopedie.opus", "piano", "Satie", tags=tags(calm=("mood", 0.9))),
    Piece("Jig", "jig.mid", "piano", duration=0.0, moment=0.0, file_tags=SCORE),
)


@pytest.fixture(scope="module")
def site(starter_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with showing(PIECES, starter_weights, tmp_path_factory) as site:
        yield site


def row(page: Any, title: str) -> Any:
    return page.locator("#results .row").filter(has=page.get_by_role("heading", name=title, exact=True))


def requests_for_media(page: Any) -> list[str]:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    return asked


def test_a_score_is_marked_and_has_no_play_button(open_page: Open, site: Site) -> None:
    page = open_page("about:blank")
    asked = requests_for_media(page)
    page.goto(f"{site.address}/?q=piano")
    jig = row(page, "Jig")
    expect(jig.locator(".facts")).to_have_text(re.compile("^Score · Johann <b>Nobody, Else$"))
    expect(jig.get_by_role("button", name="Play")).to_have_count(0)
    expect(jig.locator(".sheet")).to_be_visible()
    jig.get_by_role("button", name=re.compile("^Why")).click()
    expect(jig.get_by_text("jig.mid")).to_be_visible()
    page.get_by_role("button", name="Play Gymnopédie", exact=True).click()
    expect(page.locator("#player")).to_be_visible()
    assert [url for url in asked if site.ids["Jig"] in url and re.search("audio|cover|waveform", url)] == []
    picture(page, "scores")
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_the_keyboard_reaches_it(open_page: Open, site: Site) -> None:
    page = open_page(f"{site.address}/?q=piano&where=kind:score")
    expect(row(page, "Jig")).to_be_visible()
    page.locator("body").press("ArrowDown")
    expect(row(page, "Jig").get_by_role("button", name=re.compile("^Why"))).to_be_focused()
    page.keyboard.press("Enter")
    expect(row(page, "Jig").locator(".details")).to_be_visible()


def test_the_start_page_counts_scores_apart(open_page: Open, site: Site) -> None:
    page = open_page(site.address)  # half a minute of music is no hours
    expect(page.locator("#welcome .lead")).to_have_text("1 track · 1 score. Try:")
    page = open_page(site.address, locale="zh-CN")
    expect(page.locator("#welcome .lead")).to_have_text("1 首曲目 · 1 份乐谱。试试：")


def test_kinds_are_filters(open_page: Open, site: Site) -> None:
    page = open_page(f"{site.address}/?q=piano")
    page.get_by_role("button", name=re.compile("^Score ?1$")).click()
    expect(page.locator("#results .row")).to_have_count(1)
    expect(page.get_by_role("button", name="Remove the filter Score")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Recording ?1$")).click()
    expect(page.locator("#results .row")).to_have_count(2)


def test_a_playlist_leaves_it_out_and_says_so(open_page: Open, site: Site) -> None:
    page = open_page(f"{site.address}/?q=piano")
    for piece in PIECES:
        page.get_by_role("checkbox", name=f"Select {piece.title}").check()

    def saved(format_: str) -> str:
        with page.expect_download() as download:
            page.get_by_role("button", name=format_, exact=True).click()
        return Path(download.value.path()).read_bytes().decode()

    playlist = saved("M3U")
    assert "Jig" not in playlist
    assert PIECES[0].title in playlist
    expect(page.get_by_role("status").filter(has_text="1 score left out")).to_be_visible()
    kinds = {line["title"]: line["kind"] for line in csv.DictReader(io.StringIO(saved("CSV")))}
    assert kinds == {PIECES[0].title: "audio", "Jig": "score"}
    expect(page.get_by_text("left out")).to_have_count(0)


def test_it_has_words_in_chinese_on_a_phone(open_page: Open, site: Site) -> None:
    page = open_page(f"{site.address}/?q=piano", locale="zh-CN", viewport=PHONE)
    expect(row(page, "Jig").locator(".kind")).to_have_text("乐谱")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture(page, "scores-phone-zh")
