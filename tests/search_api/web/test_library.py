"""The library view, and the first run from an empty home to a search, on the real service with its indexer."""

import hashlib
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from catalog.catalog import Catalog
from catalog.store import Space
from cli.commands.demo import demo_music
from indexer.failures import FailureList
from indexer.journal import Journal
from indexer.updating import Target
from models.profiles import load_embedder
from models.recipe import Recipe
from models.weights.store import WeightStore
from polymuse.settings import Settings
from tests.helpers.shelf import Shelf
from tests.search_api.web.conftest import PHONE, Open, await_true, picture, serving

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


sync_api = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs the package axe-playwright-python")
expect = sync_api.expect

UP = r"(http://[\w.:]+)/healthz is up"  # a service without weights comes no further
INDEXED = 600_000  # ms; the workers of the service have the lowest priority
HOSTILE = "\u202e<b>fdp"  # a folder whose name would turn the rest of the line round


@dataclass(frozen=True)
class Household:
    address: str
    music: Path


def fill(music: Path) -> None:
    """Two folders with a clip each, and a file that is no audio."""
    for folder, clip in (("Piano", "satie_gymnopedie.opus"), (HOSTILE, "petzold_minuet.opus")):
        (music / folder).mkdir(parents=True)
        shutil.copy(demo_music() / clip, music / folder)
    (music / "broken.mp3").write_bytes(bytes(range(256)) * 40)


@pytest.fixture(scope="module")
def household(starter_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Household]:
    """A service that has indexed its folder and has a key for reading, too."""
    root = tmp_path_factory.mktemp("household")
    home, music = root / "home", root / "music"
    fill(music)
    home.mkdir()
    (home / "models").symlink_to(starter_weights.parent)
    settings = {"POLYMUSE_MUSIC": str(music / "Piano"), "POLYMUSE_ROOTS": str(music), "XDG_CONFIG_HOME": str(root)}
    with serving(home, **settings) as address:
        yield Household(address, music)


def section(page: Any, name: str) -> Any:
    return page.get_by_role("region", name=name)


def choose_folder(page: Any, *names: str) -> None:
    """Walk down in the folder picker, then take the folder."""
    page.get_by_role("button", name="Add a folder").click()
    dialog = page.get_by_role("dialog", name="Where is your music?")
    for name in names:
        dialog.get_by_role("list").get_by_role("button", name=name, exact=True).click()
    dialog.get_by_role("button", name="Use this folder").click()
    expect(dialog).to_be_hidden()


def test_a_first_run_from_an_empty_home_to_a_search(open_page: Open, starter_wheels: Path, tmp_path: Path) -> None:
    home, music = tmp_path / "home", tmp_path / "music"
    home.mkdir()
    fill(music)
    settings = {"POLYMUSE_ROOTS": str(music), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(starter_wheels)}
    with serving(home, UP, XDG_CONFIG_HOME=str(tmp_path), **settings) as address:
        page = open_page(address)
        expect(page.get_by_role("heading", name="Your library is empty")).to_be_visible()
        expect(page.get_by_role("search")).to_be_hidden()
        picture(page, "first-run")
        choose_folder(page, str(music))
        expect(page.get_by_role("heading", name="Your library is being built")).to_be_visible()
        expect(page.get_by_role("progressbar")).to_be_visible()
        picture(page, "first-run-progress")
        expect(page.locator("#results .row")).to_have_count(2, timeout=INDEXED)
        page.get_by_role("button", name="calm piano").click()
        expect(page.locator("#results")).to_contain_text("Best matches")
        page.get_by_role("button", name="Library").click()
        expect(section(page, "Files that failed")).to_contain_text("broken.mp3", timeout=INDEXED)
        expect(section(page, "Indexing").get_by_role("heading")).to_have_text("Up to date")
        expect(section(page, "Indexing")).to_contain_text(re.compile("2 (new|unchanged)"))  # another scan may follow
        picture(page, "library-after-first-run")


def test_folders_are_added_and_removed(open_page: Open, household: Household) -> None:
    page = open_page(f"{household.address}/?view=library")
    folders = section(page, "Folders")
    expect(folders.get_by_role("listitem")).to_have_count(1)
    expect(folders).to_contain_text("set in the configuration")
    expect(folders.get_by_role("button", name="Remove")).to_have_count(0)
    choose_folder(page, str(household.music), "<b>fdp")
    added = folders.get_by_role("listitem").nth(1)
    expect(added.locator(".path")).to_have_text(str(household.music / "<b>fdp"))  # without the mark
    added.get_by_role("button", name="Remove").click()
    expect(folders.get_by_role("listitem")).to_have_count(1)
    page.reload()
    expect(folders.get_by_role("listitem")).to_have_count(1)


