"""Reads BS-RoFormer checkpoints and checks them against the architecture of the package `bs-roformer`."""

import pickle
import re
import struct
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZIP_STORED, BadZipFile, ZipFile

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from models.bs_roformer.config import NetworkConfig
from models.bs_roformer.cost import parameters
from models.bs_roformer.other_architectures import architecture_of_class, architecture_of_weights
from models.weights.manifest import megabytes
from models.weights.reading_fault import NO_WEIGHTS, reading_fault
from polymuse.errors import UnavailableError
from polymuse.paths import printable
from polymuse.text import for_terminal

if TYPE_CHECKING:
    from bs_roformer import BSRoformer

SMALLEST = 2  # bytes of a weight in half precision
PUBLISHED = "Take a BS-RoFormer checkpoint, with the YAML file published with it"
AGAIN = "Fetch the checkpoint again"
# What torch raises for damaged files and for pickles that somebody has made up.
UNREADABLE = (
    OSError, SafetensorError, pickle.UnpicklingError, RuntimeError, EOFError, BadZipFile, ValueError, TypeError,
    LookupError, AttributeError, AssertionError, MemoryError, struct.error,
)  # fmt: skip
WRAPPERS = ("state_dict", "state", "model_state_dict")  # keys under which training scripts keep the weights


def read_checkpoint(path: Path, config: NetworkConfig) -> Mapping[str, Tensor]:
    """The weights in `path` (torch or safetensors) in float32, memory-mapped if possible.

    They are loaded into the package's module, strictly. Nothing is run from the file, and what it announces is compared
    with its size before memory is taken. Raises UnavailableError if it is missing, damaged, or of another network than
    `config`, which the message names if it can.
    """
    tensors = _tensors(path)
    shown = printable(path)
    if other := architecture_of_weights(tensors.keys()):
        raise UnavailableError(f"{shown} seems to be {other}, not a BS-RoFormer", PUBLISHED)
    needed = parameters(config) * SMALLEST
    if needed > (size := path.stat().st_size):
        raise UnavailableError(
            f"{shown} does not fit its configuration: it has {megabytes(size)}, and the network needs at least "
            f"{megabytes(needed)}",
            "Take the YAML file published with this checkpoint, or fetch the checkpoint again",
        )
    with torch.device("meta"):
        module = build_module(config)
    if complaint := _misfit(tensors, module.state_dict()):
        raise UnavailableError(
            f"{shown} does not fit its configuration: {complaint}", "Take the YAML file published with this checkpoint"
        )
    module.load_state_dict({name: tensor.float() for name, tensor in tensors.items()}, strict=True, assign=True)
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
    """The weights as the file has them, mapped into memory rather than read where that is possible."""
    shown = printable(path)
    if path.suffix.lower() == ".onnx":
        raise UnavailableError(f"{shown} is an ONNX network, as those of MDX-Net are, not a BS-RoFormer", PUBLISHED)
    try:
        if path.suffix == ".safetensors":
            content = load_file(path)
        else:
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=_is_archive(path))
    except UNREADABLE as error:
        raise _unreadable(shown, error) from error
    for wrapper in WRAPPERS:
        if isinstance(content, dict) and isinstance(content.get(wrapper), dict):
            content = content[wrapper]
    if not isinstance(content, dict) or not all(
        isinstance(name, str) and isinstance(value, Tensor) for name, value in content.items()
    ):
        raise UnavailableError(f"{shown} is not a table of weights", AGAIN)
    # A tensor may claim to be larger than what it is stored in. A few small ones are shared.
    if sum(value.numel() * value.element_size() for value in content.values()) > 2 * path.stat().st_size:
        raise UnavailableError(f"{shown} is damaged: its weights are larger than the file", AGAIN)
    return content


def _unreadable(shown: str, error: Exception) -> UnavailableError:
    reason = reading_fault(error)
    if found := re.search(r"Unsupported (?:global|class): (?:GLOBAL )?([\w.]+)", str(error)):
        if other := architecture_of_class(found[1]):
            return UnavailableError(f"{shown} seems to be {other}, not a BS-RoFormer", PUBLISHED)
        reason = f"it contains an object of the class {found[1]}, and only weights are read"
    elif reason == NO_WEIGHTS:
        return UnavailableError(f"Cannot read {shown}: {reason}", f"{PUBLISHED}, or fetch it again")
    elif isinstance(error, OSError):
        return UnavailableError(f"Cannot read {shown}: {reason}", "Give the path of the checkpoint's file")
    return UnavailableError(f"Cannot read {shown}: {for_terminal(reason[:200])}", AGAIN)


def _is_archive(path: Path) -> bool:
    """Whether a file of torch is an archive, which can be mapped; those of the oldest format are not.

    Raises ValueError for an archive that is cut off or would take more memory than disk.
    """
    with path.open("rb") as file:
        if file.read(2) != b"PK":
            return False
    try:
        with ZipFile(path) as archive:
            parts = archive.infolist()
    except BadZipFile as error:
        raise ValueError("it is cut off: the end of the file is missing") from error
    if any(part.compress_type != ZIP_STORED for part in parts):
        raise ValueError("it is compressed, which no checkpoint is")
    return True
