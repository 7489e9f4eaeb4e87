"""`measure` as a whole: what it says of made music, and of what is hardly music."""

import math
from dataclasses import fields

import numpy as np
import pytest

from models.measuring import VERSION, measure
from polymuse.music import KEYS, Measurements
from tests.helpers.measured_music import RATE, chords, clicks, stereo


def test_everything_is_measured_of_a_song() -> None:
    song = stereo(0.3 * chords("C F G C", bpm=120, seconds=60) + clicks(120, 60))

    found = measure(song, RATE)

    assert found.bpm == pytest.approx(120, rel=0.002)
    assert found.bpm_other in (pytest.approx(60, rel=0.002), pytest.approx(240, rel=0.002))
    assert found.key == "C"
    assert found.loudness is not None
    assert -40 < found.loudness < 0
    assert found.energy is not None
    assert found.version == VERSION > 0


def test_silence_has_neither_pulse_nor_key_nor_loudness() -> None:
    assert measure(np.zeros((2, 10 * RATE), np.float32), RATE) == Measurements(
        None, 0.0, None, None, "", 0.0, None, None, None, None, VERSION
    )


@pytest.mark.parametrize("length", [0, 1, 100, 4_410, RATE, 3 * RATE])
def test_any_length_is_measured(length: int) -> None:
    noise = np.random.default_rng(1).standard_normal((2, length)).astype(np.float32)

    assert_sound(measure(noise, RATE))


@pytest.mark.parametrize("rate", [8_000, 22_050, 48_000, 96_000])
def test_any_rate_is_measured(rate: int) -> None:
    noise = np.random.default_rng(1).standard_normal((2, 5 * rate)).astype(np.float32)

    assert_sound(measure(noise, rate))


def test_samples_that_are_no_numbers_and_an_offset_do_no_harm() -> None:
    broken = stereo(clicks(100, 20))
    broken[0, 1000:1100] = np.nan
    broken[1, 5000] = np.inf

    assert_sound(measure(broken, RATE))
    assert_sound(measure(np.full((2, 10 * RATE), 0.7, np.float32), RATE))


def test_the_samples_stay_as_they_are() -> None:
    song = stereo(clicks(100, 20))
    song[0, 100] = np.nan
    before = song.copy()

    measure(song, RATE)

    np.testing.assert_array_equal(song, before)


def assert_sound(found: Measurements) -> None:
    """All numbers are finite and within their ranges."""
    for field in fields(found):
        value = getattr(found, field.name)
        assert value is None or isinstance(value, str) or math.isfinite(value), field.name
    assert found.key in {"", *KEYS}
    for share in (found.bpm_confidence, found.key_confidence, found.energy or 0.0):
        assert 0 <= share <= 1
