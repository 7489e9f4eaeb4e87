"""docs/guides/add_an_embedder.md works to the letter."""

from pathlib import Path

from tests.docs.guide import GUIDES, follow


def test_works_to_the_letter(tmp_path: Path) -> None:
    follow(GUIDES / "add_an_embedder.md", tmp_path)
