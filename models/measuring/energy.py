"""Energy: how forceful music is, from 0 (a quiet pad) to 1 (a wall of sound). A formula, not a model."""

from collections.abc import Sequence

import numpy as np

from models.measuring.onsets import FRAME_RATE

LOUDNESS = (-35.0, -8.0)  # LUFS: marks 0 and 1
RISE = (0.2, 2.0)  # dB a frame: marks 0 and 1, on a logarithmic scale
ONSETS = (0.0, 8.0)  # a second: marks 0 and 1
PROMINENT = 1.0  # dB by which an onset rises above the mean


def energy(loudness: float | None, strengths: Sequence[np.ndarray]) -> float | None:
    """The mean of three marks from 0 to 1: integrated loudness, mean spectral rise, and prominent onsets a second.

    Args:
        loudness: LUFS; None: silence, which has no energy.
        strengths: onset strength of each passage [frames], dB a frame.
    """
    if loudness is None:
        return None
    rise = float(np.mean(np.concatenate(strengths))) if any(map(len, strengths)) else 0.0
    marks = (
        _mark(loudness, *LOUDNESS),
        _mark(np.log(max(rise, 1e-6)), *np.log(RISE)),
        _mark(onsets_a_second(strengths, rise + PROMINENT), *ONSETS),
    )
    return float(np.mean(marks))


def onsets_a_second(strengths: Sequence[np.ndarray], threshold: float) -> float:
    """Local maxima of onset strength above a threshold in dB."""
    seconds = sum(map(len, strengths)) / FRAME_RATE
    count = sum(
        int(np.sum((each[1:-1] > each[:-2]) & (each[1:-1] >= each[2:]) & (each[1:-1] > threshold)))
        for each in strengths
    )
    return count / seconds if seconds else 0.0


def _mark(value: float, low: float, high: float) -> float:
    return float(np.clip((value - low) / (high - low), 0, 1))
