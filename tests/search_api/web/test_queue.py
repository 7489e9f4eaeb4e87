"""The queue: filled by lists and menus, reordered, kept over reloads, and quick with 10,000 entries."""

import json
from typing import Any

import pytest

from tests.search_api.web.conftest import HOSTILE, PHONE, Open, Site, await_true, picture

pytestmark = pytest.mark.slow

sync_api = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
expect = sync_api.expect

PLAYS = "[...document.querySelectorAll('audio')].some(audio => !audio.paused && audio.currentTime > 0)"
KEPT = "JSON.parse(localStorage['polymuse.queue'] ?? '{}').tracks?.map(({title}) => title)"


def start(page: Any, title: str) -> None:
    """Play a row; the player is loaded after the first view."""
    page.get_by_role("button", name=f"Play {title}", exact=True).first.click()
    await_true(page, PLAYS)


def panel(page: Any) -> Any:
    page.locator(".bar .track").click()
    queue = page.get_by_role("dialog", name="Queue")
    expect(queue.locator(".entry").first).to_be_visible()  # it is loaded when it is first opened
    return queue


def titles(queue: Any) -> list[str]:
    """Those in the panel, from top to bottom."""
    entries = queue.locator(".entry").evaluate_all(
        "entries => entries.map(entry => [entry.getBoundingClientRect().top, entry.querySelector('b').textContent])"
    )
    return [title for _, title in sorted(entries)]


def test_the_following_pages_are_played_whatever_is_shown_meanwhile(open_page: Open, site: Site) -> None:
    page = open_page("about:blank")
    page.route("**/v1/tracks?*", lambda route: route.continue_(url=route.request.url.replace("limit=50", "limit=3")))
    page.goto(f"{site.address}/?view=search&where=-title:nothing")
    expect(page.locator("#results .row").nth(2)).to_be_visible()
    in_list = page.locator("#results h2").all_text_contents()[:3]  # the list may have loaded its next page by itself
    page.get_by_role("button", name=f"Play {in_list[0]}", exact=True).click()
    page.get_by_role("button", name="Search", exact=True).last.click()
    page.get_by_role("combobox", name="Describe").fill("calm piano")
    page.keyboard.press("Enter")
    expect(page.locator("#results .count")).to_contain_text("Best matches")
    await_true(page, f"({KEPT})?.length > 6")  # three pages
    queued = page.evaluate(KEPT)
    assert queued[:3] == in_list
    assert len(set(queued)) == len(queued)
    await_true(page, PLAYS)
    page.get_by_role("link", name="PolyMuse").click()
    expect(page.get_by_text("12 tracks")).to_be_visible()
    await_true(page, PLAYS)
    page.unroute_all(behavior="ignoreErrors")


def test_menus_fill_it_and_it_is_kept(open_page: Open, site: Site) -> None:
    page = open_page(f"{site.address}/?q=calm+piano&where=artist:%22Erik+Satie%22")
    start(page, "Gymnopédie No. 1")
    page.get_by_role("link", name="PolyMuse").click()  # the page is not loaded again
    for title, entry in (("Iron Gate", "Add to queue"), ("Late Bus", "Play next"), (HOSTILE, "Add to queue")):
        page.get_by_role("button", name=f"What to do with {title}").click()
        page.get_by_role("menuitem", name=entry).click()
    wanted = ["Gymnopédie No. 1", "Late Bus", "Iron Gate", HOSTILE]
    await_true(page, f"({KEPT}).length === 4")  # written a moment later
    assert page.evaluate(KEPT) == wanted
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("n")
    expect(page.locator(".bar .now b")).to_have_text("Late Bus")
    await_true(page, "[...document.querySelectorAll('audio')].some(audio => !audio.paused && audio.currentTime > 1)")
    page.reload()
    expect(page.locator(".bar .now b")).to_have_text("Late Bus")
    assert not page.evaluate(PLAYS)  # no browser lets a page begin by itself
    assert titles(panel(page)) == wanted[1:]
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Play Late Bus").last.click()
    await_true(page, PLAYS)
    assert page.evaluate("[...document.querySelectorAll('audio')].find(audio => !audio.paused).currentTime") > 0.9


def test_reordering_shuffling_clearing_and_undoing(open_page: Open, site: Site) -> None:
    page = open_page(f"{site.address}/?q=calm+piano")
    start(page, "Gymnopédie No. 1")
    queue = panel(page)
    expect(queue.locator(".entry").nth(5)).to_be_visible()
    before = titles(queue)
    assert before[0] == "Gymnopédie No. 1"
    queue.get_by_role("button", name=f"Play {before[1]}", exact=True).focus()
    page.keyboard.press("Alt+ArrowDown")
    moved = [before[0], before[2], before[1], *before[3:]]
    assert titles(queue) == moved
    expect(page.get_by_role("status").filter(has_text=f"Now number 3 of {len(before)}")).to_have_count(1)

    grip = queue.get_by_role("button", name=f"Move {moved[1]}").bounding_box()
    x, y = grip["x"] + 10, grip["y"] + 20
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 90, steps=5)
    page.mouse.move(x, y + 122, steps=3)
    page.wait_for_timeout(50)  # a frame: what is dragged follows the pointer
    page.mouse.up()
    dragged = [before[0], before[1], before[3], before[2], *before[4:]]
    assert titles(queue) == dragged

    shuffle = queue.get_by_role("button", name="Shuffle")
    shuffle.click()
    expect(shuffle).to_have_attribute("aria-pressed", "true")
    mixed = titles(queue)
    assert mixed[0] == before[0]
    assert sorted(mixed) == sorted(before)
    shuffle.click()
    assert titles(queue) == dragged

    queue.get_by_role("button", name="Clear").click()
    assert titles(queue) == before[:1]
    await_true(page, PLAYS)  # the current track plays on
    queue.get_by_role("button", name="Undo").click()
    assert titles(queue) == dragged
    queue.get_by_role("button", name=f"Take {dragged[1]} out").click()
    assert titles(queue) == [dragged[0], *dragged[2:]]
    picture(page, "queue")


