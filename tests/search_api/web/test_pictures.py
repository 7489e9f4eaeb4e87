"""Pictures as queries, described by the real network in its smallest size."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.conftest import make_home
from tests.helpers.pictures import BLIP_TINY, CAPTIONS, SVG, install_blip
from tests.search_api.web.conftest import ANALYSIS, PHONE, PIECES, Open, Site, picture, showing

pytestmark = pytest.mark.slow

sync_api = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
expect = sync_api.expect
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs the package axe-playwright-python")

IMAGES = BLIP_TINY / "images"
GRADIENT = CAPTIONS["gradient.png"]
MAKE = """([bytes, name, type]) => {
  const transfer = new DataTransfer()
  transfer.items.add(new File([new Uint8Array(bytes)], name, {type}))
  return transfer
}"""
COLOURS = """canvas => {
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
  return new Set(data).size
}"""


@pytest.fixture(scope="session")
def pictured(starter_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with the weights for pictures."""
    home = make_home(tmp_path_factory.mktemp("weights"), starter_weights)
    install_blip(home / "models")
    with showing(PIECES, home / "models" / "starter", tmp_path_factory) as site:
        yield site


@pytest.fixture
def page(open_page: Open, pictured: Site) -> Any:
    page = open_page(pictured.address)
    expect(page.locator("#results .row").first).to_be_visible()
    return page


def words(page: Any) -> Any:
    return page.get_by_role("combobox", name="Describe")


def thumbnail(page: Any) -> Any:
    return page.get_by_role("img", name="Described from")


def transfer(page: Any, path: Path) -> Any:
    return page.evaluate_handle(MAKE, [list(path.read_bytes()), path.name, "image/png"])


def test_a_chosen_picture_becomes_words_that_can_be_changed(page: Any) -> None:
    page.locator("#file").set_input_files(IMAGES / "gradient.png")
    expect(page.get_by_text("Analysing gradient.png")).to_be_visible()
    expect(words(page)).to_have_value(GRADIENT, timeout=ANALYSIS)
    expect(page.locator("#results")).to_contain_text("Best matches")
    expect(thumbnail(page)).to_have_attribute("title", "Described from gradient.png. You can change the words")
    assert thumbnail(page).evaluate(COLOURS) > 20  # it is drawn
    picture(page, "picture")
    words(page).fill("calm piano")
    words(page).press("Enter")
    expect(page.locator("#results .row h2").first).to_have_text("Gymnopédie No. 1")
    expect(thumbnail(page)).to_be_visible()
    words(page).fill("")
    expect(thumbnail(page)).to_have_count(0)


def test_a_dropped_picture_joins_the_mix(page: Any) -> None:
    data = transfer(page, IMAGES / "disc_alpha.png")
    page.dispatch_event("body", "dragenter", {"dataTransfer": data})
    expect(page.get_by_text("Drop audio files or pictures to find music like them")).to_be_visible()
    page.dispatch_event("body", "drop", {"dataTransfer": data})
    expect(words(page)).to_have_value(CAPTIONS["disc_alpha.png"], timeout=ANALYSIS)
    page.locator("#results .row").first.get_by_role("button", name="More like").first.click()
    expect(page.get_by_role("list", name="In the mix").get_by_role("listitem")).to_have_count(1)
    expect(words(page)).to_have_value(CAPTIONS["disc_alpha.png"])
    expect(thumbnail(page)).to_be_visible()
    page.go_back()
    expect(thumbnail(page)).to_have_count(0)


def test_several_pictures_mix(page: Any) -> None:
    page.locator("#file").evaluate("node => (node.multiple = true)")
    page.locator("#file").set_input_files([IMAGES / "gradient.png", IMAGES / "noise_small.png"])
    mix = page.get_by_role("list", name="In the mix")
    expect(mix).to_contain_text(CAPTIONS["noise_small.png"], timeout=ANALYSIS)
    expect(words(page)).to_have_value(GRADIENT)


def test_a_picture_is_pasted(page: Any) -> None:
    paste = """(data) => document.body.dispatchEvent(
      new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}))"""
    page.evaluate(paste, transfer(page, IMAGES / "gradient.png"))
    expect(words(page)).to_have_value(GRADIENT, timeout=ANALYSIS)


