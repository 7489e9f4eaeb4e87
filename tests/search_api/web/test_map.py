"""The map of the library."""

from typing import Any

import pytest

from tests.search_api.web.conftest import PATIENCE, PHONE, PIECES, Open, Site, await_true, picture

pytestmark = pytest.mark.slow


sync_api = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
expect = sync_api.expect

EDGE = 24  # CSS pixels, the margin of the map


@pytest.fixture
def page(open_page: Open, site: Site) -> Any:
    page = open_page(f"{site.address}/?view=map")
    # The first request computes the map, in a process that is slow to start.
    expect(page.locator("#results .count")).to_contain_text("12 tracks on the map", timeout=4 * PATIENCE)
    return page


@pytest.fixture
def places(page: Any, site: Site) -> dict[str, tuple[float, float]]:
    """Title -> position of its point in the window: that of the service, stretched over the canvas, y upwards."""
    points, names = (page.request.get(f"{site.address}/v1/{path}").json() for path in ("map", "map/names"))
    box = page.get_by_role("application").bounding_box()
    xs, ys = points["x"], points["y"]

    def stretched(value: float, low: float, high: float, size: float) -> float:
        return EDGE + (value - low) / (high - low) * (size - 2 * EDGE)

    return {
        title: (
            box["x"] + stretched(x, min(xs), max(xs), box["width"]),
            box["y"] + box["height"] - stretched(y, min(ys), max(ys), box["height"]),
        )
        for title, x, y in zip(names["titles"], xs, ys, strict=True)
    }


def drawn(page: Any) -> str:
    """The picture of the points."""
    return page.evaluate("document.querySelector('#map .points').toDataURL()")


def test_every_track_is_on_the_map_and_in_the_list(page: Any, places: dict[str, tuple[float, float]]) -> None:
    assert set(places) == {piece.title for piece in PIECES}
    expect(page.locator("#results .row")).to_have_count(len(PIECES))
    picture(page, "map")


def test_the_mouse_labels_and_plays_a_point(page: Any, places: dict[str, tuple[float, float]]) -> None:
    page.mouse.move(*places["Warehouse"])
    expect(page.locator(".tip")).to_contain_text("Warehouse")
    page.mouse.click(*places["Warehouse"])
    expect(page.get_by_role("region", name="Player")).to_contain_text("Unit 7")
    await_true(page, "document.querySelector('audio')?.currentTime > 0.2")


def test_a_lasso_lists_what_is_in_it(page: Any, places: dict[str, tuple[float, float]]) -> None:
    x, y = places["Warehouse"]
    inside = {title for title, place in places.items() if abs(place[0] - x) < 40 and abs(place[1] - y) < 40}
    page.get_by_role("button", name="Draw around points to list them").click()
    page.mouse.move(x - 40, y - 40)
    page.mouse.down()
    for corner in ((x + 40, y - 40), (x + 40, y + 40), (x - 40, y + 40), (x - 40, y - 39)):
        page.mouse.move(*corner, steps=4)
    page.mouse.up()
    expect(page.locator("#results .count")).to_contain_text("selected on the map")
    assert set(page.locator("#results .row h2").all_inner_texts()) == inside


def test_dragging_and_the_wheel_move_a_map_that_has_the_focus(
    page: Any, places: dict[str, tuple[float, float]]
) -> None:
    whole = drawn(page)
    page.mouse.move(*places["Warehouse"])
    page.mouse.wheel(0, 120)  # the page scrolls
    await_true(page, "scrollY > 0")
    assert drawn(page) == whole
    page.mouse.wheel(0, -120)
    await_true(page, "scrollY === 0")
    page.get_by_role("application").focus()
    page.mouse.wheel(0, -400)
    await_true(page, "scrollY === 0")
    near = drawn(page)
    assert near != whole
    page.mouse.down()
    page.mouse.move(places["Warehouse"][0] - 60, places["Warehouse"][1] - 30, steps=3)
    page.mouse.up()
    assert drawn(page) != near
    expect(page.get_by_role("region", name="Player")).to_be_hidden()  # that was no click


