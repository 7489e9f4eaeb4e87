"""The command line as a fixture, and libraries for it."""

import os
from collections.abc import Callable, Iterator
from copy import copy
from pathlib import Path

import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.track import Entry, FileRef, Track
from cli.session import Library, open_library
from polymuse.music import Segment
from polymuse.settings import ENV_PREFIX
from tests.helpers.command_line import Run, run_polymuse
from tests.helpers.ids import id_of
from tests.helpers.score_library import make_score_library
from tests.helpers.tones import write_tone

WORDS = ("piano", "techno", "choir")


@pytest.fixture
def polymuse(polymuse_home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command line over `polymuse_home`."""
    monkeypatch.setenv("POLYMUSE_JOBS", "1")  # a worker takes seconds to load its networks
    return run_polymuse


@pytest.fixture
def home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A POLYMUSE_HOME without weights, which are not needed to move a library."""
    monkeypatch.setenv("POLYMUSE_HOME", str(folder / "home"))
    return folder / "home"


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """A folder with three files, one of them in a subfolder."""
    folder = tmp_path / "music"
    write_tone(folder / "low.wav", 110)
    write_tone(folder / "子" / "卡农.wav", 440)
    write_tone(folder / "high.wav", 1760)
    return folder


@pytest.fixture
def library(polymuse_home: Path) -> Path:
    """Each track matches one word; its second half and its vocals match the next one. Artists: A, A, B."""
    with open_library(profile="starter") as opened:
        fill_with_words(opened)
    return polymuse_home


@pytest.fixture(scope="session")
def filled_score_home(tiny_clamp3_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_score_library(tmp_path_factory.mktemp("score-home"), tiny_clamp3_home)


@pytest.fixture
def score_home(filled_score_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A POLYMUSE_HOME with a tiny CLaMP 3 and three tracks; the vector of "No. 0" and its vocals is that of MELODY.

    Read only: it serves all tests.
    """
    monkeypatch.setenv("POLYMUSE_HOME", str(filled_score_home))
    return filled_score_home


@pytest.fixture(scope="session")
def make_library(starter_weights: Path, make_folder: Callable[[], Path]) -> Iterator[Callable[[], Library]]:
    """Makes empty libraries in memory, with the networks of the starter profile."""
    home = make_folder()
    (home / "models").symlink_to(starter_weights.parent)
    with pytest.MonkeyPatch.context() as environment:  # the suite's isolation begins only with each test
        for name in [name for name in os.environ if name.startswith(ENV_PREFIX)]:
            environment.delenv(name)
        environment.setenv("XDG_CONFIG_HOME", str(home))
        with open_library(home=home, profile="starter") as stored:

            def make() -> Library:
                library = copy(stored)
                library.catalog = Catalog.in_memory(stored.catalog.space)
                return library

            yield make


def fill_with_words(library: Library) -> None:
    """As the fixture `library` describes it."""
    vectors = library.embedder.embed_text(WORDS)
    library.catalog.upsert([_entry(n, vectors[n], vectors[(n + 1) % 3]) for n in range(3)])


def _entry(number: int, mix: np.ndarray, rest: np.ndarray) -> Entry:
    word = WORDS[number]
    track = Track(
        id=id_of(number),
        files=(FileRef(f"/music/{word}.ogg", 1, 1),),
        title=word.capitalize(),
        duration=60.0,
        format="vorbis",
        artist="AAB"[number],
        album=f'"{word}", live',
    )
    return Entry(track, {"mix": mix, "vocals": rest}, (Segment(0, 30, mix), Segment(30, 60.25, rest)))
