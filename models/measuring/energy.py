"""Energy: how forceful music is, from 0 (a quiet pad) to 1 (a wall of sound). A formula, not a model."""

from collections.abc import Sequence

import numpy as np

LOUDNESS = (-35.0, -8.0)  # LUFS: marks 0 and 1
RISE = (0.2, 2.0)  # dB a frame: marks 0 and 1, on a logarithmic scale


def energy(loudness: float | None, strengths: Sequence[np.ndarray]) -> float | None:
    """The mean of two marks from 0 to 1: integrated loudness, and the mean onset strength.

    Args:
        loudness: LUFS; None: silence, which has no energy.
        strengths: onset strength of each passage [frames], dB a frame.
    """
    if loudness is None:
        return None
    rise = float(np.mean(np.concatenate(strengths))) if any(map(len, strengths)) else 0.0
    marks = _mark(loudness, *LOUDNESS), _mark(np.log(max(rise, 1e-6)), *np.log(RISE))
    return float(np.mean(marks))


def _mark(value: float, low: float, high: float) -> float:
    return float(np.clip((value - low) / (high - low), 0, 1))
