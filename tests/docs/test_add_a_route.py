"""docs/guides/add_a_route.md works as written."""

from pathlib import Path

import pytest

from tests.docs.guide import GUIDES, follow


@pytest.mark.slow
def test_works_as_written(tmp_path: Path) -> None:
    follow(GUIDES / "add_a_route.md", tmp_path)
