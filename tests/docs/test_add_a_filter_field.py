"""docs/guides/add_a_filter_field.md works to the letter."""

from pathlib import Path

from tests.docs.guide import GUIDES, follow


def test_works_to_the_letter(tmp_path: Path) -> None:
    follow(GUIDES / "add_a_filter_field.md", tmp_path)
