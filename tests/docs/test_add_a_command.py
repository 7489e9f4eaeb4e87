"""docs/guides/add_a_command.md works as written."""

from pathlib import Path

import pytest

from tests.docs.guide import GUIDES, follow

pytestmark = pytest.mark.slow


@pytest.mark.usefixtures("starter_weights")
def test_works_as_written(tmp_path: Path) -> None:
    follow(GUIDES / "add_a_command.md", tmp_path)
