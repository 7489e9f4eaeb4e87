"""What is said about files that hold no weights."""

import pickle
from pathlib import Path

import pytest
import torch

from models.weights.reading_fault import NO_WEIGHTS, reading_fault


def fault(path: Path) -> str:
    with pytest.raises((OSError, EOFError, RuntimeError, pickle.UnpicklingError)) as caught:
        torch.load(path, weights_only=True)
    return reading_fault(caught.value)


@pytest.mark.parametrize("content", [b"OggS\0\x02" + bytes(300), b"model:\n  dim: 8\n", b""])
def test_torch_does_not_advise_to_run_what_is_in_a_file(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "song.ogg"
    path.write_bytes(content)
    assert fault(path) == NO_WEIGHTS


def test_an_archive_that_is_none_of_torch(tmp_path: Path) -> None:
    path = tmp_path / "book.zip"
    path.write_bytes(b"PK\x03\x04" + bytes(300))
    said = fault(path)
    assert "\n" not in said
    assert "weights_only" not in said


def test_what_the_system_says_has_no_number(tmp_path: Path) -> None:
    assert fault(tmp_path) == "Is a directory"
    assert fault(tmp_path / "nowhere.pth") == "No such file or directory"
