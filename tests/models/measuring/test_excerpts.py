"""The parts of a track that are looked at."""

import numpy as np
import pytest

from models.measuring.excerpts import PASSAGE, PASSAGES, RATE, passages


def test_a_short_track_is_taken_as_a_whole() -> None:
    [only] = passages(np.zeros((2, 60 * 44_100), np.float32), 44_100)

    assert only.start == 0
    assert len(only.samples) == pytest.approx(60 * RATE, abs=1)


def test_of_a_long_track_beginning_middle_and_end_are_taken() -> None:
    found = passages(np.zeros((2, 1000 * 8_000), np.float32), 8_000)

    assert [part.start for part in found] == [0, 480, 960]
    assert {len(part.samples) for part in found} == {round(PASSAGE * RATE)}
    assert len(found) == PASSAGES


def test_a_tone_keeps_its_frequency_and_both_channels_count() -> None:
    time = np.arange(44_100 * 2) / 44_100
    tone = np.sin(2 * np.pi * 1000 * time)

    [only] = passages(np.stack([tone, 0 * tone]).astype(np.float32), 44_100)

    middle = only.samples[RATE // 2 : RATE // 2 + RATE]
    assert np.argmax(np.abs(np.fft.rfft(middle))) == 1000
    assert np.abs(middle).max() == pytest.approx(0.5, abs=0.01)
