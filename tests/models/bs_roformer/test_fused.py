"""The layers with kernels against plain torch: on a GPU if there is one, else in Triton's interpreter."""

import importlib.util
from dataclasses import replace

import pytest
import torch

from models.bs_roformer.config import NetworkConfig
from models.bs_roformer.network import Network
from tests.helpers.roformers import SMALL, module_of
from tests.helpers.signals import noise

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("triton") is None, reason="Triton is for Linux"),
]
ON_GPU = torch.cuda.is_available()
DEVICE = torch.device("cuda" if ON_GPU else "cpu")
DTYPE = torch.float16 if ON_GPU else torch.float32  # exact in the interpreter
LOWEST_SNR = 45.0 if ON_GPU else 110.0  # dB


def snr(config: NetworkConfig, frames: int, batch: int) -> float:
    """SNR in dB of the network with the kernels, against the one without in float32."""
    from models.bs_roformer.fused import FusedStack

    weights, masks = module_of(config).state_dict(), range(config.num_stems)
    audio = noise(batch, 2, config.stft_hop_length * (frames - 1)).to(DEVICE)
    expected = Network(weights, config, masks, DEVICE)(audio)
    network = Network(weights, config, masks, DEVICE, DTYPE)
    if ON_GPU:
        assert isinstance(network._stack, FusedStack)
    else:
        network._stack = FusedStack(network._stack._layers, config.heads)
    return float(10 * torch.log10(expected.square().sum() / (expected - network(audio)).square().sum()))


@pytest.mark.parametrize(("dim_head", "heads", "dim"), [(16, 2, 16), (32, 3, 24), (64, 1, 96)])
def test_heads_and_widths(dim_head: int, heads: int, dim: int) -> None:
    config = replace(SMALL, dim_head=dim_head, heads=heads, dim=dim, time_transformer_depth=2)
    assert snr(config, frames=9, batch=2) > LOWEST_SNR


def test_more_frames_than_a_program_has_queries_and_keys() -> None:
    from models.bs_roformer.kernels import KEYS, QUERIES

    for frames in (KEYS, QUERIES + KEYS + 1):
        assert snr(replace(SMALL, dim_head=16), frames, batch=1) > LOWEST_SNR


def test_bands_of_the_published_networks() -> None:
    widths = (1,) * 62
    config = replace(SMALL, dim_head=16, freqs_per_bands=widths, stft_n_fft=122, stft_win_length=122, num_stems=2)
    assert snr(config, frames=5, batch=1) > LOWEST_SNR
