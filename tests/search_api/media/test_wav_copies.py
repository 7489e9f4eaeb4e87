"""Copies as 16-bit WAV, sample by sample."""

import wave
from pathlib import Path

import numpy as np
import pytest

from polymuse.errors import BadAudioError
from search_api.media.wav_copies import write_wav_copy
from tests.helpers.audio_files import encode


def copied(source: Path) -> tuple[int, np.ndarray]:
    """Sample rate and samples [2, N] of the copy."""
    target = source.with_name("copy")
    write_wav_copy(source, target)
    with wave.open(str(target)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (2, 2)
        return file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2).T


def test_a_file_of_16_bits_is_copied_exactly(tmp_path: Path) -> None:
    # 0.25 * 32768 = 8192, -0.5 * 32768 = -16384
    samples = np.repeat(np.array([[0.25], [-0.5]], np.float32), 1000, axis=1)
    rate, copy = copied(encode(tmp_path / "a.aiff", "pcm_s16be", samples, 22_050))
    assert rate == 22_050
    np.testing.assert_array_equal(copy, np.repeat([[8192], [-16384]], 1000, axis=1))


def test_a_higher_rate_is_halved(tmp_path: Path) -> None:
    samples = np.full((2, 9600), 0.25, np.float32)
    rate, copy = copied(encode(tmp_path / "a.flac", "flac", samples, 96_000))
    assert rate == 48_000
    assert copy.shape == (2, 4800)  # nothing is held back at the end
    assert np.abs(copy[:, 500:-500] - 8192).max() <= 1  # a constant stays one, but for the ends


def test_nothing_is_written_for_what_is_not_audio(tmp_path: Path) -> None:
    (tmp_path / "a.ogg").write_bytes(b"OggS but nothing else")
    with pytest.raises(BadAudioError):
        write_wav_copy(tmp_path / "a.ogg", tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