def test_ten_thousand_entries(open_page: Open, site: Site) -> None:
    page = open_page(site.address)
    tracks = [{"id": site.ids["Late Bus"], "title": f"Song {n}", "duration": 60} for n in range(10_050)]
    tracks[1] |= {"title": "\u202eشكراً <b>" + "x" * 5000, "artist": 7, "loudness": "loud", "id": "../../healthz"}
    page.evaluate("kept => localStorage['polymuse.queue'] = kept", json.dumps({"tracks": tracks, "order": [1, 1]}))
    page.reload()
    expect(page.locator(".bar .now b")).to_have_text("Song 0")
    queue = panel(page)
    expect(queue).to_contain_text("9,999 tracks to come")
    assert queue.locator(".entry").count() < 40
    queue.evaluate("panel => panel.scrollTop = panel.scrollHeight")
    last = queue.get_by_role("button", name="Play Song 9999", exact=True)
    expect(last).to_be_visible()
    expect(queue.locator(".entry", has_text="Song 9999")).to_have_attribute("aria-posinset", "10000")
    last.focus()
    page.keyboard.press("Delete")
    expect(queue.get_by_role("button", name="Play Song 9998", exact=True)).to_be_focused()
    queue.get_by_role("button", name="Undo").click()
    expect(queue).to_contain_text("9,999 tracks to come")


FULL = """
const write = Storage.prototype.setItem
Storage.prototype.setItem = function (key, text) {
  if (text.length > 400 || key === 'polymuse.language') throw new DOMException('full', 'QuotaExceededError')
  write.call(this, key, text)
}
"""


def test_a_full_browser_keeps_what_plays_and_what_is_next(open_page: Open, site: Site) -> None:
    page = open_page(site.address)
    page.context.add_init_script(FULL)
    page.goto(f"{site.address}/?q=calm+piano")
    page.get_by_label("Language").select_option("Deutsch")  # the choice cannot be kept, but holds
    expect(page.locator("#to-search")).to_have_text("Suche")
    second = page.locator("#results .row").nth(1)
    name = second.locator("h2").inner_text()
    second.locator("[data-action=play]").click()
    await_true(page, PLAYS)
    await_true(page, f"{KEPT}?.length > 0")
    page.reload()
    expect(page.locator(".bar .now b")).to_have_text(name)


@pytest.mark.parametrize("kept", ["{", "7", '{"tracks": {"length": 3}}', '{"tracks": [null, {"id": 5}, "x"]}'])
def test_a_damaged_queue_is_empty(open_page: Open, site: Site, kept: str) -> None:
    page = open_page(site.address)
    page.evaluate("kept => localStorage['polymuse.queue'] = localStorage['polymuse.queue.place'] = kept", kept)
    page.goto(f"{site.address}/?q=calm+piano")
    await_true(page, "document.querySelector('.bar') !== null")
    expect(page.locator("#player")).to_be_hidden()
    start(page, "Gymnopédie No. 1")


def test_on_a_phone(open_page: Open, site: Site) -> None:
    page = open_page(f"{site.address}/?q=calm+piano", viewport=PHONE, has_touch=True, is_mobile=True)
    await_true(page, "document.body.classList.contains('swipes')")
    page.locator("#results h2", has_text="Gymnopédie No. 1").tap()  # a tap on the title plays
    await_true(page, PLAYS)
    row = page.locator("#results .row", has_text="Minuet in G")
    row.scroll_into_view_if_needed()
    box = row.bounding_box()
    tools = page.context.new_cdp_session(page)

    def touch(kind: str, *at: float) -> None:
        points = [{"x": at[0], "y": at[1]}] if at else []
        tools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 120, box["y"] + 15)
    for x in range(120, 241, 10):
        touch("touchMove", x, box["y"] + 15)
    touch("touchEnd")
    expect(row).to_contain_text("Added to the queue: Minuet in G")
    await_true(page, f"{KEPT}.at(-1) === 'Minuet in G'")
    expect(page.locator(".bar .now b")).to_have_text("Gymnopédie No. 1")  # the swipe was no tap
    sizes = page.locator(".bar button:visible").evaluate_all("all => all.map(each => each.getBoundingClientRect())")
    assert all(size["width"] >= 44 and size["height"] >= 44 for size in sizes)
    page.locator(".bar .track").tap()
    expect(page.get_by_role("dialog", name="Queue").get_by_role("button", name="Pause").first).to_be_visible()
    assert page.locator("main").evaluate("main => main.inert")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    picture(page, "queue-phone")
    page.get_by_role("button", name="Close the queue").tap()
    assert not page.locator("main").evaluate("main => main.inert")
