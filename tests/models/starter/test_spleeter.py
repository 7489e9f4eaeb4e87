from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from models.starter.spleeter import SAMPLE_RATE, Spleeter
from polymuse.errors import UnavailableError
from tests.helpers import paths

GOLDEN = np.load(paths.GOLDEN / "starter" / "spleeter.npz")  # see the README there
WINDOW = 256  # samples


def song() -> np.ndarray:
    """13 s at 44.1 kHz, an odd number of samples: a voice with vibrato and formant, chords, hits. [573163, 2] float32.

    Longer than the networks' patch of 11.9 s, so that it takes two, the second of them mostly padding.
    """
    n = 13 * SAMPLE_RATE - 137
    t = np.arange(n) / SAMPLE_RATE
    pitch = 220 * 2 ** (np.floor(t * 2) % 5 / 12) * (1 + 0.01 * np.sin(2 * np.pi * 5.5 * t))
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
    harmonics = sum(np.sin(k * phase) / k * np.exp(-(((k * 220 - 700) / 900) ** 2)) for k in range(1, 16))
    voice = harmonics * (np.sin(2 * np.pi * t) > -0.3)
    chords = sum(np.sin(2 * np.pi * hz * t) for hz in (130.8, 164.8, 196.0, 261.6)) * np.exp(-(t % 0.5) * 4)
    hits = np.random.default_rng(11).uniform(-1, 1, n) * np.exp(-(t % 0.25) * 40)
    left = 0.3 * voice + 0.12 * chords + 0.1 * hits
    right = 0.28 * voice + 0.15 * np.roll(chords, 300) + 0.08 * np.roll(hits, 77)
    return np.stack([left, right], axis=1).astype(np.float32)


def signal_to_difference(reference: Tensor, other: Tensor) -> float:
    """In dB."""
    return float(10 * torch.log10(reference.square().sum() / (reference - other).square().sum()))


@pytest.fixture(scope="module")
def spleeter(starter_weights: Path) -> Spleeter:
    return Spleeter.load(starter_weights / "spleeter_2stems.safetensors")


@pytest.mark.parametrize(("stem", "original"), [("vocals", "vocals"), ("instrumental", "accompaniment")])
def test_stems_of_the_original(song_stems: dict[str, Tensor], stem: str, original: str) -> None:
    windows = song_stems[stem].unfold(1, WINDOW, 1)[:, GOLDEN["starts"]]  # [2, windows, samples]
    # Rounding differs between the two Fourier transforms: 120 dB measured.
    assert signal_to_difference(torch.from_numpy(GOLDEN[original]), windows) > 90


@pytest.fixture(scope="module")
def song_stems(spleeter: Spleeter) -> dict[str, Tensor]:
    return spleeter.separate(torch.from_numpy(song().T.copy()))


def test_fingerprint_follows_the_weights(spleeter: Spleeter, starter_weights: Path, tmp_path: Path) -> None:
    path = starter_weights / "spleeter_2stems.safetensors"
    assert Spleeter.load(path).fingerprint == spleeter.fingerprint
    damaged = tmp_path / path.name
    damaged.write_bytes(path.read_bytes()[:-1] + b"\x01")  # the last byte of the last variable
    assert Spleeter.load(damaged).fingerprint != spleeter.fingerprint


def test_another_network(starter_weights: Path) -> None:
    with pytest.raises(UnavailableError, match=r"musicnn_mtt.safetensors has conv2d/kernel as .* \[7, 38, 1, 204\]"):
        Spleeter.load(starter_weights / "musicnn_mtt.safetensors")
