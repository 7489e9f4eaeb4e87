"""A service with its indexer in this process. Without weights, all routes work but those of the library."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from fastapi.testclient import TestClient

from indexer.service.keeper import LibraryKeeper
from polymuse.settings import load_settings
from search_api.app import create_app


class Answer(Protocol):
    """A response of any client."""

    @property
    def status_code(self) -> int: ...

    def json(self) -> Any: ...


@contextmanager
def indexing_app(home: Path, **settings: object) -> Iterator[TestClient]:
    loaded = load_settings(home=home, **settings)
    with TestClient(create_app(loaded, LibraryKeeper(loaded)), base_url="http://127.0.0.1") as client:
        yield client


def problem(response: Answer) -> tuple[int, str]:
    """Status and type of an error."""
    return response.status_code, response.json()["type"].removeprefix("urn:poly-muse:error:")