def test_a_folder_outside_of_the_roots_is_refused(open_page: Open, household: Household) -> None:
    page = open_page(f"{household.address}/?view=library")
    page.get_by_role("button", name="Add a folder").click()
    dialog = page.get_by_role("dialog", name="Where is your music?")
    dialog.get_by_role("button", name=str(household.music)).click()
    expect(dialog.get_by_role("button", name="Piano")).to_be_focused()
    dialog.get_by_label("Folder", exact=True).fill("/etc")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("/etc may not be chosen here")
    expect(dialog.get_by_role("button", name="Piano")).to_be_visible()  # the folder before is still shown
    dialog.get_by_role("button", name="Use this folder").click()
    expect(dialog.get_by_role("alert")).to_contain_text("/etc may not be chosen here")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_pausing_scanning_and_retrying(open_page: Open, household: Household) -> None:
    page = open_page(f"{household.address}/?view=library")
    work = section(page, "Indexing")
    work.get_by_role("button", name="Pause").click()
    expect(work.get_by_role("heading")).to_contain_text("Paused")
    page.reload()
    expect(work.get_by_role("heading")).to_contain_text("Paused")
    work.get_by_role("button", name="Resume").click()
    expect(work.get_by_role("heading")).not_to_contain_text("Paused")
    shutil.copy(household.music / "broken.mp3", household.music / "Piano" / "broken too.mp3")
    work.get_by_role("button", name="Look for changes now").click(timeout=INDEXED)
    failed = section(page, "Files that failed")
    expect(failed).to_contain_text("broken too.mp3", timeout=INDEXED)
    shutil.copy(demo_music() / "old_hundredth.opus", household.music / "Piano" / "broken too.mp3")
    failed.get_by_role("button", name="Try broken too.mp3 again").click()
    expect(failed).to_be_hidden(timeout=INDEXED)


def test_many_files_that_are_gone_are_forgotten_on_request(
    open_page: Open, starter_weights: Path, tmp_path: Path
) -> None:
    home, music = tmp_path / "home", tmp_path / "music"
    home.mkdir()
    (home / "models").symlink_to(starter_weights.parent)
    settings = Settings(home=home, stems="none")
    embedder = load_embedder("starter", WeightStore(home / "models"))
    made_with = {"embedder": embedder.fingerprint}
    names = [f"{number}.mp3" for number in range(8)]
    with Catalog.open(settings.layout.store, Space.of(embedder)) as catalog:
        failures, journal = FailureList(settings.layout.failures), Journal(settings.layout.journal)
        Shelf(music, Target(catalog, failures, journal, Recipe.of(settings, "starter"), made_with)).add(*names)
    for name in names[2:]:
        (music / name).unlink()
    environment = {"POLYMUSE_MUSIC": str(music), "POLYMUSE_STEMS": "none", "XDG_CONFIG_HOME": str(tmp_path)}
    with serving(home, **environment) as address:
        page = open_page(f"{address}/?view=library")
        gone = section(page, "Files that are gone")
        expect(gone.get_by_role("heading")).to_have_text("6 files are gone", timeout=INDEXED)
        picture(page, "library-gone")
        gone.get_by_role("button", name="Forget 6 files").click()
        expect(section(page, "Indexing")).to_contain_text("6 forgotten", timeout=INDEXED)
        expect(gone).to_be_hidden()
        page.get_by_role("link", name="PolyMuse").click()
        expect(page.locator("#results .row")).to_have_count(2)


def test_a_read_key_shows_everything_and_changes_nothing(
    open_page: Open, starter_weights: Path, tmp_path: Path
) -> None:
    (tmp_path / "models").symlink_to(starter_weights.parent)
    key = "a-long-random-text"
    stored = "read:" + hashlib.sha256(key.encode()).hexdigest()
    with serving(tmp_path, POLYMUSE_API_KEYS=stored, XDG_CONFIG_HOME=str(tmp_path)) as address:
        page = open_page(f"{address}/?view=library")
        page.get_by_label("API key").fill(key)
        page.get_by_role("button", name="Open").click()
        expect(page.get_by_text("Your key permits looking only.")).to_be_visible()
        expect(section(page, "Folders")).to_contain_text("No folder yet")
        expect(page.get_by_role("button", name="Pause")).to_have_count(0)
        expect(page.get_by_role("button", name="Add a folder")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_on_a_phone(open_page: Open, household: Household, scheme: str) -> None:
    options = {"color_scheme": scheme, "reduced_motion": "reduce", "bypass_csp": True, "locale": "zh-CN"}
    page = open_page(f"{household.address}/?view=library", viewport=PHONE, has_touch=True, is_mobile=True, **options)
    expect(page.get_by_role("heading", name="文件夹")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    picture(page, f"library-phone-{scheme}")
    page.get_by_role("button", name="添加文件夹").tap()
    await_true(page, "document.querySelector('.choices button') !== null")
    sizes = page.locator("button:visible, summary:visible").evaluate_all(
        "all => all.map(node => node.getBoundingClientRect()).map(box => Math.min(box.width, box.height))"
    )
    assert min(sizes) >= 24  # CSS pixels, WCAG 2.2
    violations = axe.Axe().run(page).response["violations"]
    assert [each["id"] for each in violations if each["impact"] in ("serious", "critical")] == []
