"""Scores as the official code reads and embeds them: texts and patches equal, vectors up to rounding."""

import json
from pathlib import Path

import numpy as np
import pytest

from models.clamp3.clamp3 import Clamp3
from models.clamp3.scores import read, read_score
from models.clamp3.scores.patches import patches
from polymuse.errors import BadScoreError
from tests.helpers.paths import GOLDEN

FOLDER = GOLDEN / "clamp3_symbolic"
CASES: dict[str, dict] = json.loads((FOLDER / "cases.json").read_bytes())
EMBEDDED = [name for name, case in CASES.items() if "error" not in case]
MELODY = FOLDER / "midi" / "m01_melody.mid"
TOLERANCE = 2e-6  # absolute; the mildest mistake, a wrong eps, changes vectors by 5e-6


def text_of(name: str) -> str:
    """What the encoder of the reference read."""
    return (FOLDER / CASES[name].get("text", CASES[name]["input"])).read_bytes().decode()


@pytest.fixture(scope="module")
def features() -> dict[str, np.ndarray]:
    with np.load(FOLDER / "features.npz") as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def clamp3(clamp3_files: Path) -> Clamp3:
    return Clamp3.load(clamp3_files / "clamp3.pth", clamp3_files / "mert", clamp3_files / "tokenizer.json")


@pytest.mark.parametrize("name", EMBEDDED)
def test_patches_and_vectors_are_those_of_the_reference(
    name: str, features: dict[str, np.ndarray], clamp3: Clamp3
) -> None:
    text = text_of(name)
    np.testing.assert_array_equal(patches(text), features[f"patches/{name}"])
    vector = clamp3.embed_symbolic(text, normalize=False).numpy()
    assert np.abs(vector - features[f"global/{name}"][0]).max() < TOLERANCE


@pytest.mark.parametrize("name", [name for name in EMBEDDED if CASES[name]["kind"] == "midi"])
def test_midi_is_read_as_by_the_reference(name: str) -> None:
    assert read_score(FOLDER / CASES[name]["input"]) == text_of(name)


class TestFiles:
    @pytest.mark.parametrize(
        ("name", "content", "cause"),
        [
            ("tune.txt", b"C D E", "not the name of a score"),
            ("empty.mid", b"", "the file is empty"),
            ("random.mid", bytes(range(256)) * 40, "not a MIDI file"),
            ("large.mid", b"MThd" + bytes(20_000_000), "more than 2 MB"),
        ],
    )
    def test_that_are_no_scores_are_refused_in_a_line(
        self, tmp_path: Path, name: str, content: bytes, cause: str
    ) -> None:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BadScoreError, match=cause) as caught:
            read(tmp_path / name)
        assert str(tmp_path / name) in caught.value.message
        assert "\n" not in str(caught.value)

    def test_that_are_missing_or_folders_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "folder.mid").mkdir()
        for name in ("missing.mid", "folder.mid"):
            with pytest.raises(BadScoreError, match="no such file"):
                read(tmp_path / name)

    def test_may_have_names_in_capitals(self, tmp_path: Path) -> None:
        (tmp_path / "TUNE.MID").write_bytes(MELODY.read_bytes())
        assert read(tmp_path / "TUNE.MID") == read(MELODY)
