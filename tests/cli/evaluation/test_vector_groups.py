"""Groups of vectors from files and folders; what needs networks is tested with the command."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from cli.evaluation.vector_groups import VectorGroups, load_vector
from polymuse.errors import UserError


@pytest.fixture
def warnings() -> list[str]:
    return []


@pytest.fixture
def groups(warnings: list[str]) -> Iterator[VectorGroups]:
    with VectorGroups(None, warnings.append) as groups:
        yield groups


def save(path: Path, *numbers: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, np.array(numbers, np.float32))
    return path


class TestFolder:
    def test_keys_are_names_up_to_the_first_dot(self, groups: VectorGroups, tmp_path: Path) -> None:
        save(tmp_path / "卡农.audio.npy", 1, 2)
        save(tmp_path / "b.npy", 3, 4)
        (tmp_path / "notes.json").touch()
        read = groups.read(str(tmp_path))
        assert {key: vector.tolist() for key, vector in read.items()} == {"b": [3, 4], "卡农": [1, 2]}

    def test_subfolders_are_not_read(self, groups: VectorGroups, tmp_path: Path) -> None:
        save(tmp_path / "deep" / "a.npy", 1)
        with pytest.raises(UserError, match=r"contains no \.npy"):
            groups.read(str(tmp_path))

    def test_the_first_file_of_a_key_is_used_and_the_other_is_reported(
        self, groups: VectorGroups, tmp_path: Path, warnings: list[str]
    ) -> None:
        save(tmp_path / "01. Intro.npy", 1)
        save(tmp_path / "01. Outro.npy", 2)
        assert groups.read(str(tmp_path))["01"].tolist() == [1]
        [warning] = warnings
        assert "01. Outro.npy" in warning


class TestVectorFile:
    def test_a_row_of_one_is_a_vector(self, tmp_path: Path) -> None:
        np.save(tmp_path / "a.npy", np.array([[1.0, 2.0]]))
        loaded = load_vector(tmp_path / "a.npy")
        assert loaded.dtype == np.float32
        assert loaded.tolist() == [1, 2]

    @pytest.mark.parametrize(
        "array",
        [
            np.zeros((2, 3), np.float32),
            np.float32(1),
            np.zeros(0, np.float32),
            np.array([1, 2]),
            np.array(["a"]),
            np.array([1.0, np.nan]),
        ],
    )
    def test_an_invalid_vector_is_refused(self, array: np.ndarray, tmp_path: Path) -> None:
        np.save(tmp_path / "a.npy", array)
        with pytest.raises(UserError, match=r"a\.npy: contains"):
            load_vector(tmp_path / "a.npy")

    def test_pickles_are_not_read(self, tmp_path: Path) -> None:
        np.save(tmp_path / "a.npy", np.array([{}], object), allow_pickle=True)
        with pytest.raises(UserError, match="cannot be read"):
            load_vector(tmp_path / "a.npy")
