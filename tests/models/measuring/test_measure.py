"""`measure` as a whole: what it says of made music, and of what is hardly music."""

import math
from concurrent.futures import ThreadPoolExecutor
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


def test_a_gain_changes_the_loudness_and_little_else() -> None:
    song = stereo(0.3 * chords("C F G C", bpm=120, seconds=30) + clicks(120, 30))
    loud, soft = measure(song, RATE), measure(np.float32(0.25) * song, RATE)

    assert loud.loudness is not None
    assert soft.loudness == pytest.approx(loud.loudness + 20 * math.log10(0.25), abs=0.02)
    assert (soft.bpm, soft.key) == (pytest.approx(loud.bpm), loud.key)
    assert soft.energy is not None
    assert loud.energy is not None
    assert soft.energy < loud.energy


def test_one_channel_alone_is_measured() -> None:
    both = stereo(clicks(100, 20))
    left = both.copy()
    left[1] = 0

    one, two = measure(left, RATE), measure(both, RATE)

    assert one.bpm == pytest.approx(two.bpm)
    assert two.loudness is not None
    assert one.loudness == pytest.approx(two.loudness - 3.01, abs=0.02)


def test_what_exceeds_full_scale_is_measured_as_it_is() -> None:
    found = measure(8 * stereo(clicks(100, 20)), RATE)

    assert_sound(found)
    assert found.true_peak is not None
    assert found.true_peak > 0


def test_drums_lend_their_tempo_and_the_other_stems_their_key() -> None:
    """The key of the mix is drowned by a loud tone that stands for badly tuned drums."""
    music, beats = chords("C F G C", bpm=120, seconds=30), clicks(120, 30)
    toms = 2 * np.sin(2 * np.pi * 185 * np.arange(len(music)) / RATE)  # F sharp
    stems = {
        "drums": stereo(beats + toms),
        "bass": stereo(0.1 * music),
        "other": stereo(music),
        "vocals": 0 * stereo(music),
    }

    assert measure(stereo(music + beats + toms), RATE, stems).key == "C"
    assert measure(stereo(music + beats + toms), RATE).key != "C"


def test_several_threads_measure_the_same() -> None:
    songs = [stereo(0.3 * chords("C F G C", bpm, 20) + clicks(bpm, 20)) for bpm in (90, 100, 110, 120)]

    with ThreadPoolExecutor(4) as threads:
        together = [*threads.map(lambda song: measure(song, RATE), songs)]

    assert together == [measure(song, RATE) for song in songs]


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
