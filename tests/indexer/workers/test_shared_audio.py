"""Decoded audio in files that two processes share."""

from pathlib import Path

import numpy as np
import pytest

from indexer.workers.shared_audio import audio_directory, decode_to_file
from models.audio.decode import decode_music
from models.audio.write import write_wav
from models.measuring import measure
from models.passages import SAMPLE_RATE
from tests.helpers.audio_files import sweep, write_noise


def test_the_samples_are_unchanged(tmp_path: Path) -> None:
    audio = decode_to_file(write_noise(tmp_path / "a.wav", 1.0, 5), tmp_path, None, 0.25)
    opened = audio.open()
    assert opened.seconds == 0.25
    assert opened.capped
    expected = np.random.default_rng(5).normal(0, 0.1, (2, SAMPLE_RATE)).astype(np.float32)[:, : SAMPLE_RATE // 4]
    np.testing.assert_array_equal(opened.samples, expected)
    audio.discard()
    assert not list(tmp_path.glob("*.npy"))


def test_what_is_measured_is_shared_as_well(tmp_path: Path) -> None:
    source = write_noise(tmp_path / "a.wav", 2.0, 5)
    assert decode_to_file(source, tmp_path, None, 10.0).measured is None
    audio = decode_to_file(source, tmp_path, None, 10.0, measures=True)
    assert audio.measured == measure(audio.open().samples, SAMPLE_RATE)
    assert audio.measuring > 0


def test_the_mean_is_shared_as_well(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", sweep(1.0, 22_050), 22_050)
    alone = decode_music(tmp_path / "a.wav", 0.5)
    audio = decode_to_file(tmp_path / "a.wav", tmp_path, None, 0.5)
    opened = audio.open()
    assert alone.mean is not None
    assert opened.mean is not None
    assert opened.mean.sample_rate == 22_050
    np.testing.assert_array_equal(opened.mean.samples, alone.mean.samples)
    np.testing.assert_array_equal(opened.samples, alone.samples)
    assert audio.nbytes == (2 * 22_050 + 11_025) * 4
    audio.discard()
    assert not list(tmp_path.glob("*.npy"))


def test_directories_of_killed_processes_are_deleted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("indexer.workers.shared_audio.IN_MEMORY", tmp_path)
    monkeypatch.setattr("indexer.workers.shared_audio.MIN_FREE_MEMORY", 0)
    left, ours = (
        tmp_path / "polymuse-audio-4194305-x",
        tmp_path / "polymuse-audio-1-x",
    )  # above the highest process id of Linux
    left.mkdir()
    ours.mkdir()
    with audio_directory() as directory:
        assert directory.parent == tmp_path
        assert not left.exists()
        assert ours.exists()
    assert not directory.exists()
