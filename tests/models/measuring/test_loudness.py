"""Loudness against the standard's own test signals, and against FFmpeg's filter on real music."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.ffmpeg_filter import ebur128
from models.audio.decode import decode
from models.measuring.loudness import loudness
from tests.helpers.paths import ROOT

RATE = 48_000  # Hz
CLIPS = sorted((ROOT / "data" / "demo").glob("*.opus"))


def tone(level_db: float, seconds: float, frequency: float = 1000.0) -> np.ndarray:
    """[2, n] float32: a sine of this peak in both channels."""
    time = np.arange(round(seconds * RATE)) / RATE
    wave = 10 ** (level_db / 20) * np.sin(2 * np.pi * frequency * time)
    return np.stack([wave, wave]).astype(np.float32)


class TestIntegrated:
    """The signals of EBU Tech 3341, table 1, to its tolerance of .1 LU."""

    @pytest.mark.parametrize("level", [-23.0, -33.0])
    def test_a_steady_tone_reads_its_level(self, level: float) -> None:
        assert loudness(tone(level, 20), RATE).integrated == pytest.approx(level, abs=0.1)

    def test_quiet_parts_fall_under_the_relative_gate(self) -> None:
        signal = np.hstack([tone(-36, 10), tone(-23, 60), tone(-36, 10)])

        assert loudness(signal, RATE).integrated == pytest.approx(-23, abs=0.1)

    def test_very_quiet_parts_fall_under_the_absolute_gate(self) -> None:
        parts = [tone(level, seconds) for level, seconds in ((-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10))]

        assert loudness(np.hstack(parts), RATE).integrated == pytest.approx(-23, abs=0.1)

    def test_louder_parts_count_by_their_power(self) -> None:
        signal = np.hstack([tone(-26, 20), tone(-20, 20.1), tone(-26, 20)])

        assert loudness(signal, RATE).integrated == pytest.approx(-23, abs=0.1)

    @pytest.mark.parametrize("frequency", [40.0, 100.0, 500.0, 2000.0, 10_000.0])
    def test_each_frequency_has_the_weight_of_the_filters(self, frequency: float) -> None:
        signal = tone(-20, 5, frequency)

        assert loudness(signal, RATE).integrated == pytest.approx(float(ebur128(signal, RATE)["lavfi.r128.I"]), abs=0.1)


class TestRange:
    """The signals of EBU Tech 3342, table 1, to its tolerance of 1 LU."""

    @pytest.mark.parametrize(
        ("levels", "expected"), [((-20, -30), 10), ((-20, -15), 5), ((-40, -20), 20), ((-50, -35, -20, -35, -50), 15)]
    )
    def test_steps_read_their_distance(self, levels: tuple[float, ...], expected: float) -> None:
        signal = np.hstack([tone(level, 20) for level in levels])

        assert loudness(signal, RATE).range == pytest.approx(expected, abs=1)


class TestTruePeak:
    def test_a_peak_between_samples_is_found(self) -> None:
        """A sine of a quarter of the rate, sampled at 45 degrees: no sample exceeds .7071 of its peak."""
        time = np.arange(RATE)
        wave = 0.5 * np.sin(2 * np.pi * time / 4 + np.pi / 4)

        found = loudness(np.stack([wave, wave]).astype(np.float32), RATE)

        assert found.true_peak == pytest.approx(-6.02, abs=0.2)

    def test_beyond_full_scale_is_told(self) -> None:
        assert loudness(2 * tone(0, 5), RATE).true_peak == pytest.approx(6.02, abs=0.1)


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.stem)
def test_music_reads_as_with_ffmpeg(clip: Path) -> None:
    decoded = decode(clip, sample_rate=44_100)

    found, said = loudness(decoded.samples, 44_100), ebur128(decoded.samples, 44_100)

    assert found.integrated == pytest.approx(float(said["lavfi.r128.I"]), abs=0.1)
    assert found.range == pytest.approx(float(said["lavfi.r128.LRA"]), abs=0.5)
    assert found.true_peak == pytest.approx(20 * np.log10(float(said["lavfi.r128.true_peak"])), abs=0.2)
    assert len(CLIPS) >= 12


def test_silence_has_no_loudness() -> None:
    found = loudness(np.zeros((2, 5 * RATE), np.float32), RATE)

    assert (found.integrated, found.range, found.true_peak) == (None, None, None)


def test_an_offset_is_not_loud() -> None:
    found = loudness(np.full((2, 5 * RATE), 0.5, np.float32), RATE)

    assert found.integrated is None
