"""Onset strength of clicks."""

import numpy as np

from models.measuring.excerpts import passages
from models.measuring.onsets import HOP, RATE, WINDOW, onset_strength
from tests.helpers import measured_music
from tests.helpers.measured_music import clicks, stereo


def test_the_strongest_frames_are_those_of_the_clicks() -> None:
    [passage] = passages(stereo(clicks(60, 10, first=0.5)), measured_music.RATE)

    strength = onset_strength(passage.samples)

    times = (np.flatnonzero(strength > 0.3 * strength.max()) * HOP + WINDOW / 2) / RATE
    assert np.abs((times % 1) - 0.5).max() < 0.05
    assert {*np.floor(times).astype(int)} == {*range(10)}


def test_it_does_not_depend_on_the_level() -> None:
    [passage] = passages(stereo(clicks(100, 10)), measured_music.RATE)

    np.testing.assert_allclose(
        onset_strength(passage.samples), onset_strength(np.float32(0.01) * passage.samples), rtol=1e-2, atol=1e-3
    )
