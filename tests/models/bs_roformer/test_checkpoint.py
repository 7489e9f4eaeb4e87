"""Files that hold the network, and files that do not."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from models.bs_roformer.checkpoint import read_checkpoint
from models.bs_roformer.config import NetworkConfig
from models.bs_roformer.network import Network
from polymuse.errors import UnavailableError
from tests.helpers.roformers import SMALL, module_of, of_the_package
from tests.helpers.signals import noise

CPU = torch.device("cpu")


def saved(folder: Path, config: NetworkConfig = SMALL) -> Path:
    path = folder / "some.ckpt"
    torch.save(module_of(config).state_dict(), path)
    return path


def test_another_expansion_factor(tmp_path: Path) -> None:
    config = replace(SMALL, mlp_expansion_factor=2, num_stems=4)
    path = saved(tmp_path, config)
    weights = read_checkpoint(path, config)
    audio = noise(1, 2, 800)
    expected = of_the_package(module_of(config), audio, config)
    torch.testing.assert_close(Network(weights, config, range(4), CPU)(audio), expected, rtol=1e-4, atol=2e-6)
    with pytest.raises(UnavailableError, match=r"some.ckpt does not fit .* has mask_estimators\.1\..*too many"):
        read_checkpoint(path, SMALL)


def test_missing_weights(tmp_path: Path) -> None:
    path = tmp_path / "some.ckpt"
    weights = module_of(SMALL).state_dict()
    del weights["final_norm.gamma"]
    torch.save(weights, path)
    with pytest.raises(UnavailableError, match=r"lacks final_norm\.gamma \(1 of"):
        read_checkpoint(path, SMALL)


def test_another_width(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"rotary_embed\.freqs is \[4\], expected \[2\]"):
        read_checkpoint(saved(tmp_path), replace(SMALL, dim_head=4))


def test_wrapped_half_precision(tmp_path: Path) -> None:
    path = tmp_path / "some.ckpt"
    weights = {name: tensor.half() for name, tensor in module_of(SMALL).state_dict().items()}
    torch.save({"state_dict": weights}, path)
    found = read_checkpoint(path, SMALL)
    assert torch.equal(found["final_norm.gamma"], weights["final_norm.gamma"].float())


def test_oldest_format(tmp_path: Path) -> None:
    path = tmp_path / "some.pth"
    weights = module_of(SMALL).state_dict()
    torch.save(weights, path, _use_new_zipfile_serialization=False)
    assert torch.equal(read_checkpoint(path, SMALL)["final_norm.gamma"], weights["final_norm.gamma"])


def test_safetensors(tmp_path: Path) -> None:
    path = tmp_path / "some.safetensors"
    weights = module_of(SMALL).state_dict()
    save_file({name: tensor.clone() for name, tensor in weights.items()}, path)
    assert torch.equal(read_checkpoint(path, SMALL)["final_norm.gamma"], weights["final_norm.gamma"])


def test_code_in_a_checkpoint_is_not_run(tmp_path: Path) -> None:
    path = tmp_path / "some.ckpt"
    torch.save({"weights": Path("/")}, path)
    with pytest.raises(UnavailableError, match=r"Cannot read .*some\.ckpt"):
        read_checkpoint(path, SMALL)


@pytest.mark.parametrize("content", [b"", b"<html>Not found</html>"])
def test_something_else(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "some.ckpt"
    path.write_bytes(content)
    with pytest.raises(UnavailableError, match=r"Cannot read .*some\.ckpt"):
        read_checkpoint(path, SMALL)


def test_a_single_tensor(tmp_path: Path) -> None:
    path = tmp_path / "some.ckpt"
    torch.save(torch.zeros(3), path)
    with pytest.raises(UnavailableError, match="not a table of weights"):
        read_checkpoint(path, SMALL)
