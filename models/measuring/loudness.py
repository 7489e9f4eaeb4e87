"""Loudness after ITU-R BS.1770-4 and EBU R128 (integrated), EBU Tech 3342 (range) and the true peak.

The power of each block is taken in the frequency domain: Parseval's sum over |X(f)|^2 |K(f)|^2 with the response K of
the standard's two filters. That costs a fifth of filtering, and differs by less than .1 LU (docs/measuring.md).
"""

from dataclasses import dataclass

import numpy as np
import soxr
import torch

BLOCK = 0.1  # seconds: the step of the gating blocks
MOMENTARY = 4  # blocks: 400 ms
SHORT_TERM = 30  # blocks: 3 s
OFFSET = -0.691  # dB, BS.1770: a 997 Hz sine of full scale in one channel reads -3.01 LUFS
ABSOLUTE_GATE = -70.0  # LUFS
RELATIVE_GATE = -10.0  # LU under the mean
RANGE_GATE = -20.0  # LU under the mean, Tech 3342
RANGE_PERCENTILES = (10.0, 95.0)
BLOCKS_AT_ONCE = 32
OVERSAMPLING = 4  # of the true peak, BS.1770 annex 2
PEAK_PIECE = 0.02  # seconds of signal that is oversampled around a high sample
PEAK_PIECES = 64
SILENCE = -150.0  # dB


@dataclass(frozen=True, slots=True)
class Loudness:
    """The loudness of a track. All None: silence."""

    integrated: float | None  # LUFS
    range: float | None  # LU
    true_peak: float | None  # dBTP
    momentary: np.ndarray  # [blocks] LUFS of each 400 ms, in steps of BLOCK


def loudness(waveform: np.ndarray, sample_rate: int) -> Loudness:
    """[2, N] float32; 1 is full scale and may be exceeded."""
    powers, peaks = _blocks(waveform, sample_rate)
    momentary = _decibels(_moving_mean(powers, MOMENTARY))
    integrated = _gated(momentary, RELATIVE_GATE)
    if integrated is None:
        return Loudness(None, None, None, momentary)
    short_term = _decibels(_moving_mean(powers, SHORT_TERM))
    return Loudness(integrated, _range(short_term), true_peak(waveform, sample_rate, peaks), momentary)


def true_peak(waveform: np.ndarray, sample_rate: int, peaks: np.ndarray) -> float | None:
    """dBTP: the highest value of the signal at OVERSAMPLING times its rate, sought around its highest samples.

    Args:
        peaks: highest absolute sample of each block [channels, blocks].
    """
    highest = float(peaks.max(initial=0.0))
    if highest <= 0:
        return None
    margin = round(PEAK_PIECE * sample_rate)
    size = round(BLOCK * sample_rate)
    order = np.argsort(peaks, axis=None)[::-1][:PEAK_PIECES]
    for channel, block in zip(*np.unravel_index(order, peaks.shape), strict=True):
        start = int(block) * size
        piece = waveform[channel, max(0, start - margin) : start + size + margin]
        dense = soxr.resample(piece, sample_rate, OVERSAMPLING * sample_rate, "HQ")
        highest = max(highest, float(np.abs(dense).max()))
    return 20 * float(np.log10(highest))


def _blocks(waveform: np.ndarray, sample_rate: int) -> tuple[np.ndarray, np.ndarray]:
    """K-weighted power of each block [blocks], summed over channels, and its peaks [channels, blocks]."""
    size = round(BLOCK * sample_rate)
    weights = torch.from_numpy(_weights(size, sample_rate))
    count = max(1, waveform.shape[1] // size)
    powers, peaks = np.zeros(count), np.zeros((waveform.shape[0], count), np.float32)
    if not waveform.shape[1]:
        return powers, peaks
    for channel, samples in enumerate(waveform):
        for start in range(0, count, BLOCKS_AT_ONCE):
            piece = samples[start * size : min(start + BLOCKS_AT_ONCE, count) * size]
            if len(piece) % size:  # a track shorter than one block
                piece = np.pad(piece, (0, size - len(piece)))
            blocks = torch.from_numpy(piece).reshape(-1, size)
            spectrum = torch.view_as_real(torch.fft.rfft(blocks, dim=1)).flatten(1)
            stop = start + len(blocks)
            powers[start:stop] += (spectrum.square_() @ weights).numpy()
            low, high = torch.aminmax(blocks, dim=1)
            peaks[channel, start:stop] = torch.maximum(high, -low).numpy()
    broken = ~np.isfinite(powers)  # a sample was no number
    powers[broken], peaks[:, broken] = 0, 0
    return powers, peaks


def _weights(size: int, sample_rate: int) -> np.ndarray:
    """What the squares of a block's spectrum, real and imaginary parts in turn, sum up to its K-weighted power with.

    [2 (size // 2 + 1)] float32.
    """
    turn = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)  # z^-1
    response = np.ones(len(turn), complex)
    for numerator, denominator in _filters(sample_rate):
        response *= np.polyval(numerator[::-1], turn) / np.polyval(denominator[::-1], turn)
    sides = np.full(len(turn), 2.0)
    sides[0] = 1.0
    if size % 2 == 0:
        sides[-1] = 1.0
    return np.repeat(np.abs(response) ** 2 * sides / size**2, 2).astype(np.float32)


def _filters(sample_rate: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Numerator and denominator of the high shelf and the high pass of BS.1770 at any rate.

    The parameters are those that give the standard's coefficients at 48 kHz through the bilinear transform.
    """
    frequency, gain, quality = 1681.974450955533, 3.999843853973347, 0.7071752369554196
    k, high = np.tan(np.pi * frequency / sample_rate), 10 ** (gain / 20)
    band = high**0.4996667741545416
    shelf = (
        np.array([high + band * k / quality + k * k, 2 * (k * k - high), high - band * k / quality + k * k]),
        np.array([1 + k / quality + k * k, 2 * (k * k - 1), 1 - k / quality + k * k]),
    )
    frequency, quality = 38.13547087602444, 0.5003270373238773
    k = np.tan(np.pi * frequency / sample_rate)
    unit = 1 + k / quality + k * k
    high_pass = np.array([1.0, -2.0, 1.0]), np.array([1.0, 2 * (k * k - 1) / unit, (1 - k / quality + k * k) / unit])
    return [shelf, high_pass]


def _moving_mean(powers: np.ndarray, length: int) -> np.ndarray:
    """Mean of each `length` consecutive values; of all of them if there are fewer."""
    length = min(length, len(powers))
    sums = np.cumsum(np.concatenate([[0.0], powers]))
    return np.maximum(sums[length:] - sums[:-length], 0.0) / length


def _decibels(powers: np.ndarray) -> np.ndarray:
    return OFFSET + 10 * np.log10(np.maximum(powers, 10 ** (SILENCE / 10)))


def _gated(levels: np.ndarray, relative: float) -> float | None:
    """Mean power, in LUFS, of the levels above both gates; None if none is above the absolute one."""
    audible = levels[levels > ABSOLUTE_GATE]
    if not len(audible):
        return None
    gate = _mean_level(audible) + relative
    return _mean_level(audible[audible > gate])


def _mean_level(levels: np.ndarray) -> float:
    return 10 * float(np.log10(np.mean(10 ** (levels / 10))))


def _range(levels: np.ndarray) -> float:
    audible = levels[levels > ABSOLUTE_GATE]
    if not len(audible):
        return 0.0
    counted = audible[audible > _mean_level(audible) + RANGE_GATE]
    low, high = np.percentile(counted, RANGE_PERCENTILES)
    return float(high - low)
