"""Libraries of tracks whose names are known."""

import pytest

from catalog.catalog import Catalog
from tests.catalog.conftest import SPACE, entry

__all__ = ["entry"]


@pytest.fixture
def catalog() -> Catalog:
    """Empty, in memory: the engines are held to each other elsewhere."""
    return Catalog.in_memory(SPACE)
