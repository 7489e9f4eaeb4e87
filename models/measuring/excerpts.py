"""The parts of a track that tempo and key are read from: mono, at a low rate, no longer than two minutes in all."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import soxr

RATE = 11_025  # Hz: holds what carries pulse and harmony, at a quarter of the cost
PASSAGES = 3
PASSAGE = 40.0  # seconds


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a track."""

    start: float  # seconds in the track
    samples: np.ndarray  # [n] float32 at RATE, mean of both channels


def passages(waveform: np.ndarray, sample_rate: int) -> list[Passage]:
    """[2, N] float32 -> its beginning, middle and end; short tracks as a whole."""
    return [
        Passage(start / sample_rate, downsampled(waveform[:, start:end], sample_rate))
        for start, end in _spans(waveform.shape[1], sample_rate)
    ]


def downsampled(waveform: np.ndarray, sample_rate: int) -> np.ndarray:
    """[2, n] float32 at `sample_rate` -> [m] float32 at RATE, the mean of both channels; NaN becomes 0."""
    mono = waveform[0] + waveform[1] if waveform.shape[0] > 1 else 2 * waveform[0]
    mono *= np.float32(0.5)
    mono = np.nan_to_num(mono, copy=False, posinf=0, neginf=0)
    return soxr.resample(mono, sample_rate, RATE, "LQ")


def _spans(length: int, sample_rate: int) -> Iterator[tuple[int, int]]:
    size = round(PASSAGE * sample_rate)
    if length <= PASSAGES * size:
        yield 0, length
        return
    for n in range(PASSAGES):
        start = (length - size) * n // (PASSAGES - 1)
        yield start, start + size