def test_text_is_pasted_as_text(page: Any) -> None:
    """Word processors put a picture of the text beside it."""
    both = """(data) => {
      data.setData('text/plain', 'piano')
      const event = new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true})
      return document.getElementById('words').dispatchEvent(event)
    }"""
    assert page.evaluate(both, transfer(page, IMAGES / "gradient.png")) is True  # nobody took it


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_on_a_phone(open_page: Open, pictured: Site, locale: str) -> None:
    page = open_page(pictured.address, viewport=PHONE, color_scheme="dark", locale=locale, bypass_csp=True)
    expect(page.locator("#results .row").first).to_be_visible()
    page.locator("#file").set_input_files(IMAGES / "gradient.png")
    expect(page.locator("#words")).to_have_value(GRADIENT, timeout=ANALYSIS)
    expect(page.locator("#search canvas")).to_be_visible()
    picture(page, f"picture-phone-{locale}")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    violations = axe.Axe().run(page).response["violations"]
    assert [each["id"] for each in violations if each["impact"] in ("serious", "critical")] == []
    boxes = [page.locator(each).bounding_box() for each in ("#search canvas", "#words")]
    assert abs(boxes[0]["y"] - boxes[1]["y"]) < 20  # on one line


def test_a_picture_that_cannot_be_described(page: Any, open_page: Open, pictured: Site, tmp_path: Path) -> None:
    (tmp_path / "drawing.svg").write_bytes(SVG)
    page.locator("#file").set_input_files(tmp_path / "drawing.svg")
    alert = page.get_by_role("alert")
    expect(alert.get_by_role("heading")).to_have_text("The picture could not be described", timeout=ANALYSIS)
    expect(alert).to_contain_text("The file is an SVG drawing")
    expect(alert.get_by_role("button")).to_have_count(0)  # it would be refused again
    expect(thumbnail(page)).to_have_count(0)
    chinese = open_page(pictured.address, locale="zh-CN")
    expect(chinese.locator("#results .row").first).to_be_visible()
    Image.new("1", (20_000, 10_000)).save(tmp_path / "huge.png")
    chinese.locator("#file").set_input_files(tmp_path / "huge.png")
    expect(chinese.get_by_role("alert")).to_contain_text("无法描述该图片", timeout=ANALYSIS)
    expect(chinese.get_by_role("alert")).to_contain_text("缩小后重新保存")


def test_a_photo_of_a_phone_whose_type_the_system_does_not_know(page: Any) -> None:
    content = [*b"\0\0\0\x18ftypheic", *bytes(100)]
    page.dispatch_event("body", "drop", {"dataTransfer": page.evaluate_handle(MAKE, [content, "IMG_1.HEIC", ""])})
    expect(page.get_by_text("The file is a picture in HEIC")).to_be_visible(timeout=ANALYSIS)


def test_a_format_that_the_browser_does_not_know_has_no_thumbnail(page: Any, tmp_path: Path) -> None:
    with Image.open(IMAGES / "gradient.png") as image:
        image.save(tmp_path / "gradient.tiff")
    page.locator("#file").set_input_files(tmp_path / "gradient.tiff")
    expect(words(page)).to_have_value(GRADIENT, timeout=ANALYSIS)
    expect(page.locator("#search canvas")).to_have_count(0)


def test_without_weights_the_page_says_what_to_install(open_page: Open, site: Site) -> None:
    page = open_page(site.address)
    expect(page.locator("#results .row").first).to_be_visible()
    page.locator("#file").set_input_files(IMAGES / "gradient.png")
    alert = page.get_by_role("alert")
    expect(alert.get_by_role("heading")).to_have_text("Searching by pictures is not installed")
    expect(alert).to_contain_text("polymuse models pull blip_captioning_base` (991 MB to download)")
    picture(page, "picture-not-installed")
    page.get_by_label("Language").select_option("中文")
    expect(page.locator("#results .row").first).to_be_visible()
    page.locator("#file").set_input_files(IMAGES / "gradient.png")
    expect(alert).to_contain_text("请服务的运行者执行 pip install 'poly-muse[images]'")
