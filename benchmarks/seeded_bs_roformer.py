"""BS-RoFormer of any size with random weights: a checkpoint and its YAML file, in the published layout."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch
import yaml

from models.bs_roformer.checkpoint import build_module
from models.bs_roformer.config import NetworkConfig

SAMPLE_RATE = 44_100  # Hz
VOCALS = NetworkConfig(  # ep_317: chunks of 8 s
    dim=512, depth=12, stereo=True, time_transformer_depth=1, freq_transformer_depth=1, stft_hop_length=441
)
FOUR_STEMS = NetworkConfig(  # ep_17: chunks of 11 s
    dim=384,
    depth=8,
    stereo=True,
    num_stems=4,
    time_transformer_depth=1,
    freq_transformer_depth=1,
    stft_hop_length=441,
    mlp_expansion_factor=2,
)


def save_bs_roformer(
    folder: Path, network: NetworkConfig, seconds: int, instruments: Sequence[str], target: str | None = None
) -> tuple[Path, Path]:
    """Writes checkpoint and configuration of a network with chunks of `seconds` seconds to `folder`."""
    content = {
        "audio": {"chunk_size": seconds * SAMPLE_RATE, "sample_rate": SAMPLE_RATE},
        "model": asdict(network) | {"freqs_per_bands": list(network.freqs_per_bands)},
        "training": {"instruments": list(instruments), "target_instrument": target},
        "inference": {"num_overlap": 2},
    }
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint, config = folder / "seeded.ckpt", folder / "seeded.yaml"
    config.write_text(yaml.safe_dump(content))
    torch.manual_seed(0)
    torch.save(build_module(network).state_dict(), checkpoint)
    return checkpoint, config


def save_vocals(folder: Path, network: NetworkConfig = VOCALS) -> tuple[Path, Path]:
    """As ep_317, which has one mask: vocals."""
    return save_bs_roformer(folder, network, 8, ("vocals", "other"), "vocals")


def save_four_stems(folder: Path, network: NetworkConfig = FOUR_STEMS) -> tuple[Path, Path]:
    """As ep_17, which has four masks."""
    return save_bs_roformer(folder, network, 11, ("drums", "bass", "other", "vocals"))
