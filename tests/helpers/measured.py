"""Measurements for tests."""

from dataclasses import replace
from typing import Any

from polymuse.music import Measurements

_PLAIN = Measurements(
    bpm=120.0,
    bpm_confidence=0.8,
    bpm_other=60.0,
    first_beat=0.25,
    key="Am",
    key_confidence=0.7,
    loudness=-14.0,
    loudness_range=6.0,
    true_peak=-1.0,
    energy=0.5,
    version=1,
)


def measured(**values: Any) -> Measurements:
    """Measurements as of a plain song, but for these values."""
    return replace(_PLAIN, **values)
