"""What a BS-RoFormer costs: arithmetic and memory, from its sizes alone."""

from itertools import pairwise

from models.bs_roformer_config import NetworkConfig

FEED_FORWARD = 4  # hidden width over `dim`


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


def memory_needed(config: NetworkConfig, samples: int, batch: int, itemsize: int, masks: int | None = None) -> int:
    """Bytes that a batch of chunks needs at its worst on a GPU, weights included; `itemsize` is that of the weights.

    At the worst moment the float32 tokens and their norm lie beside the widened tokens before and after activation.
    """
    tokens = batch * (samples // config.stft_hop_length + 1) * len(config.freqs_per_bands)
    transformer = tokens * config.dim * (2 * 4 + (1 + 2 * FEED_FORWARD) * itemsize)
    spectra = 4 * tokens // len(config.freqs_per_bands) * sum(config.band_widths) * 4
    return parameters(config, masks) * itemsize + transformer + spectra


def _estimator_macs(config: NetworkConfig) -> int:
    """Weights of one stem's mask estimator."""
    hidden = config.dim * config.mlp_expansion_factor
    widths = (config.dim, *[hidden] * (config.mask_estimator_depth - 1))
    between = sum(a * b for a, b in pairwise(widths))
    return len(config.freqs_per_bands) * between + widths[-1] * 2 * sum(config.band_widths)
