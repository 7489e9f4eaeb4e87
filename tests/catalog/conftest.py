"""A catalog over either engine, and entries with vectors small enough to work out by hand."""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.filters import Filter
from catalog.server import RetryPolicy, Server
from catalog.shared_storage import SharedStorage
from catalog.store import Space
from catalog.track import Entry, FileRef, Track
from tests.helpers.ids import id_of
from tests.helpers.qdrant_server import REAL_SERVER, FakeQdrant, Fault, connected

SPACE = Space(name="test", dim=4, fingerprint="f" * 64, profile="starter")

URL = "http://qdrant:6333"
SECRET = "s3cret-key"
QUICK = RetryPolicy(first_wait=0.0)

MakeEntry = Callable[..., Entry]


@pytest.fixture
def space() -> Space:
    return SPACE


@pytest.fixture(scope="session")
def edge_catalog(make_folder: Callable[[], Path]) -> Iterator[Catalog]:
    """One for all tests, which find it emptied."""
    with Catalog.open(make_folder(), SPACE) as made:
        yield made


@pytest.fixture(scope="session")
def attached_catalog(make_folder: Callable[[], Path]) -> Iterator[Catalog]:
    """One for all tests, attached to an owner."""
    folder = make_folder()
    with Catalog.share(folder, SPACE), Catalog.share(folder, SPACE) as made:
        assert isinstance(made._storage, SharedStorage)
        assert made._storage.attached
        yield made


@pytest.fixture(scope="session")
def rest_catalog() -> Iterator[Catalog]:
    """One for all tests, over REST to a server in this process."""
    with Catalog.connect(Server("http://qdrant:6333", transport=FakeQdrant().transport), SPACE) as made:
        yield made


@pytest.fixture(scope="session")
def server_catalog() -> Iterator[Catalog]:
    """One for all tests, on the server of QDRANT_TEST_URL."""
    with connected(SPACE) as made:
        yield made


@pytest.fixture(params=["edge", pytest.param("attached", marks=pytest.mark.slow), "memory", "rest", *REAL_SERVER])
def catalog(request: pytest.FixtureRequest) -> Catalog:
    """An empty catalog of 4-dimensional vectors, once over each engine.

    Attached to an owner, everything runs with the slow tests; the fast ones of it are in test_shared_storage.py.
    """
    if request.param == "memory":
        return Catalog.in_memory(SPACE)
    shared: Catalog = request.getfixturevalue(f"{request.param}_catalog")
    for where in (Filter(hidden=("any",)), Filter(missing=("yes",), hidden=("any",))):
        shared.delete([track.id for track in shared.tracks(where)])
    for playlist in shared.playlists():
        shared.remove_playlist(playlist.id)
    for descriptor in shared.own_descriptors():
        shared.remove_descriptor(descriptor.slug)
    return shared


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """An empty private folder whose path is short enough for sockets."""
    with TemporaryDirectory(prefix="pm-", dir="/tmp") as made:
        yield Path(made)


@pytest.fixture
def entry() -> MakeEntry:
    """entry(n, mix=[1, 0, 0, 0], vocals=..., title=...): track number n; names of stems give vectors."""

    def make(number: int, *, paths: tuple[str, ...] | None = None, **fields: Any) -> Entry:
        vectors = {name: fields.pop(name) for name in ("mix", "vocals", "drums", "choir") if name in fields}
        vectors.setdefault("mix", [1.0, 0.0, 0.0, 0.0])
        segments = fields.pop("segments", ())
        files = tuple(FileRef(path, 1000 + number, 7) for path in paths or (f"/music/{number}.ogg",))
        track = Track(
            id=id_of(number),
            files=files,
            **{"title": f"Title {number}", "duration": 100.0, "format": "vorbis", **fields},
        )
        return Entry(track, {name: np.array(vector, dtype=np.float32) for name, vector in vectors.items()}, segments)

    return make


@pytest.fixture
def fake() -> FakeQdrant:
    return FakeQdrant()


def connect(fake: FakeQdrant, space: Space, *, staged: bool = False, retries: RetryPolicy = QUICK) -> Catalog:
    server = Server(URL, SECRET, retries=retries, transport=fake.transport)
    return Catalog.connect(server, space, staged=staged)


def status(code: int, path: str = "", headers: dict[str, str] | None = None, method: str = "") -> Fault:
    """An answer with this status to the next request whose path ends so, or of these only one with this method."""

    def answer(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith(path) or method not in ("", request.method):
            return None
        return httpx.Response(code, json={"status": {"error": "a reason"}, "time": 0}, headers=headers)

    return answer
