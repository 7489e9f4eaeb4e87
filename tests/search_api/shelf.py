"""A service on a real port with real files, to which tests add tracks while it runs."""

import contextlib
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from catalog.track import Entry, FileRef, Track
from polymuse.indexed_folders import IndexedFolders
from polymuse.settings import Settings
from search_api.app import create_app
from search_api.connections import GuardedProtocol
from search_api.indexing import Indexing
from search_api.serve import listen
from search_api.service import SearchService
from tests.helpers.signals import random_unit


@dataclass
class Shelf:
    service: SearchService
    port: int
    client: httpx.Client
    home: Path
    folder: Path  # for music
    _added: int = field(default=0)

    def add(self, *paths: Path, **fields: Any) -> str:
        """Add a track with these files as they are now; returns its id."""
        files = []
        for path in paths:
            status = path.stat()
            files.append(FileRef(str(path), status.st_size, status.st_mtime_ns))
        self._added += 1
        track = Track(
            id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"shelf {self._added}")),
            files=tuple(files),
            **{"title": paths[0].stem, "duration": 1.0, "format": "vorbis", **fields},
        )
        vector = random_unit(self._added, self.service.catalog.space.dim)
        self.service.catalog.upsert([Entry(track, {"mix": vector})])
        return track.id

    def write(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path


@contextlib.contextmanager
def listening(app: FastAPI) -> Iterator[int]:
    """The port of a running application."""
    with listen("127.0.0.1", 0) as listener:
        server = uvicorn.Server(uvicorn.Config(app, http=GuardedProtocol, proxy_headers=False, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


@contextlib.contextmanager
def serving(settings: Settings, folder: Path, indexing: Indexing | None = None) -> Iterator[Shelf]:
    IndexedFolders(settings.layout.indexed_folders).add([folder])
    app = create_app(settings, indexing)
    with listening(app) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        while client.get("/readyz").status_code != 200:
            time.sleep(0.05)
        yield Shelf(app.state.loader.service(), port, client, settings.home, folder)


def ask(shelf: Shelf, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    return shelf.client.request(method, path, headers={key.replace("_", "-"): value for key, value in headers.items()})


def check_problem(response: httpx.Response, status: int, kind: str, *parts: str) -> None:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["type"] == f"urn:poly-muse:error:{kind}"
    for part in parts:
        assert part in problem["detail"] + problem["advice"]
