"""`polymuse embed`."""

import numpy as np
import pytest

from polymuse.errors import UserError
from tests.helpers.command_line import Run, invoke, lines, run_here
from tests.helpers.score_library import MELODY, TYPE2


def test_a_text_becomes_a_vector_of_length_one(polymuse: Run) -> None:
    [result] = lines(polymuse("embed", "--text", "calm piano"))
    assert result["dim"] == len(result["vector"])
    assert np.linalg.norm(result["vector"]) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("text", ["", "   ", "。！?"])
def test_a_text_without_words(polymuse: Run, text: str) -> None:
    result = polymuse("embed", "--text", text)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr


def test_a_stem_of_a_text_is_refused() -> None:
    with pytest.raises(UserError, match="--stem is of a track"):
        invoke("embed", "--text", "piano", "--stem", "vocals")


@pytest.mark.usefixtures("score_home")
def test_a_score_becomes_a_vector_with_what_its_file_says() -> None:
    [result] = lines(run_here("embed", MELODY, "--json"))
    assert np.linalg.norm(result["vector"]) == pytest.approx(1.0, abs=1e-4)
    assert (result["track"], result["stem"], result["kind"], result["format"]) == (str(MELODY), "mix", "score", "midi")
    assert result["remarks"] == []
    assert {"title", "composer", "fingerprint"} <= result.keys()


@pytest.mark.usefixtures("score_home")
def test_remarks_on_a_score() -> None:
    printed = run_here("embed", TYPE2)
    [result] = lines(printed)
    assert printed.stderr == f"{TYPE2}: {'; '.join(result['remarks'])}\n"
    assert "type 2" in printed.stderr
