"""`polymuse tags`."""

from pathlib import Path

import pytest

from tests.helpers.command_line import Run, lines


@pytest.mark.slow
def test_a_file_outside_the_library_has_tags(polymuse: Run, music: Path) -> None:
    [result] = lines(polymuse("tags", music / "low.wav", "--json"))
    assert result["track"] is None
    assert result["file_tags"] == {"title": "low"}
    assert all(0 <= tag["confidence"] <= 1 for tag in result["tags"])
