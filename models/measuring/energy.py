"""Energy: how forceful music is, from 0 (a quiet pad) to 1 (a wall of sound). A formula, not a model."""

from collections.abc import Sequence

import numpy as np

from models.measuring.onsets import onset_strength


def energy(loudness: float | None, passages: Sequence[np.ndarray]) -> float | None:
    """The mean of two marks, each from 0 to 1: integrated loudness from -35 to -8 LUFS, and the mean onset strength
    from .2 to 2 dB a frame on a logarithmic scale.

    Args:
        loudness: integrated, LUFS; None: silence, which has no energy.
        passages: [n] float32 at RATE.
    """
    if loudness is None:
        return None
    strengths = [onset_strength(samples) for samples in passages]
    rise = float(np.mean(np.concatenate(strengths))) if any(map(len, strengths)) else 0.0
    marks = (loudness + 35) / 27, np.log10(max(rise, 1e-6) / 0.2)
    return float(np.mean(np.clip(marks, 0, 1)))
