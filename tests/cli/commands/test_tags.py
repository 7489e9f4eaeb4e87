"""`polymuse tags`."""

from pathlib import Path

import pytest

from tests.helpers.command_line import Run, lines, run_here
from tests.helpers.score_library import MELODY


@pytest.mark.slow
def test_a_file_outside_the_library_has_tags(polymuse: Run, music: Path) -> None:
    [result] = lines(polymuse("tags", music / "low.wav", "--json"))
    assert result["track"] is None
    assert result["file_tags"] == {"title": "low"}
    assert all(0 <= tag["confidence"] <= 1 for tag in result["tags"])


@pytest.mark.usefixtures("score_home")
def test_a_score_has_no_tags_of_its_own() -> None:
    result = run_here("tags", MELODY)
    assert result.returncode == 1
    assert "m01_melody.mid is a score, and only audio has tags and stems" in result.stderr
