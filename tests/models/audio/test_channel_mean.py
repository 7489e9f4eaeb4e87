"""Which files have a mean of their own, and what it is."""

from pathlib import Path

import numpy as np
import pytest

from models.audio.channel_mean import rate_of_mean
from models.audio.decode import decode, decode_music
from tests.helpers.audio_files import encode, sweep


@pytest.mark.parametrize(
    ("rate", "channels", "expected"),
    [
        (8_000, 1, 8_000),
        (22_050, 2, 22_050),
        (24_000, 2, 24_000),
        (24_025, 2, None),
        (11_127, 1, None),  # a kernel for it would have 8,000 phases
        (44_100, 2, None),
        (44_100, 3, 44_100),
        (48_000, 6, 48_000),
        (192_000, 6, 44_100),  # memory is bounded
        (11_127, 6, 44_100),
    ],
)
def test_the_rate_of_the_mean(rate: int, channels: int, expected: int | None) -> None:
    assert rate_of_mean(rate, channels) == expected


def test_all_channels_count_the_same(tmp_path: Path) -> None:
    """Also the low-frequency channel, which the downmix leaves out."""
    samples = np.random.default_rng(0).normal(0, 0.2, (6, 22_050)).astype(np.float32)
    decoded = decode_music(encode(tmp_path / "a.wav", "pcm_f32le", samples, 22_050, layout="5.1"), 3600.0)
    assert decoded.mean is not None
    np.testing.assert_allclose(decoded.mean.samples[0], samples.mean(axis=0), atol=1e-7)
    assert decoded.samples.shape == (2, 44_100)


def test_it_is_cut_with_the_samples(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.wav", "pcm_f32le", sweep(3.0, 8_000, 1), 8_000, layout="mono")
    decoded = decode_music(path, 1.5)
    assert decoded.mean is not None
    assert decoded.capped
    assert (decoded.mean.samples.shape, decoded.samples.shape) == ((1, 12_000), (2, 66_150))


def test_only_where_it_is_asked_for(tmp_path: Path) -> None:
    assert decode(encode(tmp_path / "a.wav", "pcm_f32le", sweep(1.0, 8_000), 8_000)).mean is None


def test_none_where_the_rate_changes(tmp_path: Path) -> None:
    """Two MP3 files joined: 22.05 kHz, then 44.1 kHz."""
    parts = [encode(tmp_path / f"{rate}.mp3", "libmp3lame", sweep(1.0, rate), rate) for rate in (22_050, 44_100)]
    (tmp_path / "joined.mp3").write_bytes(b"".join(part.read_bytes() for part in parts))
    assert decode_music(parts[0], 3600.0).mean is not None
    assert decode_music(tmp_path / "joined.mp3", 3600.0).mean is None
