"""Key: pitch classes from spectral peaks, compared with the published profiles of all 24 keys in one ranking."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.measuring.excerpts import RATE
from models.measuring.key_profiles import rotations
from models.measuring.spectra import power_spectra
from polymuse.music import KEYS

WINDOW = 8192  # samples: .74 s, 1.35 Hz a bin; drums have no peaks in so long a window
HOP = 4096
LOWEST, HIGHEST = 55.0, 2100.0  # Hz
GATE = 1e-4  # of the power of the loudest frame
RANGE = np.log(1e-4)  # of the power of the highest peak of a frame: 40 dB
AROUND = 17  # bins: 23 Hz
PROMINENCE = 3.0  # of the logarithm of the power over its surroundings, 13 dB: noise has hardly any such peaks
COMPRESSION = 0.7  # of the magnitudes
SLOPE = 0.2  # octaves above count less, by a factor of exp(-SLOPE) each: they are mostly overtones
OVERTONES = {7: 0.5**2 + 0.5**5, 4: 0.5**4}  # semitones above a tone: what its partials 3 and 6, and 5, may have of it
SEGMENT = round(30 * RATE / HOP)  # frames
CONFIDENCE = (-0.981, 2.01, 9.38)  # constant; highest correlation, its lead; fitted by benchmarks/fit_measuring.py
WEAKEST = 0.45  # correlation under which there is no key: noise has some
UNSURE = 0.4  # confidence under which the key is not known


@dataclass(frozen=True, slots=True)
class Peaks:
    """The spectral peaks of all frames of a signal, one after the other."""

    frames: np.ndarray  # [peaks] int: the frame of each
    pitches: np.ndarray  # [peaks] float32: semitones, as MIDI counts them
    weights: np.ndarray  # [peaks] float32: magnitudes
    count: int  # of frames


def tonality(passages: Sequence[np.ndarray]) -> tuple[str, float]:
    """The key of a track, from its parts that have pitches ([n] float32 at RATE), and how sure it is.

    "" and 0 if there is no key to be found.
    """
    found = [peaks(samples) for samples in passages]
    tuning = tuning_of(found)
    segments = [segment for each in found for segment in chroma(each, tuning)]
    if not segments:
        return "", 0.0
    score = np.mean([scores(segment) for segment in segments], axis=0)
    sure = confidence(score) if score.max() > WEAKEST else 0.0
    return (KEYS[int(np.argmax(score))], sure) if sure >= UNSURE else ("", 0.0)


def evidence(score: np.ndarray) -> tuple[float, float]:
    """What the confidence depends on: the highest correlation and its lead over the second."""
    second, first = np.sort(score)[-2:]
    return float(first), float(first - second)


def confidence(score: np.ndarray) -> float:
    """How likely the best of `score` is right: a logistic function of the evidence."""
    weights = np.array(CONFIDENCE)
    return float(1 / (1 + np.exp(-(weights[0] + weights[1:] @ np.array(evidence(score))))))


def peaks(samples: np.ndarray) -> Peaks:
    """[n] float32 at RATE -> the peaks of its frames, by a parabola through the logarithms of three bins."""
    window = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
    low, high = (int(frequency * WINDOW / RATE) for frequency in (LOWEST, HIGHEST))
    parts, count = [], 0
    for piece in power_spectra(samples, window, HOP):
        level = np.log(piece[:, low - 1 : high + 2].numpy() + np.float32(1e-12))
        middle = level[:, 1:-1]
        floor = middle.max(axis=1, keepdims=True) + np.float32(RANGE)
        frames, at = np.nonzero((middle > level[:, :-2]) & (middle >= level[:, 2:]) & (middle > floor))
        kept = middle[frames, at] - _surroundings(middle)[frames, at] > PROMINENCE
        frames, at = frames[kept], at[kept]
        a, b, c = level[frames, at], level[frames, at + 1], level[frames, at + 2]
        bins = low + at + 0.5 * (a - c) / (a - 2 * b + c)
        pitches = 69 + 12 * np.log2(bins * (RATE / WINDOW / 440))
        parts.append((frames + count, pitches, np.exp(0.5 * b)))
        count += len(piece)
    if not parts:
        return Peaks(np.zeros(0, int), np.zeros(0), np.zeros(0), 0)
    frames, pitches, weights = (np.concatenate(values) for values in zip(*parts, strict=True))
    return Peaks(frames, pitches, weights, count)


def _surroundings(level: np.ndarray) -> np.ndarray:
    """[frames, bins] -> the mean of the AROUND bins about each."""
    padded = np.pad(level, ((0, 0), (AROUND // 2 + 1, AROUND // 2)), mode="edge")
    sums = np.cumsum(padded, axis=1, dtype=np.float64)
    return (sums[:, AROUND:] - sums[:, :-AROUND]) / AROUND


def tuning_of(found: Sequence[Peaks]) -> float:
    """How far the peaks lie above equal temperament at 440 Hz: -.5 to .5 semitones."""
    turns = sum(np.sum(each.weights * np.exp(2j * np.pi * each.pitches)) for each in found)
    return float(np.angle(turns) / (2 * np.pi))


def chroma(found: Peaks, tuning: float) -> list[np.ndarray]:
    """The pitch classes of each segment of half a minute: [12], from C, sum 1. Quiet frames are left out."""
    if not len(found.pitches):
        return []
    pitches = found.pitches - tuning
    nearest = np.round(pitches)
    counted = found.weights**COMPRESSION * np.exp(-SLOPE / 12 * pitches) * np.cos(np.pi * (pitches - nearest)) ** 2
    at = found.frames * 12 + nearest.astype(int) % 12
    frames = np.bincount(at, counted, found.count * 12).reshape(-1, 12)
    frames += np.sum([share * np.roll(frames, -above, axis=1) for above, share in OVERTONES.items()], axis=0)
    power = np.bincount(found.frames, found.weights**2, found.count)
    audible = (power > GATE * power.max(initial=0)) & (frames.sum(1) > 0)
    frames /= np.maximum(frames.sum(1, keepdims=True), 1e-12)
    parts = [slice(start, start + SEGMENT) for start in range(0, found.count, SEGMENT)]
    return [frames[part][audible[part]].mean(0) for part in parts if audible[part].any()]


def scores(classes: np.ndarray) -> np.ndarray:
    """Correlation with each of KEYS, mean over the families of profiles: [24]."""
    centred = classes - classes.mean()
    return ROTATIONS @ (centred / max(float(np.linalg.norm(centred)), 1e-12))


ROTATIONS = rotations()
