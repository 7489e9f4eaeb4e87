"""Remarks on the scores of a query."""

from pathlib import Path

import numpy as np
import pytest

from cli.score_remarks import say_remarks
from models.embedder import ScoreEmbedding


def test_a_line_for_each_score_that_has_remarks(capsys: pytest.CaptureFixture[str]) -> None:
    def score(*remarks: str) -> ScoreEmbedding:
        return ScoreEmbedding(np.ones(1, np.float32), "", "", "midi", remarks)

    said = say_remarks({Path("a.mid"): score(), Path("b\n.mid"): score("one", "[two]"), Path("c.mid"): score("three")})
    assert said == [r"b\n.mid: one; [two]", "c.mid: three"]
    assert capsys.readouterr().err.splitlines() == said
