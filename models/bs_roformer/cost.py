"""What a BS-RoFormer costs: arithmetic, memory and time, from its sizes."""

import time
from itertools import pairwise

import torch
from torch.nn import functional

from models.bs_roformer.config import NetworkConfig

FEED_FORWARD = 4  # hidden width over `dim`
OVER_PRODUCTS = 1.5  # time of a chunk on a CPU over that of its products alone, about


def flops_per_chunk(config: NetworkConfig, samples: int, masks: int | None = None) -> float:
    """Floating-point operations of the products of one chunk, a multiplication and an addition counting as two."""
    frames, bands = samples // config.stft_hop_length + 1, len(config.freqs_per_bands)
    tokens = frames * bands
    inner = config.heads * config.dim_head
    linear = 4 * config.dim * inner + config.dim * config.heads + 2 * FEED_FORWARD * config.dim**2
    over_time = config.depth * config.time_transformer_depth * tokens * (linear + 2 * frames * inner)
    over_bands = config.depth * config.freq_transformer_depth * tokens * (linear + 2 * bands * inner)
    split = frames * sum(config.band_widths) * config.dim
    estimators = (config.num_stems if masks is None else masks) * frames * _estimator_macs(config)
    return 2.0 * (over_time + over_bands + split + estimators)


def parameters(config: NetworkConfig, masks: int | None = None) -> int:
    """Weights of the products; norms and biases are below a hundredth of them."""
    inner = config.heads * config.dim_head
    layer = config.dim * (4 * inner + config.heads + 2 * FEED_FORWARD * config.dim)
    layers = config.depth * (config.time_transformer_depth + config.freq_transformer_depth)
    estimators = (config.num_stems if masks is None else masks) * _estimator_macs(config)
    return layers * layer + sum(config.band_widths) * config.dim + estimators


def bytes_per_chunk(config: NetworkConfig, samples: int, itemsize: int) -> int:
    """What each chunk of a batch needs at its worst on a GPU, besides the weights, whose numbers take `itemsize`.

    At the worst moment the float32 tokens and their norm lie beside the widened tokens before and after activation.
    """
    frames = samples // config.stft_hop_length + 1
    transformer = frames * len(config.freqs_per_bands) * config.dim * (2 * 4 + (1 + 2 * FEED_FORWARD) * itemsize)
    spectra = 4 * frames * sum(config.band_widths) * 4
    return transformer + spectra


def seconds_per_chunk(config: NetworkConfig, samples: int, masks: int, dtype: torch.dtype) -> float:
    """Estimate of the wall time of a chunk on this CPU, from how fast it multiplies matrices of the commonest shape."""
    rows, weight = torch.ones(2048, config.dim, dtype=dtype), torch.ones(4 * config.dim, config.dim, dtype=dtype)
    functional.linear(rows, weight)  # the first product prepares the library
    begun = time.perf_counter()
    functional.linear(rows, weight)
    rate = 2 * rows.numel() * len(weight) / (time.perf_counter() - begun)
    return OVER_PRODUCTS * flops_per_chunk(config, samples, masks) / rate


def _estimator_macs(config: NetworkConfig) -> int:
    """Weights of one stem's mask estimator."""
    hidden = config.dim * config.mlp_expansion_factor
    widths = (config.dim, *[hidden] * (config.mask_estimator_depth - 1))
    between = sum(a * b for a, b in pairwise(widths))
    return len(config.freqs_per_bands) * between + widths[-1] * 2 * sum(config.band_widths)
