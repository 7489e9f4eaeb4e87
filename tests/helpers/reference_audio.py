"""How the official pipeline of CLaMP 3 gets from samples to mono at 24 kHz, by its formula, in float64."""

import math

import numpy as np

BLOCK = 500  # outputs computed at once
ZERO_CROSSINGS = 6


def resampled(signal: np.ndarray, source_rate: int, target_rate: int) -> np.ndarray:
    """Output n, at time n / target_rate, as a windowed sum over all input samples [N], in float64.

    h(s) = 0.99 r / R * cos(pi t / 12)^2 * sinc(t), t = 0.99 r s, |t| <= 6, for s seconds between input and output,
    r the lower and R the source rate.
    """
    cut_off = 0.99 * min(source_rate, target_rate)
    reach = math.ceil(ZERO_CROSSINGS / cut_off * source_rate) + 1  # samples
    count = math.ceil(len(signal) * target_rate / source_rate)
    outputs = np.empty(count)
    for start in range(0, count, BLOCK):
        times = np.arange(start, min(start + BLOCK, count)) / target_rate
        first = max(0, math.floor(times[0] * source_rate) - reach)
        near = np.arange(first, min(len(signal), math.ceil(times[-1] * source_rate) + reach))
        t = (near / source_rate - times[:, None]) * cut_off
        weights = cut_off / source_rate * np.cos(np.pi * t / 12) ** 2 * np.sinc(t) * (np.abs(t) <= ZERO_CROSSINGS)
        outputs[start : start + len(times)] = weights @ signal[near]
    return outputs


def official_mono(samples: np.ndarray, rate: int) -> np.ndarray:
    """[C, N] -> [1, M] float32 at 24 kHz: the mean of all channels, resampled unless it has that rate."""
    mean = samples.mean(axis=0, dtype=np.float64)
    return (mean if rate == 24_000 else resampled(mean, rate, 24_000)).astype(np.float32)[None]
