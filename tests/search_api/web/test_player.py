"""The player: playback from the best moment, what follows, loudness, a waveform to seek in, and what goes wrong."""

import re
from typing import Any

import pytest

from tests.search_api.web.conftest import Open, Site, await_true, picture

pytestmark = pytest.mark.slow


sync_api = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
expect = sync_api.expect

POSITION = "document.querySelector('audio')?.currentTime"


@pytest.fixture
def playing(open_page: Open, site: Site) -> Any:
    """The page with the best hit playing."""
    page = open_page(f"{site.address}/?q=calm+piano")
    expect(page.locator("#results .row").first).to_be_visible()
    await_true(page, "document.querySelector('audio') !== null")  # the player is loaded after the first view
    page.evaluate("audio = document.querySelector('audio'), times = []")
    page.evaluate("audio.addEventListener('timeupdate', () => times.push(audio.currentTime))")
    page.get_by_role("button", name="Play Gymnopédie No. 1").click()
    await_true(page, f"{POSITION} > 15")
    return page


def test_it_plays_from_the_best_moment(playing: Any) -> None:
    assert playing.evaluate("Math.min(...times)") >= 15  # nothing before that was played
    start = playing.evaluate(POSITION)
    await_true(playing, f"{POSITION} > {start} + 0.3")  # playback continues
    player = playing.get_by_role("region", name="Player")
    expect(player).to_contain_text("Gymnopédie No. 1")
    player.get_by_role("button", name="Pause").click()
    expect(player.get_by_role("button", name="Play Gymnopédie")).to_be_visible()
    assert playing.evaluate("document.querySelector('audio').paused")


def test_the_waveform_shows_the_peaks(playing: Any) -> None:
    slider = playing.get_by_role("slider", name="Position")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"^0:[123]\d of 0:38$"))
    heights = """canvas => {
      const {width, height} = canvas, data = canvas.getContext('2d').getImageData(0, 0, width, height).data
      const tall = x => [...Array(height).keys()].filter(y => data[4 * (y * width + x) + 3] > 200).length
      return [...Array(width).keys()].filter(x => x % 3 === 0).map(tall)
    }"""
    await_true(playing, f"(({heights})(document.querySelector('.waveform canvas'))).some(n => n > 20)")
    assert len(set(slider.locator("canvas").evaluate(heights))) > 5  # bars of many heights
    picture(playing, "player")


def test_seeking_by_mouse_and_keyboard(playing: Any) -> None:
    slider = playing.get_by_role("slider", name="Position")
    playing.get_by_role("button", name="Pause").first.click()
    box = slider.bounding_box()
    slider.click(position={"x": box["width"] / 4, "y": 10})
    await_true(playing, f"Math.abs({POSITION} - 38 / 4) < 0.5")
    slider.press("ArrowRight")
    await_true(playing, f"Math.abs({POSITION} - 38 / 4 - 5) < 0.5")
    slider.press("Home")
    await_true(playing, f"{POSITION} === 0")
    playing.get_by_role("button", name="Back to the best moment, 0:15").click()
    await_true(playing, f"{POSITION} >= 15")


def test_the_list_shows_what_is_playing(playing: Any) -> None:
    current = playing.locator(".row.current")
    expect(current).to_have_count(1)
    expect(current.locator("use[href='#icon-pause']")).to_have_count(1)
    playing.get_by_role("button", name="Play Iron Gate").click()
    expect(current.get_by_role("heading")).to_have_text("Iron Gate")


def test_an_embedded_cover_is_shown(open_page: Open, site: Site) -> None:
    page = open_page(f"{site.address}/?where=artist:Nobody")
    cover = page.get_by_role("button", name="Play Glide").locator("img")
    await_true(page, "[...document.images].some(image => image.naturalWidth > 0)")
    expect(cover).to_have_count(1)
    expect(page.get_by_role("button", name="Play Gone").locator("img")).to_have_count(0)  # there is none to show


def test_a_missing_cover_is_no_error(open_page: Open, site: Site) -> None:
    page = open_page("about:blank")
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(f"{site.address}/?where=artist:Nobody")
    for title in ("Gone", "Tape"):
        expect(page.get_by_role("button", name=f"Play {title}").locator("img")).to_have_count(0)
    assert errors == []


def test_a_format_that_the_browser_cannot_play(open_page: Open, site: Site) -> None:
    page = open_page(f"{site.address}/?q=organ")
    page.get_by_role("button", name="Play Tape").click()
    await_true(page, f"{POSITION} > 1.2")  # from its moment, from a WAV copy
    assert page.evaluate("document.querySelector('audio').src").endswith("format=wav")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_missing_file_is_reported(open_page: Open, site: Site) -> None:
    page = open_page(f"{site.address}/?q=harp")
    page.get_by_role("button", name="Play Gone").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("gone.opus")
    expect(alert.get_by_role("button", name="Try again")).to_be_visible()
    alert_within_reach = alert.evaluate("box => box.closest('#player') !== null")
    assert alert_within_reach  # where one looks, however far the list is scrolled


