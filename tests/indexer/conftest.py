"""An empty library for tests of runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.catalog import Catalog
from catalog.store import Space
from indexer.failures import FailureList


@pytest.fixture
def catalog() -> Iterator[Catalog]:
    with Catalog.in_memory(Space("test", 4, "e1", "test")) as memory:
        yield memory


@pytest.fixture
def failures(tmp_path: Path) -> FailureList:
    return FailureList(tmp_path / "failures.jsonl")
