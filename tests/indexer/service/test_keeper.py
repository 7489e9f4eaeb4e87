"""What goes wrong during a job fails the job, with a problem, and the next one does what is left."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from catalog.catalog import Catalog
from catalog.server import RetryPolicy, Server
from catalog.store import Space
from indexer.service import keeper as module
from indexer.service.keeper import LibraryKeeper
from models.profiles import load_embedder
from models.weights.store import WeightStore
from polymuse.library_jobs import LibraryJob
from polymuse.settings import load_settings
from tests.conftest import make_home
from tests.helpers.disks import mounted
from tests.helpers.qdrant_server import FakeQdrant
from tests.helpers.service_process import wait
from tests.helpers.tones import write_tone

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # workers have the lowest priority


@dataclass
class Store:
    """A server that may be down."""

    server: FakeQdrant = field(default_factory=FakeQdrant)
    down: threading.Event = field(default_factory=threading.Event)

    def handle(self, request: httpx.Request) -> httpx.Response:
        if self.down.is_set():
            raise httpx.ConnectError("refused", request=request)
        return self.server.handle(request)

    def open(self, space: Space) -> Catalog:
        transport, retries = httpx.MockTransport(self.handle), RetryPolicy(first_wait=0.0)
        return Catalog.connect(Server("http://qdrant:6333", None, retries=retries, transport=transport), space)


@pytest.fixture
def home(starter_weights: Path, tmp_path: Path) -> Iterator[Path]:
    """A POLYMUSE_HOME on a disk of 64 MiB."""
    folder = tmp_path / "home"
    folder.mkdir()
    with mounted(folder):
        yield make_home(folder, starter_weights)


@pytest.fixture
def keeper(home: Path, tmp_path: Path) -> Iterator[LibraryKeeper]:
    """Of a folder with one track; not started yet."""
    write_tone(tmp_path / "music" / "tone.wav", 220)
    keeper = LibraryKeeper(load_settings(home=home, music=str(tmp_path / "music"), watch=False, jobs=1, stems="none"))
    yield keeper
    keeper.close()


@pytest.fixture
def space(home: Path) -> Space:
    return Space.of(load_embedder("starter", WeightStore(home / "models")))


def failed(keeper: LibraryKeeper) -> list[LibraryJob]:
    return [job for job in keeper.jobs().jobs if job.state == "failed"]


def check_problem(job: LibraryJob, words: str) -> None:
    assert job.problem is not None
    assert words in job.problem.message
    assert job.problem.advice
    assert job.files.indexed == 0


def test_after_a_full_disk_and_a_lost_store_nothing_is_missing(
    keeper: LibraryKeeper, home: Path, space: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store()
    with store.open(space) as catalog:
        film = home / "film.mkv"
        film.write_bytes(bytes(shutil.disk_usage(home).free))
        keeper.start(lambda: None)
        keeper.library_opened(catalog, "starter")
        [full] = wait(lambda: failed(keeper))
        film.unlink()
        check_problem(full, "cannot be written")
        store.down.set()
        monkeypatch.setattr(module, "RETRY_SECONDS", 0.0)  # from the next failure on, it is repeated at once
        keeper.submit("scan")
        lost = wait(lambda: failed(keeper)[:-2])  # one that was repeated
        check_problem(lost[0], "qdrant")
        store.down.clear()
        wait(lambda: keeper.finished_files()["indexed"] == 1)
        assert catalog.count() == 1
        assert keeper.failures(0, 10).total == 0
        keeper.close()  # while there is a catalog
