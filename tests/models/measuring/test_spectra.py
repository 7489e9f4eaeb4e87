"""Power spectra against NumPy's transform of each frame."""

import numpy as np
import torch

from models.measuring.spectra import FRAMES, power_spectra


def test_each_frame_is_the_power_of_its_transform() -> None:
    signal = np.random.default_rng(0).standard_normal(16 * (FRAMES + 40)).astype(np.float32)
    window = np.hanning(64).astype(np.float32)

    found = torch.cat([*power_spectra(signal, window, 16)])

    starts = range(0, len(signal) - 63, 16)
    expected = [np.abs(np.fft.rfft(signal[start : start + 64] * window)) ** 2 for start in starts]
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


def test_less_than_a_window_gives_nothing() -> None:
    assert [*power_spectra(np.zeros(63, np.float32), np.ones(64, np.float32), 16)] == []
