"""Libraries without audio files."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from catalog.catalog import Catalog, Space
from catalog.track import Entry, FileRef, Track
from cli.session import open_library
from polymuse.music import Segment
from tests.helpers.ids import id_of
from tests.helpers.signals import random_unit

TEXTS = ["piano", "choir", "flute", "metal", "techno", "ambient", "sad", "fast", "opera", "jazz"]

SPACE = Space(name="test", dim=4, fingerprint="f" * 64, profile="starter")
TRACKS = 70  # of `filled`: more than a page

Fill = Callable[[int], None]


@pytest.fixture
def filled(home: Path) -> Path:
    """`home` with a library of TRACKS tracks in SPACE."""
    with Catalog.open(home / "store", SPACE) as catalog:
        catalog.upsert(map(entry, range(1, TRACKS + 1)))
    return home


def entry(number: int) -> Entry:
    """A track of `filled`."""
    vector = random_unit(number)
    track = Track(id_of(number), (FileRef(f"/music/{number}.ogg", 1, 1),), f"曲 {number}", 1.0, "vorbis")
    return Entry(track, {"mix": vector}, (Segment(0.0, 30.0, vector),))


@pytest.fixture
def fill(polymuse_home: Path) -> Fill:
    """Adds `count` tracks whose vectors are near those of TEXTS, in turn."""

    def add(count: int) -> None:
        with open_library(profile="starter") as library:
            rng = np.random.default_rng(7)
            noise = 0.02 * rng.standard_normal((count, library.embedder.dim))
            vectors = np.resize(library.embedder.embed_text(TEXTS), noise.shape) + noise
            vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
            library.catalog.upsert([_entry(number, vector) for number, vector in enumerate(vectors)])

    return add


def _entry(number: int, vector: np.ndarray) -> Entry:
    file = FileRef(f"/music/{number}.flac", 1, 1)
    return Entry(Track(id_of(number + 1), (file,), f"No. {number}", 10.0, "flac"), {"mix": vector})
