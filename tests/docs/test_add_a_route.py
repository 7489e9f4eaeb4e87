"""docs/guides/add_a_route.md works to the letter."""

from pathlib import Path

import pytest

from tests.docs.guide import GUIDES, follow


@pytest.mark.slow
def test_works_to_the_letter(tmp_path: Path) -> None:
    follow(GUIDES / "add_a_route.md", tmp_path)
