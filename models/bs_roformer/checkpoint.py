"""Reads BS-RoFormer checkpoints and checks them against the architecture of the package `bs-roformer`."""

import pickle
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import is_zipfile

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from models.bs_roformer.config import NetworkConfig
from polymuse.errors import UnavailableError

if TYPE_CHECKING:
    from bs_roformer import BSRoformer

WRAPPERS = ("state_dict", "state", "model_state_dict")  # keys under which training scripts keep the weights


def read_checkpoint(path: Path, config: NetworkConfig) -> Mapping[str, Tensor]:
    """The weights in `path` (torch or safetensors) in float32, memory-mapped if possible.

    They are loaded into the package's module, strictly. Raises UnavailableError if the file is missing, damaged, or of
    another network than `config`.
    """
    tensors = _tensors(path)
    with torch.device("meta"):
        module = build_module(config)
    if complaint := _misfit(tensors, module.state_dict()):
        raise UnavailableError(
            f"{path} does not fit its configuration: {complaint}", "Take the YAML file published with this checkpoint"
        )
    module.load_state_dict(tensors, strict=True, assign=True)
    return module.requires_grad_(False).state_dict()


def build_module(config: NetworkConfig) -> "BSRoformer":
    """The package's module with random weights."""
    from bs_roformer import BSRoformer  # takes seconds to import
    from bs_roformer.bs_roformer import MaskEstimator

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "A window was not provided")  # for a transform that only counts its bins
        module = BSRoformer(
            dim=config.dim,
            depth=config.depth,
            stereo=config.stereo,
            num_stems=config.num_stems,
            time_transformer_depth=config.time_transformer_depth,
            freq_transformer_depth=config.freq_transformer_depth,
            freqs_per_bands=config.freqs_per_bands,
            dim_head=config.dim_head,
            heads=config.heads,
            flash_attn=True,
            stft_n_fft=config.stft_n_fft,
            stft_hop_length=config.stft_hop_length,
            stft_win_length=config.stft_win_length,
            stft_normalized=config.stft_normalized,
            mask_estimator_depth=config.mask_estimator_depth,
        )
    # The package's constructor fixes the expansion factor at 4.
    module.mask_estimators = torch.nn.ModuleList(
        MaskEstimator(
            dim=config.dim,
            dim_inputs=config.band_widths,
            depth=config.mask_estimator_depth,
            mlp_expansion_factor=config.mlp_expansion_factor,
        )
        for _ in range(config.num_stems)
    )
    return module.eval()


def _misfit(found: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> str:
    """The first difference in names or shapes; "" if there is none."""
    if missing := sorted(expected.keys() - found.keys()):
        return f"it lacks {missing[0]} ({len(missing)} of {len(expected)} weights are missing)"
    if unknown := sorted(found.keys() - expected.keys()):
        return f"it also has {unknown[0]} ({len(unknown)} weights too many)"
    for name, tensor in expected.items():
        if found[name].shape != tensor.shape:
            return f"{name} is {list(found[name].shape)}, expected {list(tensor.shape)}"
    return ""


def _tensors(path: Path) -> Mapping[str, Tensor]:
    advice = "Fetch the checkpoint again"
    try:
        if path.suffix == ".safetensors":
            return _float32(load_file(path))
        # Files of the oldest format are not archives and cannot be mapped.
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=is_zipfile(path))
    except (OSError, SafetensorError, pickle.UnpicklingError, RuntimeError, EOFError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UnavailableError(f"Cannot read {path}: {reason}", advice) from error
    for wrapper in WRAPPERS:
        if isinstance(content, dict) and isinstance(content.get(wrapper), dict):
            content = content[wrapper]
    if not isinstance(content, dict) or not all(isinstance(value, Tensor) for value in content.values()):
        raise UnavailableError(f"{path} is not a table of weights", advice)
    return _float32(content)


def _float32(tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """The tensors in float32, whatever their dtype."""
    return {name: tensor.float() for name, tensor in tensors.items()}