SOUNDS = "[...document.querySelectorAll('audio')].find(audio => !audio.paused && audio.currentTime > 0)"


def test_the_next_track_begins_at_its_start_and_as_loud(playing: Any) -> None:
    now = playing.locator(".bar .now b")
    # -23.4 LUFS is below the reference of -18: raised, but no volume is over 1
    assert playing.evaluate("audio.volume") == 1
    second = playing.locator("#results h2").nth(1).text_content()
    playing.evaluate("audio.currentTime = audio.duration - 2")
    expect(now).to_have_text(second)  # by itself
    await_true(playing, f"{SOUNDS}?.currentTime < 5")  # not from its best moment
    playing.get_by_role("button", name="Previous").click()
    expect(now).to_have_text("Gymnopédie No. 1")
    await_true(playing, f"{SOUNDS}?.currentTime < 5")
    playing.get_by_role("slider", name="Position").press("ArrowRight")
    await_true(playing, f"{SOUNDS}?.currentTime > 4")
    playing.keyboard.press("p")  # after three seconds: back to the beginning
    await_true(playing, f"{SOUNDS}?.currentTime < 2")
    expect(now).to_have_text("Gymnopédie No. 1")

    playing.get_by_role("button", name="Play Iron Gate").first.click()
    level = 10 ** ((-18 + 8.1) / 20)
    await_true(playing, f"Math.abs(({SOUNDS})?.volume - {level}) < 1e-3")
    playing.get_by_role("slider", name="Volume").fill("0.5")  # the slider is squared
    await_true(playing, f"Math.abs({SOUNDS}.volume - {level / 4}) < 1e-3")
    playing.keyboard.press("Escape")
    playing.evaluate("document.activeElement.blur()")
    playing.keyboard.press("q")
    queue = playing.get_by_role("dialog", name="Queue")
    queue.get_by_text("Sound", exact=True).click()
    queue.get_by_role("checkbox", name="Play all tracks equally loud").uncheck()
    await_true(playing, f"{SOUNDS}.volume === 0.25")
    playing.get_by_role("button", name="Mute").click()
    await_true(playing, f"{SOUNDS}.muted")
    playing.reload()
    expect(playing.get_by_role("button", name="Mute")).to_have_attribute("aria-pressed", "true")


def test_the_lock_screen_shows_it_and_another_tab_stops_it(playing: Any, site: Site) -> None:
    session = "navigator.mediaSession"
    await_true(playing, f"{session}.playbackState === 'playing'")
    title, artwork = playing.evaluate(f"[{session}.metadata.title, {session}.metadata.artwork[0].src]")
    assert title == "Gymnopédie No. 1"
    assert f"/v1/tracks/{site.ids[title]}/cover" in artwork
    other = playing.context.new_page()
    other.goto(f"{site.address}/?q=metal")
    other.get_by_role("button", name="Play Iron Gate").first.click()
    expect(playing.locator("#player").get_by_role("alert")).to_have_text("Paused, because another tab plays.")
    await_true(playing, "audio.paused")
    await_true(other, f"{SOUNDS} !== undefined")


def test_a_track_that_fails_is_skipped(open_page: Open, site: Site) -> None:
    page = open_page(f"{site.address}/?where=artist:Nobody")  # Gone has no file
    titles = page.locator("#results h2")
    expect(titles).to_have_count(3)
    after = titles.nth(titles.all_text_contents().index("Gone") - 2).text_content()  # perhaps around the end
    page.evaluate("localStorage['polymuse.queue'] = JSON.stringify({tracks: [], repeat: 'all'})")
    page.reload()
    page.get_by_role("button", name="Play Gone").click()
    expect(page.locator("#player").get_by_role("alert")).to_contain_text("The next track follows")
    expect(page.locator(".bar .now b")).to_have_text(after)
    await_true(page, f"{SOUNDS} !== undefined")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_the_service_is_away_and_comes_back(playing: Any) -> None:
    third = playing.locator("#results h2").nth(2).text_content()
    playing.context.set_offline(True)
    playing.keyboard.press("n")  # this one may have been loaded already
    playing.keyboard.press("n")
    alert = playing.locator("#player").get_by_role("alert")
    expect(alert).to_have_text("The service is away. The music goes on as soon as it is back.")
    playing.context.set_offline(False)
    await_true(playing, f"{SOUNDS} !== undefined")
    expect(alert).to_have_count(0)
    expect(playing.locator(".bar .now b")).to_have_text(third)
