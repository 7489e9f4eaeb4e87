"""A small library with hand-made vectors, and the whole service on it."""

import math
import os
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from catalog.catalog import Catalog
from catalog.store import Space
from catalog.track import Entry, FileRef, Track
from models.embedder import Embedder
from models.profiles import load_embedder
from models.weights.store import WeightStore
from polymuse.music import MIX, Measurements, StemInfo, Tag
from polymuse.settings import ENV_PREFIX, Settings, load_settings
from search_api.app import create_app
from tests.conftest import make_home
from tests.helpers.measured import measured
from tests.helpers.pictures import install_blip
from tests.helpers.signals import sounds_like
from tests.search_api.shelf import Shelf, serving

SILENCE = StemInfo(-math.inf, present=False)


@dataclass(frozen=True)
class Piece:
    """A track whose stems sound as the texts describe."""

    title: str
    sounds: str
    artist: str = "Someone"
    album: str = ""
    year: int | None = None
    duration: float = 100.0
    tags: tuple[Tag, ...] = ()
    stems: Mapping[str, str] = field(default_factory=dict)  # stem -> description; "" is silent
    paths: tuple[str, ...] = ()
    separator: str = "0" * 64  # fingerprint of what made the stems
    measured: Measurements | None = None

    @property
    def id(self) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, self.title))


PIECES = (
    Piece(
        "Nocturne",
        "piano",
        artist="Clara",
        album="Evening",
        year=1995,
        duration=60.0,
        tags=(Tag("solo", "texture", 0.55), Tag("calm", "mood", 0.83)),
        stems={"vocals": "", "instrumental": "piano"},
        paths=("/music/clara/nocturne.flac", "/copies/nocturne.flac"),
        measured=measured(bpm=71.96, key="C#m", loudness=-23.0, energy=0.2),
    ),
    Piece("Prelude", "piano", artist="Clara", album="Morning", year=2005, tags=(Tag("calm", "mood", 0.6),)),
    Piece("Etude", "piano", artist="Robert", album="Morning", year=1999, tags=(Tag("calm", "mood", 0.3),)),
    Piece("Partita", "violin", artist="Robert", year=2001),
    Piece("Warehouse", "techno", artist="Unit 7", year=1992, duration=400.0),
    Piece("Strobe", "techno", artist="Unit 7", year=1994, duration=410.0),
    Piece("Anvil", "heavy metal", stems={"vocals": "male vocals", "instrumental": "heavy metal"}),
    Piece("Aria", "opera", stems={"vocals": "choir", "instrumental": "strings"}),
    Piece("Stadium", "rock", stems={"vocals": "choir", "instrumental": "electric guitar"}),
    Piece("Night Train", "blues", stems={"vocals": "male vocals", "instrumental": "guitar"}, separator="1" * 64),
    Piece("Smoke", "jazz"),
    Piece("Angels", "harp"),
    Piece("Meadow", "flute"),
    Piece("Cathedral", "organ"),
    Piece("Ravine", "sitar"),
    Piece("Salon", "harpsichord"),
    Piece("Cloud", "ambient"),
    Piece("Block", "hip hop"),
    Piece("Prairie", "country"),
    Piece("Unreadable", "punk", paths=("/music/\udcff.ogg",)),
)


@pytest.fixture(scope="session")
def ids() -> dict[str, str]:
    """Title -> id."""
    return {piece.title: piece.id for piece in PIECES}


@pytest.fixture(scope="session")
def library_home(starter_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A POLYMUSE_HOME with the pieces in its store."""
    home = tmp_path_factory.mktemp("library")
    (home / "models").symlink_to(starter_weights.parent)
    embedder = load_embedder("starter", WeightStore(home / "models"))
    space = Space.of(embedder)
    with Catalog.open(home / "store", space) as catalog:
        catalog.upsert([_entry(piece, embedder) for piece in PIECES])
    return home


@pytest.fixture(scope="session")
def settings(library_home: Path) -> Settings:
    with pytest.MonkeyPatch.context() as environment:  # the isolation of the suite applies to tests only
        for name in [name for name in os.environ if name.startswith(ENV_PREFIX)]:
            environment.delenv(name)
        environment.setenv("XDG_CONFIG_HOME", str(library_home))
        return load_settings(home=library_home, profile="starter")


@pytest.fixture(scope="session")
def client(settings: Settings) -> Iterator[TestClient]:
    """The running service. It owns the store of `library_home` for the whole session."""
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        await_ready(client)
        yield client


@pytest.fixture(scope="session")
def pictured(
    settings: Settings, starter_weights: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """A service with an empty library that describes pictures, by the network in its smallest size."""
    home = make_home(tmp_path_factory.mktemp("pictures"), starter_weights)
    install_blip(home / "models")
    own = settings.model_copy(update={"home": home, "max_upload_mb": 2})
    with TestClient(create_app(own), base_url="http://127.0.0.1") as client:
        await_ready(client)
        yield client


@pytest.fixture(scope="session")
def shelf(settings: Settings, starter_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    """A service with a separate library, to which tests add real files."""
    home = tmp_path_factory.mktemp("shelf")
    (home / "models").symlink_to(starter_weights.parent)
    with serving(settings.model_copy(update={"home": home}), tmp_path_factory.mktemp("music")) as shelf:
        yield shelf


def await_ready(client: TestClient) -> None:
    """Wait until the library is open."""
    while (answer := client.get("/readyz")).status_code == 503 and "retry-after" in answer.headers:
        time.sleep(0.05)
    assert answer.status_code == 200, answer.text


@pytest.fixture
def empty_home(starter_weights: Path, tmp_path: Path) -> Path:
    """A POLYMUSE_HOME with the weights and no store."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "models").symlink_to(starter_weights.parent)
    return home


def _entry(piece: Piece, embedder: Embedder) -> Entry:
    audible = {MIX: piece.sounds, **{name: sounds for name, sounds in piece.stems.items() if sounds}}
    stems = {name: StemInfo(-20.0, present=True) if sounds else SILENCE for name, sounds in piece.stems.items()}
    paths = piece.paths or (f"/music/{piece.title}.ogg",)
    track = Track(
        id=piece.id,
        files=tuple(FileRef(path, 1000, 0) for path in paths),
        title=piece.title,
        duration=piece.duration,
        format="vorbis",
        artist=piece.artist,
        album=piece.album,
        year=piece.year,
        stems=stems,
        tags=piece.tags,
        models={"embedder": embedder.fingerprint} | ({"separator": piece.separator} if piece.stems else {}),
        indexed_at="2026-11-22T12:00:00+00:00",
        measured=piece.measured,
    )
    return Entry(
        track, {name: sounds_like(text, embedder, f"{piece.title} {name}", 0.5) for name, text in audible.items()}
    )
