"""The page in a real browser, from the real service, with the bundled clips and hand-made vectors."""

import os
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from catalog.catalog import Catalog
from catalog.store import Space
from catalog.track import Entry, FileRef, Track
from cli.commands.demo import demo_music
from models.embedder import Embedder
from models.profiles import load_embedder
from models.weights.store import WeightStore
from polymuse.indexed_folders import IndexedFolders
from polymuse.music import MIX, Segment, StemInfo, Tag
from tests.helpers.audio_files import encode, sweep
from tests.helpers.chromium import CHROMIUM, HOW
from tests.helpers.measured import measured
from tests.helpers.paths import ROOT
from tests.helpers.signals import sounds_like

SHOTS = ROOT / "output" / "page"  # screenshots for people to look at
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
ANALYSIS = 120_000  # ms; the first upload starts the process that analyses them
PATIENCE = 30_000  # ms; a browser is slow on a busy machine

HOSTILE = "<img src=x onerror=alert(1)>"


@dataclass(frozen=True)
class Piece:
    """A clip whose half from `moment` on sounds like the text, and the other half like something else; or a score."""

    title: str
    clip: str
    sounds: str
    artist: str = ""
    album: str = ""
    year: int | None = None
    tags: tuple[Tag, ...] = ()
    vocals: str = ""
    duration: float = 30.0
    moment: float = 15.0  # seconds
    file_tags: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, self.title))


TAGGED = {
    "album_artist": "Aldo Ciccolini",
    "disc_number": 2,
    "track_number": 4,
    "composers": ("Erik Satie",),
    "tag_bpm": 72.04,
    "lyrics": "[ar:Satie]\n[00:01.00]Lent <b>\n[00:09.50]et douloureux",
}


def tags(**slugs: tuple[str, float]) -> tuple[Tag, ...]:
    return tuple(Tag(slug.replace("_", "-"), category, sure) for slug, (category, sure) in slugs.items())


GENRE, MOOD = ("genre", 0.7), ("mood", 0.6)
CALM = {"calm": ("mood", 0.9), "piano": ("instruments", 0.8), "classical": GENRE}
PIECES = (
    Piece(
        "Gymnopédie No. 1",
        "satie_gymnopedie.opus",
        "calm piano",
        "Erik Satie",
        "Gymnopédies",
        1888,
        tags(**CALM),
        file_tags=TAGGED | {"measured": measured(bpm=144.0, key="D", loudness=-23.4, energy=0.18)},
    ),
    Piece("Minuet in G", "petzold_minuet.opus", "piano", "Christian Petzold", "Notebook", 1725, tags(**CALM)),
    Piece(
        "Iron Gate",
        "iron_gate_metal.opus",
        "heavy metal",
        "The Forge",
        "Anvil",
        2019,
        tags(metal=("genre", 0.9)),
        "male vocals",
        file_tags={"measured": measured(bpm=174.2, bpm_other=87.1, key="Em", loudness=-8.1, energy=0.93)},
    ),
    Piece(
        "Late Bus",
        "late_bus_rock.opus",
        "rock",
        "Night Line",
        "Timetable",
        2021,
        tags(rock=("genre", 0.8)),
        "male vocals",
    ),
    Piece("Warehouse", "warehouse_techno.opus", "techno", "Unit 7", "Concrete", 2020, tags(techno=GENRE)),
    Piece(
        "Old Hundredth",
        "old_hundredth.opus",
        "choir",
        "Loys Bourgeois",
        "Psalter",
        1551,
        tags(calm=("mood", 0.6)),
        "choir",
    ),
    Piece("Evening Raga", "evening_raga.opus", "sitar", "Meera", "Dusk", 2018),
    Piece("茉莉花", "茉莉花.opus", "guzheng", "民歌", "", None, tags(calm=MOOD)),
    Piece(
        HOSTILE, "oh_susanna.opus", "banjo", '"><script>alert(2)</script>', "{{7*7}}", 1848, tags(folk=("genre", 0.7))
    ),
    Piece("Glide", "cover.flac", "flute", "Nobody", "", 2001, duration=3.0, moment=0.0),
    Piece("Gone", "gone.opus", "harp", "Nobody", "", 2002),
    Piece("Tape", "tape.aiff", "organ", "Nobody", "", 2003, duration=3.0, moment=1.0),
)


@dataclass(frozen=True)
class Site:
    """A running service."""

    address: str
    ids: Mapping[str, str] = field(default_factory=dict)  # title -> id


