"""Cost estimates of a BS-RoFormer from its sizes: arithmetic, memory and time."""

import time
from itertools import pairwise

import torch
from torch.nn import functional

from models.bs_roformer.config import NetworkConfig

FEED_FORWARD = 4  # hidden width over `dim`
OVER_PRODUCTS = 1.5  # time of a chunk on a CPU over the time of its products, roughly


def flops_per_chunk(config: NetworkConfig, samples: int, masks: int | None = None) -> float:
    """Floating-point operations of the products of one chunk; a multiply-add counts as two."""
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
    """Number of weights in the products; norms and biases add less than 1 %."""
    inner = config.heads * config.dim_head
    layer = config.dim * (4 * inner + config.heads + 2 * FEED_FORWARD * config.dim)
    layers = config.depth * (config.time_transformer_depth + config.freq_transformer_depth)
    estimators = (config.num_stems if masks is None else masks) * _estimator_macs(config)
    return layers * layer + sum(config.band_widths) * config.dim + estimators


def bytes_per_chunk(config: NetworkConfig, samples: int, itemsize: int) -> int:
    """Peak GPU memory of each chunk of a batch, without the weights. `itemsize`: bytes of a number in products.

    At the peak, memory holds the float32 tokens, their norm, and the widened tokens before and after activation.
    """
    frames = samples // config.stft_hop_length + 1
    transformer = frames * len(config.freqs_per_bands) * config.dim * (2 * 4 + (1 + 2 * FEED_FORWARD) * itemsize)
    spectra = 4 * frames * sum(config.band_widths) * 4
    return transformer + spectra


def seconds_per_chunk(config: NetworkConfig, samples: int, masks: int, dtype: torch.dtype) -> float:
    """Estimated wall time of a chunk on this CPU, from a timed product of the most common shape."""
    rows, weight = torch.ones(2048, config.dim, dtype=dtype), torch.ones(4 * config.dim, config.dim, dtype=dtype)
    functional.linear(rows, weight)  # the first product initialises the library
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
