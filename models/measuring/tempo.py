"""Tempo: the beat among the periods at which onsets repeat, and where the beats are.

The scheme is that of G. Percival and G. Tzanetakis, "Streamlined tempo estimation based on autocorrelation and
cross-correlation with pulses" (IEEE/ACM TASLP 22, 2014): onset strength, its generalised autocorrelation, evidence from
multiples of the beat, all windows added up, and a linear rule for the octave. The spectrum of the onset strength stands
in for their pulse trains, and the rule ranks all tempos at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.measuring.onsets import FRAME_RATE, HOP, RATE, WINDOW
from models.measuring.periodicity import BPMS, Periodicity, periodicity
from models.measuring.tempo_rule import CONFIDENCE, RATIOS, RULE, USUAL

SLOWEST, FASTEST = 40.0, 240.0  # BPM that are found
SMOOTHING = 9  # frames: 100 ms
STEADY = 0.01  # dB: onset strength that varies less is that of a tone
SHORTEST = 3 * FRAME_RATE  # frames: two beats of the slowest tempo
NEAR = 0.04  # what is nearer counts as the same tempo
LENGTH = 1 << 16  # of the transform that refines the tempo: .0013 Hz a bin
COMB = (1, 2, 3, 4, 6, 8)  # harmonics of the beat that the refinement adds up
BINS = 60  # a beat is divided into, to find its phase
LATENCY = 0.011  # seconds by which onset strength rises before an onset: its window reaches ahead
UNSURE = 0.1  # confidence under which there is no pulse


@dataclass(frozen=True, slots=True)
class Tempo:
    bpm: float | None
    confidence: float  # 0 to 1
    other: float | None  # BPM at the other metrical level
    first_beat: float | None  # seconds


NO_TEMPO = Tempo(None, 0.0, None, None)


def tempo(strengths: Sequence[np.ndarray], start: float = 0.0, drums: np.ndarray | None = None) -> Tempo:
    """The tempo of a track from the onset strength of its passages.

    Args:
        strengths: of each passage [frames].
        start: seconds at which the first passage begins.
        drums: onset strength of the drums alone, if there are any.
    """
    strengths = [smoothed(strength) for strength in strengths]
    sources = [_usable(strengths), _usable([] if drums is None else [smoothed(drums)])]
    sources = [source for source in sources if source]
    if not sources:
        return NO_TEMPO
    found = [periodicity(source) for source in sources]
    score = np.mean([scores(each) for each in found], axis=0)
    sure = max(confidence(each, score) for each in found)
    if sure < UNSURE:
        return NO_TEMPO
    bpm = refined(sources[-1], float(BPMS[np.argmax(score)]))  # drums are the more exact
    first = _first_beat(strengths[0], bpm, start) if strengths and _usable(strengths[:1]) else None
    return Tempo(bpm, sure, _other(score, bpm), first)


def features(found: Periodicity) -> np.ndarray:
    """What the rule weighs, for each of BPMS: [tempos, 2 + 2 len(RATIOS)]."""
    octaves = np.log2(BPMS / USUAL)
    curves = [curve for ratio in RATIOS for curve in found.at(ratio)]
    return np.stack([octaves, octaves**2, *curves], axis=1)


def scores(found: Periodicity) -> np.ndarray:
    """[tempos]: logarithms, but for a constant, of how likely each of BPMS is; -inf outside of what is found."""
    inside = (BPMS >= SLOWEST) & (BPMS <= FASTEST)
    return np.where(inside, features(found) @ np.array(RULE), -np.inf)


def evidence(found: Periodicity, score: np.ndarray) -> tuple[float, float, float]:
    """What the confidence depends on: clarity, lead over any other tempo, and over those of other metres."""
    best = int(np.argmax(score))
    distance = np.log2(BPMS / BPMS[best])
    inside = np.isfinite(score)
    apart = inside & (np.abs(distance) > 2 * NEAR)
    unrelated = apart & (np.abs(np.abs(distance) - 1) > 2 * NEAR)
    lead, metre = (float(score[best] - score[which].max()) for which in (apart, unrelated))
    return found.clarity, min(lead, 5.0), min(metre, 5.0)


def confidence(found: Periodicity, score: np.ndarray) -> float:
    """How likely the best of `score` is right: a logistic function of the evidence."""
    weights = np.array(CONFIDENCE)
    return float(1 / (1 + np.exp(-(weights[0] + weights[1:] @ np.array(evidence(found, score))))))


def refined(strengths: Sequence[np.ndarray], bpm: float) -> float:
    """The tempo near `bpm` at which the spectra of the passages, added up over the harmonics of COMB, are highest."""
    fine = bpm * np.exp(np.linspace(-NEAR, NEAR, 321))
    power = np.zeros(len(fine))
    for strength in strengths:
        spectrum = np.abs(np.fft.rfft(strength * np.hanning(len(strength)), LENGTH)) ** 2
        for harmonic in COMB:
            power += np.interp(harmonic * fine / 60 * LENGTH / FRAME_RATE, np.arange(len(spectrum)), spectrum)
    best = int(np.argmax(power))
    if not 0 < best < len(fine) - 1:
        return bpm
    left, middle, right = power[best - 1 : best + 2]
    bend = left - 2 * middle + right
    shift = 0.5 * (left - right) / bend if bend else 0.0
    return float(fine[best] * (fine[1] / fine[0]) ** shift)


def smoothed(strength: np.ndarray) -> np.ndarray:
    """Without its mean and what varies faster than some 10 Hz."""
    if not len(strength):
        return strength
    shape = np.hanning(SMOOTHING + 2)[1:-1]
    return np.convolve(strength - strength.mean(), shape / shape.sum(), "same")


def _usable(strengths: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Those that are long enough; none if hardly anything happens in them."""
    long = [strength for strength in strengths if len(strength) > SHORTEST]
    return long if long and max(float(strength.std()) for strength in long) > STEADY else []


def _other(score: np.ndarray, bpm: float) -> float | None:
    """Half or double, whichever the rule likes better."""
    levels = [level for level in (bpm / 2, bpm * 2) if SLOWEST <= level <= FASTEST]
    return max(levels, key=lambda level: score[int(np.argmin(np.abs(BPMS - level)))], default=None)


def _first_beat(strength: np.ndarray, bpm: float, start: float) -> float:
    """Seconds of the first beat of the grid of `bpm` that fits the onsets best."""
    times = (np.arange(len(strength)) * HOP + WINDOW / 2) / RATE + LATENCY
    period = 60 / bpm
    bins = (times % period / period * BINS).astype(int) % BINS
    profile = np.bincount(bins, strength, BINS) / np.maximum(np.bincount(bins, minlength=BINS), 1)
    spread = np.hanning(9)[1:-1]
    profile = np.convolve(np.tile(profile, 3), spread / spread.sum(), "same")[BINS : 2 * BINS]
    phase = (int(np.argmax(profile)) + 0.5) / BINS
    return start + (0.0 if phase > 1 - 2 / BINS else phase * period)  # just before the beginning is at the beginning
