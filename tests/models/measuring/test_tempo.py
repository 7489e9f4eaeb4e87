"""Tempo of music that is made at an exactly known one."""

import numpy as np
import pytest
import soxr

from models.audio.decode import decode
from models.measuring.excerpts import passages
from models.measuring.onsets import onset_strength
from models.measuring.tempo import NO_TEMPO, Tempo, tempo
from tests.helpers.measured_music import RATE, clicks, stereo
from tests.helpers.paths import ROOT


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


@pytest.mark.parametrize(
    ("clip", "bpm"),
    [("late_bus_rock", 138), ("warehouse_techno", 132), ("oh_susanna", 124), ("blue_lamp_quartet", 148)],
)
def test_demo_music_is_measured_to_what_it_was_played_at(clip: str, bpm: float) -> None:
    found = of(decode(ROOT / "data" / "demo" / f"{clip}.opus").samples)

    assert found.bpm == pytest.approx(bpm, rel=0.002)
    assert found.confidence > 0.5


@pytest.mark.parametrize("ratio", [0.9, 1.1])
def test_played_faster_it_is_faster(ratio: float) -> None:
    samples = decode(ROOT / "data" / "demo" / "late_bus_rock.opus").samples

    assert of(soxr.resample(samples.T, RATE * ratio, RATE).T).bpm == pytest.approx(138 * ratio, rel=0.002)


def test_where_the_mix_has_no_pulse_the_drums_have_it() -> None:
    time = np.arange(30 * RATE) / RATE
    [tone], [drums] = (
        [onset_strength(part.samples) for part in passages(stereo(music), RATE)]
        for music in (0.5 * np.sin(2 * np.pi * 440 * time), clicks(110, 30))
    )

    assert tempo([tone]) == NO_TEMPO
    assert tempo([tone], drums=drums).bpm == pytest.approx(110, rel=0.001)


def test_drums_and_mix_are_weighed_against_each_other() -> None:
    """A mix of chance has any tempo; the drums decide."""
    noise = np.random.default_rng(5).random(3000).astype(np.float32)
    [drums] = [onset_strength(part.samples) for part in passages(stereo(clicks(128, 30)), RATE)]

    assert tempo([noise], drums=drums).bpm == pytest.approx(128, rel=0.001)


def test_a_tone_without_onsets_has_no_tempo() -> None:
    time = np.arange(20 * RATE) / RATE

    assert of(stereo(0.5 * np.sin(2 * np.pi * 440 * time))) == NO_TEMPO


def test_less_than_a_second_has_no_tempo() -> None:
    assert of(stereo(clicks(120, 0.8))) == NO_TEMPO


def of(music: np.ndarray) -> Tempo:
    return tempo([onset_strength(passage.samples) for passage in passages(music, RATE)])
