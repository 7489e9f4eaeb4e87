"""Tempo: the period at which onsets repeat, and where the beats are.

After G. Percival and G. Tzanetakis, "Streamlined tempo estimation based on autocorrelation and cross-correlation with
pulses" (IEEE/ACM TASLP 22, 2014): onset strength, its generalised autocorrelation, the score of pulse trains, and a
vote of all windows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.measuring.excerpts import Passage
from models.measuring.onsets import FRAME_RATE, HOP, RATE, WINDOW, onset_strength

SLOWEST, FASTEST = 40.0, 240.0  # BPM
LAGS_PER_OCTAVE = 48
FRAME = round(8 * FRAME_RATE)  # frames of a window: 8 s
STEP = round(2 * FRAME_RATE)
SMOOTHING = 9  # frames: 100 ms
COMPRESSION = 0.5  # of the spectrum, in the generalised autocorrelation
USUAL, SPREAD = 115.0, 0.9  # BPM and octaves of the prior
COMB = (1, 2, 4)  # harmonics of the beat that the refinement looks at
STEADY = 0.01  # dB: onset strength that varies less is that of a tone
WEAK = 0.02  # pulse clarity under which there is no pulse


@dataclass(frozen=True, slots=True)
class Tempo:
    bpm: float | None
    confidence: float  # 0 to 1
    other: float | None  # BPM at the other metrical level
    first_beat: float | None  # seconds


NO_TEMPO = Tempo(None, 0.0, None, None)


def tempo(passages: Sequence[Passage]) -> Tempo:
    """The tempo of a track from its passages."""
    strengths = [onset_strength(passage.samples) for passage in passages]
    strengths = [_smoothed(strength) for strength in strengths if len(strength) > FRAME_RATE]
    if not strengths or max(float(strength.std()) for strength in strengths) < STEADY:
        return NO_TEMPO
    lags = 60 * FRAME_RATE / np.geomspace(FASTEST, SLOWEST, 1 + int(LAGS_PER_OCTAVE * np.log2(FASTEST / SLOWEST)))
    bpms = 60 * FRAME_RATE / lags
    curve = np.mean([_periodicity(window, lags) for strength in strengths for window in _windows(strength)], axis=0)
    score = curve * np.exp(-0.5 * (np.log2(bpms / USUAL) / SPREAD) ** 2)
    best = int(np.argmax(score))
    clarity = float(curve[best])
    if clarity < WEAK:
        return NO_TEMPO
    bpm = _refined(strengths, float(bpms[best]))
    others = [ratio * bpm for ratio in (0.5, 2.0) if SLOWEST <= ratio * bpm <= FASTEST]
    other = max(others, key=lambda each: float(np.interp(np.log(each), np.log(bpms[::-1]), score[::-1])), default=None)
    return Tempo(bpm, min(1.0, 8 * clarity), other, _first_beat(strengths[0], bpm, passages[0].start))


def _smoothed(strength: np.ndarray) -> np.ndarray:
    """Without its mean and what varies faster than some 10 Hz."""
    shape = np.hanning(SMOOTHING + 2)[1:-1]
    return np.convolve(strength - strength.mean(), shape / shape.sum(), "same")


def _windows(strength: np.ndarray) -> list[np.ndarray]:
    if len(strength) <= FRAME:
        return [strength]
    return [strength[start : start + FRAME] for start in range(0, len(strength) - FRAME + 1, STEP)]


def _periodicity(window: np.ndarray, lags: np.ndarray) -> np.ndarray:
    """Generalised autocorrelation at `lags` and their multiples, 1 at lag 0."""
    size = 2 * FRAME
    magnitude = np.abs(np.fft.rfft(window, size)) ** COMPRESSION
    correlation = np.fft.irfft(magnitude, size)[: FRAME + 1]
    if correlation[0] <= 0:
        return np.zeros(len(lags))
    correlation = correlation / correlation[0]
    at = np.arange(len(correlation))
    return np.mean([np.interp(multiple * lags, at, correlation) for multiple in (1, 2, 4)], axis=0)


def _refined(strengths: Sequence[np.ndarray], bpm: float) -> float:
    """The tempo near `bpm` whose comb of harmonics is strongest."""
    fine = bpm * np.exp(np.linspace(-0.03, 0.03, 241))
    power = np.zeros(len(fine))
    for strength in strengths:
        times = np.arange(len(strength)) / FRAME_RATE
        for harmonic in COMB:
            phases = np.exp(-2j * np.pi * harmonic * np.outer(fine / 60, times))
            power += np.abs(phases @ strength) ** 2
    best = int(np.argmax(power))
    if 0 < best < len(fine) - 1:
        left, middle, right = power[best - 1 : best + 2]
        return float(fine[best] * np.exp(0.00025 * 0.5 * (left - right) / (left - 2 * middle + right)))
    return float(fine[best])


def _first_beat(strength: np.ndarray, bpm: float, start: float) -> float:
    """Seconds of the first beat of the grid of `bpm` that fits the onsets best."""
    times = (np.arange(len(strength)) * HOP + WINDOW / 2) / RATE
    phase = np.angle(np.sum(strength * np.exp(-2j * np.pi * bpm / 60 * times)))
    period = 60 / bpm
    return start + float(-phase / (2 * np.pi) * period % period)
