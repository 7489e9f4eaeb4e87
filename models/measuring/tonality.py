"""Key: pitch classes from spectral peaks, compared with the published profiles of all 24 keys in one ranking."""

from collections.abc import Sequence

import numpy as np

from models.measuring.excerpts import RATE
from models.measuring.key_profiles import PROFILES, rotations
from models.measuring.spectra import power_spectra
from polymuse.music import KEYS

WINDOW = 8192  # samples: .74 s, 1.35 Hz a bin
HOP = 2048
LOWEST, HIGHEST = 55.0, 2100.0  # Hz
GATE = 1e-4  # of the power of the loudest frame
SEGMENT = round(30 * RATE / HOP)  # frames
UNKNOWN = 0.03  # margin under which the key is not known


def tonality(passages: Sequence[np.ndarray]) -> tuple[str, float]:
    """The key of a track, from its parts that have pitches ([n] float32 at RATE), and how sure it is.

    "" and 0 if there is no key to be found.
    """
    found = [peaks for samples in passages for peaks in _peaks(samples)]
    total = sum(len(pitches) for pitches, _ in found)
    if not total:
        return "", 0.0
    tuning = _tuning(found)
    loudest = max(float(np.sum(weights**2)) for _, weights in found)
    chroma = np.array(
        [_chroma(pitches - tuning, weights) for pitches, weights in found if np.sum(weights**2) > GATE * loudest]
    )
    score = np.mean([_scores(chroma[start : start + SEGMENT].mean(0)) for start in range(0, len(chroma), SEGMENT)], 0)
    order = np.argsort(score)[::-1]
    margin = float(score[order[0]] - score[order[1]])
    if score[order[0]] < 0.3 or margin < UNKNOWN:
        return "", 0.0
    return KEYS[order[0]], min(1.0, 0.4 + 3 * margin)


def _peaks(samples: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each frame the pitches of its peaks in semitones above C-1 (as MIDI numbers) and their magnitudes."""
    window = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
    low, high = (int(frequency * WINDOW / RATE) for frequency in (LOWEST, HIGHEST))
    found = []
    for piece in power_spectra(samples, window, HOP):
        level = np.log(piece[:, low - 1 : high + 2] + 1e-12)
        left, middle, right = level[:, :-2], level[:, 1:-1], level[:, 2:]
        for frame in range(len(piece)):
            at = np.flatnonzero((middle[frame] > left[frame]) & (middle[frame] >= right[frame]))
            a, b, c = left[frame, at], middle[frame, at], right[frame, at]
            frequency = (low + at + 0.5 * (a - c) / (a - 2 * b + c)) * RATE / WINDOW
            keep = b > b.max(initial=-100) - 9.2  # 40 dB
            found.append((69 + 12 * np.log2(frequency[keep] / 440), np.exp(b[keep] / 2)))
    return found


def _tuning(found: Sequence[tuple[np.ndarray, np.ndarray]]) -> float:
    """How far the peaks lie above equal temperament at 440 Hz: -.5 to .5 semitones."""
    turns = sum(np.sum(weights * np.exp(2j * np.pi * pitches)) for pitches, weights in found)
    return float(np.angle(turns) / (2 * np.pi))


def _chroma(pitches: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """[12] of sum 1, from C."""
    nearest = np.round(pitches)
    near = np.cos(np.pi * (pitches - nearest)) ** 2
    chroma = np.bincount(nearest.astype(int) % 12, np.sqrt(weights) * near, 12)
    return chroma / max(float(chroma.sum()), 1e-12)


def _scores(chroma: np.ndarray) -> np.ndarray:
    """Correlation with each of KEYS, mean over the families of profiles: [24]."""
    centred = chroma - chroma.mean()
    centred = centred / max(float(np.linalg.norm(centred)), 1e-12)
    return np.mean([rotations(profile) @ centred for profile in PROFILES], axis=0)
