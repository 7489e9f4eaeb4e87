"""The key of chords that belong to one."""

import numpy as np
import pytest

from models.measuring.excerpts import passages
from models.measuring.tonality import tonality
from polymuse.music import MAJOR_KEYS, MINOR_KEYS
from tests.helpers.measured_music import RATE, chords, stereo

MAJOR = "C F G C Am F G C"
MINOR = "Am Dm E Am F Dm E Am"


@pytest.mark.parametrize("shift", range(12))
def test_major_in_all_twelve_keys(shift: int) -> None:
    key, confidence = of(chords(MAJOR, 120, 32, shift))

    assert key == MAJOR_KEYS[shift]
    assert 0 < confidence <= 1


@pytest.mark.parametrize("shift", range(12))
def test_minor_in_all_twelve_keys(shift: int) -> None:
    key, _ = of(chords(MINOR, 120, 32, shift))

    assert key == MINOR_KEYS[(9 + shift) % 12]


@pytest.mark.parametrize("cents", [-35, 35])
def test_an_instrument_out_of_tune_is_tuned_first(cents: int) -> None:
    key, _ = of(chords(MAJOR, 120, 32, 2 + cents / 100))

    assert key == "D"


def test_noise_has_no_key() -> None:
    assert of(np.random.default_rng(0).standard_normal(20 * RATE)) == ("", 0.0)


def of(music: np.ndarray) -> tuple[str, float]:
    return tonality([passage.samples for passage in passages(stereo(music), RATE)])
