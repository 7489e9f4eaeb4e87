"""Energy rises with what makes music forceful."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from models.audio.decode import decode
from models.measuring import measure
from models.measuring.energy import energy, onsets_a_second
from tests.helpers.paths import ROOT


def test_silence_has_none() -> None:
    assert energy(None, [np.zeros(1000, np.float32)]) is None


def test_louder_music_has_more() -> None:
    strengths = [np.full(1000, 0.8, np.float32)]

    marks = [energy(loudness, strengths) for loudness in (-40.0, -30.0, -20.0, -10.0, 0.0)]

    assert all(a is not None and b is not None and a <= b for a, b in pairwise(marks))
    assert marks[0] != marks[-1]


def test_music_with_stronger_onsets_has_more() -> None:
    marks = [energy(-14, [np.full(1000, rise, np.float32)]) for rise in (0.1, 0.4, 0.8, 1.6)]

    assert all(a is not None and b is not None and a < b for a, b in pairwise(marks))


def test_denser_music_has_more() -> None:
    """The mean rise is the same: what becomes denser becomes weaker."""
    marks = [energy(-14, [np.tile(np.eye(1, gap, 1)[0] * gap * 0.3, 960 // gap)]) for gap in (96, 48, 24)]

    assert all(a is not None and b is not None and a < b for a, b in pairwise(marks))


def test_onsets_are_counted() -> None:
    """100 maxima in 1000 frames of 11.6 ms."""
    strength = np.tile(np.eye(1, 10, 5)[0], 100)

    assert onsets_a_second([strength], 0.5) == pytest.approx(100 / (1000 * 128 / 11_025))
    assert onsets_a_second([strength], 1.5) == 0
    assert onsets_a_second([], 0.5) == 0


def test_metal_has_more_than_a_pad() -> None:
    assert _of("iron_gate_metal") > _of("drift_ambient")


def _of(name: str) -> float:
    found = measure(decode(Path(ROOT / "data" / "demo" / f"{name}.opus")).samples, 44_100).energy
    assert found is not None
    return found
