"""Files that hold the network, and files that do not."""

import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from zipfile import ZIP_DEFLATED, ZipFile

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


def keys(*names: str) -> dict[str, torch.Tensor]:
    return {name: torch.zeros(1) for name in names}


OTHERS = {
    "Mel-Band RoFormer": keys("mask_estimators.0.to_freqs.0.0.0.weight", "layers.0.0.norm.gamma"),
    "RoFormer with hyper-connections": keys("mask_estimators.0.to_freqs.0.0.0.weight", "layers.0.0.branch.0.weight"),
    "an HTDemucs": keys("encoder.0.conv.weight", "tencoder.0.conv.weight", "crosstransformer.norm_in.weight"),
    "a Hybrid Demucs": keys("encoder.0.conv.weight", "tencoder.0.conv.weight"),
    "an MDX23C network": keys("first_conv.weight", "encoder_blocks.0.tfc_tdf.blocks.0.weight"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_another_architecture_is_named(name: str, tmp_path: Path) -> None:
    path = tmp_path / "other.ckpt"
    torch.save({"state_dict": OTHERS[name]}, path)
    with pytest.raises(UnavailableError, match=rf"other\.ckpt seems to be .*{name}.*, not a BS-RoFormer"):
        read_checkpoint(path, SMALL)


def test_a_saved_object_names_its_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The published Demucs models are pickles of their class, which must not be imported."""
    module = ModuleType("demucs.htdemucs")
    module.HTDemucs = type("HTDemucs", (), {"__module__": "demucs.htdemucs"})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "demucs", ModuleType("demucs"))
    monkeypatch.setitem(sys.modules, "demucs.htdemucs", module)
    path = tmp_path / "955717e8.th"
    torch.save({"klass": module.HTDemucs, "state": keys("encoder.0.conv.weight")}, path)
    monkeypatch.undo()
    with pytest.raises(UnavailableError, match="seems to be an HTDemucs, not a BS-RoFormer"):
        read_checkpoint(path, SMALL)
    assert "demucs" not in sys.modules


def test_onnx_is_named(tmp_path: Path) -> None:
    path = tmp_path / "UVR_MDXNET.onnx"
    path.write_bytes(b"\x08\x07\x12\x07pytorch")
    with pytest.raises(UnavailableError, match="is an ONNX network, as those of MDX-Net are"):
        read_checkpoint(path, SMALL)


@pytest.mark.parametrize("suffix", [".ckpt", ".safetensors"])
def test_cut_off(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"some{suffix}"
    weights = {name: tensor.clone() for name, tensor in module_of(SMALL).state_dict().items()}
    save_file(weights, path) if suffix == ".safetensors" else torch.save(weights, path)
    path.write_bytes(path.read_bytes()[:-5000])
    words = "cut off: the end of the file is missing" if suffix == ".ckpt" else "incomplete metadata"
    with pytest.raises(UnavailableError, match=rf"Cannot read .*some{suffix}: .*{words}.*Fetch the checkpoint again"):
        read_checkpoint(path, SMALL)


def test_compressed(tmp_path: Path) -> None:
    """A gigabyte of zeros would fit into a megabyte."""
    saved_as, path = saved(tmp_path), tmp_path / "bomb.ckpt"
    with ZipFile(saved_as) as old, ZipFile(path, "w", ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, old.read(part))
    with pytest.raises(UnavailableError, match="it is compressed, which no checkpoint is"):
        read_checkpoint(path, SMALL)


def test_weights_that_claim_to_be_larger_than_the_file(tmp_path: Path) -> None:
    path = tmp_path / "some.ckpt"
    torch.save({"final_norm.gamma": torch.zeros(1).expand(1 << 40)}, path)  # 4 TB
    with pytest.raises(UnavailableError, match="its weights are larger than the file"):
        read_checkpoint(path, SMALL)


def test_a_configuration_of_a_much_larger_network(tmp_path: Path) -> None:
    """Building it would take minutes, even without memory for its weights."""
    large = replace(SMALL, dim=1 << 16, depth=128, time_transformer_depth=128, heads=128)
    with pytest.raises(UnavailableError, match=r"it has .* MB, and the network needs at least [\d.]+ GB"):
        read_checkpoint(saved(tmp_path), large)


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


@pytest.mark.parametrize("content", [b"OggS\0\x02" + bytes(300), b"model:\n  dim: 8\n", b""])
def test_a_file_that_is_no_checkpoint(content: bytes, tmp_path: Path) -> None:
    """What torch says of such a file advises to run what is in it."""
    path = tmp_path / "song.ogg"
    path.write_bytes(content)
    with pytest.raises(
        UnavailableError, match=r"Cannot read .*song\.ogg: it holds no weights, or is damaged\. Take"
    ) as caught:
        read_checkpoint(path, SMALL)
    assert "weights_only" not in str(caught.value)


def test_a_folder_in_place_of_a_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"Cannot read .*: Is a directory\. Give the path"):
        read_checkpoint(tmp_path, SMALL)
