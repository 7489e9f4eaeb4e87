"""The key of chords that belong to one."""

import numpy as np
import pytest
import soxr

from models.audio.decode import decode
from models.measuring.excerpts import passages
from models.measuring.tonality import tonality
from polymuse.music import MAJOR_KEYS, MINOR_KEYS
from tests.helpers.measured_music import RATE, chords, clicks, stereo
from tests.helpers.paths import ROOT

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


@pytest.mark.parametrize(
    ("clip", "key"), [("satie_gymnopedie", "D"), ("petzold_minuet", "G"), ("oh_susanna", "G"), ("café_valse", "Am")]
)
def test_demo_music_is_in_its_key(clip: str, key: str) -> None:
    samples = decode(ROOT / "data" / "demo" / f"{clip}.opus").samples

    assert tonality([passage.samples for passage in passages(samples, RATE)])[0] == key


def test_three_semitones_higher_the_key_is_three_higher() -> None:
    samples = decode(ROOT / "data" / "demo" / "petzold_minuet.opus").samples
    higher = soxr.resample(samples.T, RATE * 2 ** (3 / 12), RATE).T

    assert tonality([passage.samples for passage in passages(higher, RATE)])[0] == "Bb"


def test_drums_do_not_change_the_key() -> None:
    music = chords(MINOR, 120, 32)

    assert of(music + 0.5 * clicks(120, 32))[0] == of(music)[0] == "Am"


def test_noise_has_no_key() -> None:
    assert of(np.random.default_rng(0).standard_normal(20 * RATE)) == ("", 0.0)


def of(music: np.ndarray) -> tuple[str, float]:
    return tonality([passage.samples for passage in passages(stereo(music), RATE)])
