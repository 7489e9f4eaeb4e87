"""The map of the library."""

from typing import Any

import pytest

from tests.search_api.web.conftest import PATIENCE, PIECES, Open, Site, await_true, picture

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
    points = page.request.get(f"{site.address}/v1/map").json()["points"]
    box = page.locator("#map canvas").bounding_box()
    xs, ys = [point["x"] for point in points], [point["y"] for point in points]

    def stretched(value: float, low: float, high: float, size: float) -> float:
        return EDGE + (value - low) / (high - low) * (size - 2 * EDGE)

    return {
        point["title"]: (
            box["x"] + stretched(point["x"], min(xs), max(xs), box["width"]),
            box["y"] + box["height"] - stretched(point["y"], min(ys), max(ys), box["height"]),
        )
        for point in points
    }


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
    page.mouse.move(x - 40, y - 40)
    page.mouse.down()
    for corner in ((x + 40, y - 40), (x + 40, y + 40), (x - 40, y + 40), (x - 40, y - 39)):
        page.mouse.move(*corner, steps=4)
    page.mouse.up()
    expect(page.locator("#results .count")).to_contain_text("selected on the map")
    assert set(page.locator("#results .row h2").all_inner_texts()) == inside


def test_colours_follow_a_category(page: Any) -> None:
    legend = page.locator(".legend")
    expect(legend.get_by_role("button", name="classical 2")).to_be_visible()  # Gymnopédie and Minuet
    page.get_by_role("combobox", name="Colour by").select_option("Mood")
    calm = legend.locator("> button")
    expect(calm).to_have_text(["calm 4"])
    assert page.url.endswith("colour=mood")
    calm.click()
    expect(calm).to_have_attribute("aria-pressed", "true")


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
    expect(page.locator("#map canvas")).to_be_visible()
