from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from models.weights.tf_variables import Variables, numbered
from polymuse.errors import UnavailableError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    target = tmp_path / "net.safetensors"
    norm = {
        "gamma": torch.tensor([2.0, 3.0]),
        "beta": torch.tensor([1.0, 0.0]),
        "moving_mean": torch.tensor([4.0, -1.0]),
        "moving_variance": torch.tensor([0.249, 0.999]),
    }
    save_file({f"batch_normalization_7/{name}": value for name, value in norm.items()}, target)
    return target


def test_batch_norm_as_scale_and_shift(path: Path) -> None:
    # sqrt(0.249 + 0.001) = 0.5: scale 2 / 0.5 = 4, shift 1 - 4 * 4 = -15; sqrt(0.999 + 0.001) = 1: 3 and 0 + 1 * 3
    scale, shift = Variables(path).batch_norm(7, 2)
    torch.testing.assert_close(scale, torch.tensor([4.0, 3.0]))
    torch.testing.assert_close(shift, torch.tensor([-15.0, 3.0]))


def test_automatic_names() -> None:
    assert [numbered("conv2d", index) for index in (0, 1, 12)] == ["conv2d", "conv2d_1", "conv2d_12"]


def test_missing_variable_is_named(path: Path) -> None:
    with pytest.raises(UnavailableError, match="lacks dense/bias") as caught:
        Variables(path).take("dense/bias", (50,))
    assert str(path) in str(caught.value)


def test_wrong_shape_is_named(path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"gamma as torch.float32 \[2\], expected torch.float32 \[3\]"):
        Variables(path).batch_norm(7, 3)


@pytest.mark.parametrize("content", [None, b"", b"neither JSON nor tensors"])
def test_not_a_safetensors_file(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "net.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UnavailableError, match=r"net\.safetensors cannot be read"):
        Variables(path)
