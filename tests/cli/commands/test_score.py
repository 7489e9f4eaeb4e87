"""`polymuse score` as a user runs it."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.command_line import lines, run_here
from tests.helpers.score_library import MELODY, TYPE2
from tests.helpers.tones import write_tone


def save(path: Path, *numbers: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, np.array(numbers, np.float32))
    return path


class TestScore:
    @pytest.fixture
    def folders(self, tmp_path: Path) -> tuple[Path, Path]:
        """Pairs a: (1, 0) with (5, 0), b: (0, 3) with (3, 4); means (0.5, 1.5) and (4, 2)."""
        texts, sounds = tmp_path / "texts", tmp_path / "sounds"
        save(texts / "a.npy", 1, 0)
        save(texts / "b.npy", 0, 3)
        save(sounds / "a.en.npy", 5, 0)
        save(sounds / "b.npy", 3, 4)
        return texts, sounds

    def test_two_folders(self, folders: tuple[Path, Path]) -> None:
        # pairs 1 and 12 / 15 = 0.8, mean 0.9; group (2 + 3) / (sqrt(2.5) sqrt(20)) = 0.707107. No weights are needed
        [scores] = lines(run_here("score", *folders, "--json"))
        assert scores["pairs"] == {"a": 1.0, "b": 0.8}
        assert scores["pairwise"] == 0.9
        assert scores["group"] == 0.707107

    def test_every_two_of_three(self, folders: tuple[Path, Path], tmp_path: Path) -> None:
        third = save(tmp_path / "third.npy", 1, 0)
        scored = lines(run_here("score", *folders, third, "--json"))
        assert [(Path(row["a"]).name, Path(row["b"]).name) for row in scored] == [
            ("texts", "sounds"),
            ("texts", "third.npy"),
            ("sounds", "third.npy"),
        ]
        assert scored[1]["pairwise"] is None  # no file of the folder is called third
        assert scored[2]["group"] == pytest.approx(4 / np.sqrt(20), abs=1e-6)

    def test_a_table_for_people(self, folders: tuple[Path, Path]) -> None:
        shown = run_here("score", *folders).stdout
        assert "0.9000" in shown
        assert "0.7071" in shown

    def test_sound_and_text(self, polymuse_home: Path, tmp_path: Path) -> None:
        sound = write_tone(tmp_path / "low.wav", 110)
        (tmp_path / "text.txt").write_text("guitar")
        same, _, other = lines(run_here("score", sound, sound, tmp_path / "text.txt", "--json"))
        assert same["pairwise"] == pytest.approx(1.0, abs=1e-5)
        assert -1 < other["pairwise"] < 0.9
        assert other["pairwise"] == pytest.approx(other["group"], abs=1e-6)

    @pytest.mark.parametrize(
        ("other", "cause"), [("c.npy", "3 values in"), ("missing", "No profile has its weights"), ("", "At least two")]
    )
    def test_invalid_comparisons(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: str, cause: str) -> None:
        monkeypatch.setenv("POLYMUSE_HOME", str(tmp_path / "home"))
        first = save(tmp_path / "a.npy", 1, 0)
        save(tmp_path / "c.npy", 1, 0, 0)
        result = run_here("score", first, *([tmp_path / other] if other else []))
        assert result.returncode in (2, 3)
        assert cause in result.stderr
        assert len(result.stderr.splitlines()) == 1


@pytest.mark.usefixtures("score_home")
class TestMusicalScores:
    def test_with_audio_and_text(self, tmp_path: Path) -> None:
        sound = write_tone(tmp_path / "low.wav", 110)
        (tmp_path / "text.txt").write_text("guitar")
        same, *others = lines(run_here("score", MELODY, MELODY, sound, tmp_path / "text.txt", "--json"))
        assert same["pairwise"] == pytest.approx(1.0, abs=1e-5)
        assert all(-1 < row["pairwise"] < 1 for row in others)

    def test_in_folders(self, tmp_path: Path) -> None:
        """a is paired with itself; b.MID, read with a remark, with the same score."""
        for folder in ("one", "two"):
            (tmp_path / folder).mkdir()
            shutil.copyfile(MELODY, tmp_path / folder / "a.mid")
            shutil.copyfile(TYPE2, tmp_path / folder / "b.MID")
        result = run_here("score", tmp_path / "one", tmp_path / "two", "--json")
        [scores] = lines(result)
        assert scores["pairs"] == {"a": pytest.approx(1.0, abs=1e-5), "b": pytest.approx(1.0, abs=1e-5)}
        assert ["type 2" in line for line in result.stderr.splitlines()] == [True, True]


def test_scores_in_a_folder_are_left_out_by_a_profile_that_reads_none(polymuse_home: Path, tmp_path: Path) -> None:
    shutil.copyfile(MELODY, tmp_path / "a.mid")
    save(tmp_path / "b.npy", 1, 0)
    result = run_here("score", tmp_path, tmp_path / "b.npy", "--json")
    [scores] = lines(result)
    assert scores["group"] == 1.0
    assert "a.mid: left out, the profile starter reads no scores" in result.stderr