@contextmanager
def serving(home: Path, until: str = r"listening on (http://[\w.:]+)", **environment: str) -> Iterator[str]:
    """Run `python -m search_api` on a free port; yields its URL, which is in the line of its log that is waited for."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("POLYMUSE_")}
    variables |= {"POLYMUSE_HOME": str(home), "POLYMUSE_PORT": "0", "POLYMUSE_PROFILE": "starter", **environment}
    log = home / "service.log"  # not a pipe: nobody would read it
    with log.open("wb") as stderr:
        process = subprocess.Popen([sys.executable, "-m", "search_api"], env=variables, cwd=ROOT, stderr=stderr)
    try:
        while not (found := re.search(until, log.read_text())):
            assert process.poll() is None, log.read_text()
            time.sleep(0.05)
        yield found.group(1)
    finally:
        process.kill()
        process.wait()


@contextmanager
def showing(pieces: Sequence[Piece], weights: Path, folders: pytest.TempPathFactory) -> Iterator[Site]:
    """A service with a library of these pieces only."""
    home = folders.mktemp("site")
    (home / "models").symlink_to(weights.parent)
    music = folders.mktemp("music")
    encode(music / "cover.flac", "flac", sweep(3.0, 44_100), cover=True)
    encode(music / "tape.aiff", "pcm_s16be", sweep(3.0, 44_100))
    embedder = load_embedder("starter", WeightStore(home / "models"))
    space = Space.of(embedder)
    with Catalog.open(home / "store", space) as catalog:
        catalog.upsert([_entry(piece, music, embedder) for piece in pieces])
    IndexedFolders(home / "folders.json").add([music, ROOT / "data" / "demo"])
    with serving(home, XDG_CONFIG_HOME=str(home)) as address:
        yield Site(address, {piece.title: piece.id for piece in pieces})


@pytest.fixture(scope="session")
def site(starter_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with showing(PIECES, starter_weights, tmp_path_factory) as site:
        yield site


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Not for the whole session: while Playwright runs, no other event loop can start in this thread."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
    if CHROMIUM is None:
        pytest.skip(HOW)
    playwright.expect.set_options(timeout=PATIENCE)
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--mute-audio"])
        yield chromium
        chromium.close()


Open = Callable[..., Any]


@pytest.fixture
def open_page(browser: Any) -> Iterator[Open]:
    """Opens a URL in a new browser context. No script may fail and no policy may be violated in any test."""
    contexts, said = [], []

    def open_page(address: str, **options: Any) -> Any:
        context = browser.new_context(**{"viewport": DESKTOP, "locale": "en-GB", **options})
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: said.append(dialog.message) or dialog.dismiss())
        page.on("console", lambda message: said.append(message.text) if "Policy" in message.text else None)
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert said == []


@pytest.fixture
def page(open_page: Open, site: Site) -> Any:
    return open_page(site.address)


def await_true(page: Any, expression: str) -> None:
    """Wait until the JavaScript expression is true. The page's policy blocks Playwright's own function for that."""
    deadline = time.monotonic() + PATIENCE / 1000
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, f"{expression} does not come true"
        time.sleep(0.05)


@contextmanager
def holding(page: Any, part: str) -> Iterator[None]:
    """Holds back requests whose URL contains `part` until the end of the block; there must be at least one."""
    held = []

    def hold(route: Any) -> None:
        held.append(route)

    page.route(f"**{part}*" if part.startswith("/") else f"**/{part}", hold)
    yield
    while not held:
        page.wait_for_timeout(20)
    for route in held:
        route.continue_()
    page.unroute_all()  # lets requests through that arrived meanwhile


def picture(page: Any, name: str) -> None:
    """Save a screenshot for people to look at."""
    await_true(page, "document.getElementById('results').ariaBusy !== 'true'")
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png")


def _entry(piece: Piece, music: Path, embedder: Embedder) -> Entry:
    clip = demo_music() / piece.clip
    path = clip if clip.exists() else music / piece.clip
    status = path.stat() if path.exists() else None
    whole = sounds_like(piece.sounds, embedder, piece.title, 1 / 3)
    other = sounds_like("drums", embedder, f"{piece.title} else", 1 / 3)
    stems = {"vocals": StemInfo(-20.0, present=True)} if piece.vocals else {}
    track = Track(
        id=piece.id,
        files=(FileRef(str(path), status.st_size if status else 1000, status.st_mtime_ns if status else 0),),
        title=piece.title,
        duration=piece.duration,
        format=path.suffix[1:],
        artist=piece.artist,
        album=piece.album,
        year=piece.year,
        genres=("Classical",) if "piano" in piece.sounds else (),
        stems=stems,
        tags=piece.tags,
        **piece.file_tags,
        models={"embedder": embedder.fingerprint},
        indexed_at="2026-11-22T12:00:00+00:00",
    )
    vectors = {MIX: whole}
    if piece.vocals:
        vectors["vocals"] = sounds_like(piece.vocals, embedder, f"{piece.title} vocals", 1 / 3)
    segments = Segment(0.0, piece.moment or 1.0, other), Segment(piece.moment, piece.duration, whole)
    return Entry(track, vectors, segments if piece.duration else ())
