"""A catalog over either engine, and entries with vectors small enough to work out by hand."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.store import Space
from catalog.track import Entry, FileRef, Track

SPACE = Space(name="test", dim=4, fingerprint="f" * 64, profile="starter")

MakeEntry = Callable[..., Entry]


@pytest.fixture
def space() -> Space:
    return SPACE


@pytest.fixture(params=["edge", "memory"])
def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalog]:
    """An empty catalog of 4-dimensional vectors, once over each engine."""
    made = Catalog.open(tmp_path / "store", SPACE) if request.param == "edge" else Catalog.in_memory(SPACE)
    with made:
        yield made


@pytest.fixture
def entry() -> MakeEntry:
    """entry(n, mix=[1, 0, 0, 0], vocals=..., title=...): track number n; names of stems give vectors."""

    def make(number: int, *, paths: tuple[str, ...] | None = None, **fields: Any) -> Entry:
        vectors = {name: fields.pop(name) for name in ("mix", "vocals", "drums", "choir") if name in fields}
        vectors.setdefault("mix", [1.0, 0.0, 0.0, 0.0])
        files = tuple(FileRef(path, 1000 + number, 7) for path in paths or (f"/music/{number}.ogg",))
        track = Track(
            id=str(uuid.UUID(int=number)),
            files=files,
            **{"title": f"Title {number}", "duration": 100.0, "format": "vorbis", **fields},
        )
        return Entry(track, {name: np.array(vector, dtype=np.float32) for name, vector in vectors.items()})

    return make