def test_one_finger_scrolls_the_page_and_two_zoom(open_page: Open, site: Site) -> None:
    page = open_page(f"{site.address}/?view=map", viewport=PHONE, has_touch=True, is_mobile=True)
    expect(page.locator("#results .row").first).to_be_attached(timeout=4 * PATIENCE)
    expect(page.locator("#map-hint")).to_have_text("Two fingers move and zoom the map, a tap plays.")
    whole = drawn(page)
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *fingers: tuple[float, float]) -> None:
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(fingers)]
        session.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})

    touch("Start", (180, 600))
    for y in range(590, 440, -10):
        touch("Move", (180, y))
    touch("End")
    await_true(page, "scrollY > 50")
    assert drawn(page) == whole
    expect(page.get_by_role("region", name="Player")).to_be_hidden()
    page.evaluate("scrollTo(0, 100)")
    touch("Start", (150, 400), (210, 400))
    for step in range(1, 9):
        touch("Move", (150 - 8 * step, 400), (210 + 8 * step, 400))
    touch("End")
    assert drawn(page) != whole
    assert abs(page.evaluate("scrollY") - 100) < 20  # the swipe before may still be coming to rest
    picture(page, "map-phone")


def test_the_path_of_a_journey_stays_until_another_question(page: Any, site: Site) -> None:
    def above() -> str:
        return page.evaluate("document.querySelector('#map canvas:not(.points)').toDataURL()")

    before = above()
    ids = [site.ids[title] for title in ("Warehouse", "Glide", "Late Bus")]
    page.evaluate("ids => document.dispatchEvent(new CustomEvent('polymuse:journey', { detail: { ids } }))", ids)
    path = above()
    assert path != before
    page.get_by_role("combobox", name="Colour by").select_option("Key")
    await_true(page, "location.search.endsWith('colour=key')")
    picture(page, "map-journey")
    assert above() == path
    page.get_by_role("combobox", name="Describe").fill("techno")
    page.get_by_role("button", name="Search", exact=True).last.click()
    expect(page.locator("#results .row h2").first).to_have_text("Warehouse")
    without = above()
    page.evaluate("document.dispatchEvent(new CustomEvent('polymuse:journey', { detail: { ids: [] } }))")
    assert above() == without


def test_colours_follow_a_category(page: Any) -> None:
    legend = page.locator(".legend")
    expect(legend.get_by_role("button", name="classical 2")).to_be_visible()  # Gymnopédie and Minuet
    page.get_by_role("combobox", name="Colour by").select_option("Mood")
    calm = legend.locator(".classes > button")
    expect(calm).to_have_text(["calm 4"])
    assert page.url.endswith("colour=mood")
    calm.click()
    expect(calm).to_have_attribute("aria-pressed", "true")
    for name, classes in {"Tempo (bpm)": ["under 80 1", "from 160 1"], "Key": ["9A 9B 1", "10A 10B 1"]}.items():
        page.get_by_role("combobox", name="Colour by").select_option(name)
        expect(calm).to_have_text(classes)  # D is 10B and Em is 9A


def test_the_keyboard_moves_from_point_to_point(page: Any) -> None:
    canvas = page.get_by_role("application", name="Map of 12 tracks")
    canvas.press("ArrowRight")
    said = page.locator("#said")
    expect(said).not_to_contain_text("on the map")
    first = said.inner_text()
    for key in ("ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown"):  # some neighbour
        if said.inner_text() == first:
            canvas.press(key)
    expect(said).not_to_have_text(first)
    canvas.press("Enter")
    expect(page.get_by_role("region", name="Player")).to_contain_text(said.inner_text().split(",")[0])


def test_a_search_is_shown_on_it(page: Any) -> None:
    box = page.get_by_role("combobox", name="Describe")
    box.fill("techno")
    box.press("Enter")
    expect(page.locator("#results .row h2").first).to_have_text("Warehouse")
    expect(page.get_by_role("application")).to_be_visible()
