"""BS-RoFormers of random weights."""

import warnings

import torch
from torch import Tensor

from models.bs_roformer.checkpoint import build_module
from models.bs_roformer.config import NetworkConfig

SMALL = NetworkConfig(
    dim=16,
    depth=1,
    stereo=True,
    time_transformer_depth=1,
    freq_transformer_depth=1,
    freqs_per_bands=(4, 4, 8, 17),
    dim_head=8,
    heads=2,
    stft_n_fft=64,
    stft_win_length=64,
    stft_hop_length=16,
)


def module_of(config: NetworkConfig) -> torch.nn.Module:
    """Seeded, with every weight away from its initial value, so that gains of norms and biases count."""
    torch.manual_seed(5)
    module = build_module(config)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if not name.endswith("freqs"):
                parameter += 0.1 * torch.randn_like(parameter)
    return module


@torch.inference_mode()
def of_the_package(module: torch.nn.Module, audio: Tensor, config: NetworkConfig) -> Tensor:
    """What the package `bs-roformer` gives: [B, masks, channels, samples], the samples being those of whole hops."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # it sets the attention kernel in an old way
        output = module(audio)
    return output if config.num_stems > 1 else output[:, None]
