"""Tempo of music that is made at an exactly known one."""

import numpy as np
import pytest

from models.measuring.excerpts import passages
from models.measuring.onsets import onset_strength
from models.measuring.tempo import NO_TEMPO, Tempo, tempo
from tests.helpers.measured_music import RATE, clicks, stereo


@pytest.mark.parametrize("bpm", [72.0, 93.3, 120.0, 128.5, 151.7])
def test_steady_music_is_measured_to_a_tenth_of_a_percent(bpm: float) -> None:
    found = of(stereo(clicks(bpm, 60)))

    assert found.bpm == pytest.approx(bpm, rel=0.001)
    assert found.other in (pytest.approx(bpm / 2, rel=0.001), pytest.approx(bpm * 2, rel=0.001))


@pytest.mark.parametrize("first", [0.0, 0.13, 0.31])
def test_the_first_beat_is_where_the_first_click_is(first: float) -> None:
    found = of(stereo(clicks(120, 30, first=first)))

    assert found.first_beat is not None
    assert (found.first_beat - first + 0.25) % 0.5 - 0.25 == pytest.approx(0, abs=0.03)


def test_a_tone_without_onsets_has_no_tempo() -> None:
    time = np.arange(20 * RATE) / RATE

    assert of(stereo(0.5 * np.sin(2 * np.pi * 440 * time))) == NO_TEMPO


def test_less_than_a_second_has_no_tempo() -> None:
    assert of(stereo(clicks(120, 0.8))) == NO_TEMPO


def of(music: np.ndarray) -> Tempo:
    return tempo([onset_strength(passage.samples) for passage in passages(music, RATE)])
