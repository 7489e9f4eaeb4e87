"""Where pulses of one period have their peaks."""

import numpy as np
import pytest

from models.measuring.onsets import FRAME_RATE
from models.measuring.periodicity import BPMS, periodicity


@pytest.mark.parametrize("bpm", [75.0, 120.0, 166.0])
def test_pulses_peak_at_their_tempo_in_both_curves(bpm: float) -> None:
    times = np.arange(round(30 * FRAME_RATE)) / FRAME_RATE
    found = periodicity([np.maximum(np.cos(2 * np.pi * bpm / 60 * times), 0) ** 8])

    near = np.abs(np.log2(BPMS / bpm)) < 0.05
    assert found.correlation[near].max() > 0.9
    assert found.spectrum[near].max() > 0.9
    between = np.abs(np.log2(BPMS / bpm) - 0.5) < 0.1
    assert found.correlation[between].max() < 0.2
    assert found.spectrum[between].max() < 0.2


def test_curves_are_looked_up_at_ratios() -> None:
    found = periodicity([np.random.default_rng(0).random(2000)])

    half, _ = found.at(0.5)

    at_120, at_60 = (int(np.argmin(np.abs(BPMS - bpm))) for bpm in (120, 60))
    assert half[at_120] == pytest.approx(found.correlation[at_60], abs=1e-6)


def test_noise_is_less_clear_than_pulses() -> None:
    chance = np.random.default_rng(0)
    pulses = np.tile(np.eye(1, 43)[0], 60)

    assert periodicity([pulses]).clarity > 3 * periodicity([chance.random(len(pulses))]).clarity
