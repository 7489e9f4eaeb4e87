"""How strongly onsets repeat at each tempo: the generalised autocorrelation and the spectrum of onset strength.

An autocorrelation has peaks at the beat and at its multiples, a spectrum at the beat and at its fractions; together
they leave the beat.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.measuring.onsets import FRAME_RATE

SLOWEST, FASTEST = 30.0, 300.0  # BPM
PER_OCTAVE = 48
BPMS = SLOWEST * 2 ** (np.arange(1 + int(PER_OCTAVE * np.log2(FASTEST / SLOWEST))) / PER_OCTAVE)
WINDOW = round(8 * FRAME_RATE)  # frames: 8 s, four beats of the slowest tempo
STEP = round(2 * FRAME_RATE)  # frames
LENGTH = 4096  # of the transforms
COMPRESSION = 0.5  # of the spectrum, in the generalised autocorrelation


@dataclass(frozen=True, slots=True)
class Periodicity:
    """Strengths at BPMS, each with 1 for the highest."""

    correlation: np.ndarray  # [tempos]
    spectrum: np.ndarray  # [tempos]
    clarity: float  # of the highest correlation, from 0 to 1: how much of the onsets repeats

    def at(self, ratio: float) -> tuple[np.ndarray, np.ndarray]:
        """Correlation and spectrum at `ratio` times BPMS; 0 beyond them."""
        return _shifted(self.correlation, ratio), _shifted(self.spectrum, ratio)


def periodicity(strengths: Sequence[np.ndarray]) -> Periodicity:
    """From the onset strength of passages [frames]: the mean over windows of 8 s. At least one must not be empty."""
    windows = np.concatenate([_windows(strength) for strength in strengths if len(strength)])
    windows = windows - windows.mean(axis=1, keepdims=True)
    correlation = _correlation(windows).mean(axis=0)
    correlation = np.maximum(correlation - np.median(correlation), 0)
    spectrum = _spectrum(windows).mean(axis=0)
    clarity = float(correlation.max())
    return Periodicity(correlation / max(clarity, 1e-9), spectrum / max(float(spectrum.max()), 1e-9), min(clarity, 1.0))


def _windows(strength: np.ndarray) -> np.ndarray:
    """[windows, WINDOW]; one that is filled up with zeros, if there is not enough."""
    if len(strength) < WINDOW:
        return np.pad(strength, (0, WINDOW - len(strength)))[None]
    return np.lib.stride_tricks.sliding_window_view(strength, WINDOW)[::STEP]


def _correlation(windows: np.ndarray) -> np.ndarray:
    """[windows, tempos], 1 at lag 0."""
    magnitude = np.abs(np.fft.rfft(windows, LENGTH)) ** COMPRESSION
    correlation = np.fft.irfft(magnitude, LENGTH)[:, : 2 * WINDOW]
    correlation = correlation / np.maximum(correlation[:, :1], 1e-9)
    return _interpolated(correlation, 60 * FRAME_RATE / BPMS)


def _spectrum(windows: np.ndarray) -> np.ndarray:
    """[windows, tempos], with a mean power of 1 over all frequencies."""
    magnitude = np.abs(np.fft.rfft(windows * np.hanning(WINDOW), LENGTH))
    magnitude = magnitude / np.maximum(np.sqrt((magnitude**2).mean(axis=1, keepdims=True)), 1e-9)
    return _interpolated(magnitude, BPMS / 60 * LENGTH / FRAME_RATE)


def _interpolated(rows: np.ndarray, at: np.ndarray) -> np.ndarray:
    left = np.floor(at).astype(int)
    share = at - left
    return rows[:, left] * (1 - share) + rows[:, left + 1] * share


def _shifted(curve: np.ndarray, ratio: float) -> np.ndarray:
    places = np.arange(len(curve))
    return np.interp(places + PER_OCTAVE * np.log2(ratio), places, curve, left=0, right=0)
