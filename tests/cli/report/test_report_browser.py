"""The report page in a real browser."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cli.report.report_page import as_page
from models.audio.write import write_wav
from tests.helpers.chromium import CHROMIUM, HOW
from tests.helpers.hostile_report import SCRIPT, hostile_report

playwright = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason=HOW)]

DESKTOP, PHONE = (1280, 900), (360, 740)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(as_page(hostile_report()), encoding="utf-8")
    return path


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def page(request: pytest.FixtureRequest, browser: Any, page_file: Path) -> Iterator[Any]:
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height}, offline=True)
    page = context.new_page()
    page.said, page.requested = [], []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("dialog", lambda dialog: page.said.append(dialog.message) or dialog.dismiss())
    page.on("request", lambda sent: page.requested.append(sent.url))
    page.goto(page_file.as_uri())
    yield page
    context.close()


def test_it_loads_nothing_and_logs_no_errors(page: Any, page_file: Path) -> None:
    assert page.requested == [page_file.as_uri()]
    assert page.said == []


def test_it_fits_the_width(page: Any) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_charts_are_shown_and_described(page: Any) -> None:
    images = page.get_by_role("img")
    assert images.count() == 1 + 3 + 3  # the mix on top, a curve for each tag, a waveform for each sound
    sizes = [image.bounding_box() for image in images.all()]
    assert all(box["width"] > 100 and box["height"] > 40 for box in sizes)
    curve = page.get_by_role("img", name="heavy metal over time: from 0.25 to 0.75, strongest from 0:10 to 0:20")
    assert curve.locator("rect").count() == 3
    heights = [float(rect.get_attribute("height")) for rect in curve.locator("rect").all()]
    assert heights == [25, 75, 50]


def test_bars_are_proportional_to_confidence(page: Any) -> None:
    row = page.get_by_role("row", name="rock")
    whole, filled = row.locator(".bar").bounding_box(), row.locator(".bar i").bounding_box()
    assert filled["width"] / whole["width"] == pytest.approx(0.9, abs=0.01)


def test_metadata_is_text(page: Any) -> None:
    heading = page.get_by_role("heading", level=1)
    assert heading.inner_text().startswith(SCRIPT)


def test_the_keyboard_reaches_the_content(page: Any) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the tags"
    page.locator("summary").focus()
    page.keyboard.press("Enter")
    assert page.get_by_role("region", name="every tag in every part").is_visible()


def test_landmarks_and_headings(page: Any) -> None:
    assert page.get_by_role("main").count() == 1
    names = [heading.inner_text() for heading in page.get_by_role("heading", level=2).all()]
    assert names == ["Tags", "Tags over time", "Tempo, key and loudness", "Stems", "Similar tracks"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast_in_both_themes(browser: Any, page_file: Path, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(page_file.as_uri())
    ratios = page.evaluate(CONTRASTS)
    context.close()
    assert len(ratios) > 30
    assert {text: ratio for text, ratio in ratios if ratio < 4.5} == {}  # WCAG 2.2, 1.4.3


def test_a_stem_can_be_played(browser: Any, tmp_path: Path) -> None:
    (tmp_path / "stems").mkdir()
    for name in ("vocals", "instrumental"):
        write_wav(tmp_path / "stems" / f"{name}.wav", np.zeros((2, 44_100), np.float32), 44_100)
    path = tmp_path / "report.html"
    path.write_text(as_page(hostile_report()), encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    play = (
        "async () => { const a = document.querySelector('audio'); a.muted = true; await a.play(); return a.duration }"
    )
    assert page.evaluate(play) == pytest.approx(1.0, abs=0.01)
    page.close()


# WCAG's contrast ratio of every visible text to the nearest opaque background behind it
CONTRASTS = """() => {
  const rgb = colour => colour.match(/[\\d.]+/g).map(Number)
  const linear = v => v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4
  const luminance = c => 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2])
  const behind = element => {
    for (; element; element = element.parentElement) {
      const colour = rgb(getComputedStyle(element).backgroundColor)
      if (colour.length === 3 || colour[3] === 1) return colour
    }
    return [255, 255, 255]
  }
  const found = []
  for (const element of document.body.querySelectorAll('*')) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim())
    if (!own || !element.checkVisibility() || element.closest('svg, .unseen, .skip')) continue
    const [a, b] = [rgb(getComputedStyle(element).color), behind(element)].map(luminance).sort((x, y) => y - x)
    found.push([element.textContent.trim().slice(0, 40), (a + 0.05) / (b + 0.05)])
  }
  return found
}"""
