"""docs/guides/add_an_embedder.md works as written."""

from pathlib import Path

import pytest

from tests.docs.guide import GUIDES, follow

pytestmark = pytest.mark.slow


def test_works_as_written(tmp_path: Path) -> None:
    follow(GUIDES / "add_an_embedder.md", tmp_path)
