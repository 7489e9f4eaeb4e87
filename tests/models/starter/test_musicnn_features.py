"""Features of passages, with the real weights."""

from pathlib import Path

import numpy as np
import pytest
import torch

from models.starter import musicnn, musicnn_features
from models.starter.musicnn_features import MusicnnFeatures
from polymuse.errors import BadAudioError
from tests.helpers.signals import noise

RATE = 16_000  # Hz, that of the networks
PATCH = musicnn.PATCH_FRAMES * musicnn.HOP  # samples


@pytest.fixture(scope="module")
def weights(starter_weights: Path) -> tuple[Path, Path]:
    return starter_weights / "musicnn_mtt.safetensors", starter_weights / "musicnn_msd.safetensors"


@pytest.fixture(scope="module")
def features(weights: tuple[Path, Path]) -> MusicnnFeatures:
    return MusicnnFeatures(*weights)


def test_are_the_means_over_patches_mtt_before_msd(features: MusicnnFeatures, weights: tuple[Path, Path]) -> None:
    passage = noise(1, 2 * PATCH)  # 2 * 187 frames, and the one on the edge, which no patch takes
    (both,) = features.extract([passage], RATE)
    assert both.patches == 2
    outputs = [musicnn.Musicnn.load(path).forward(musicnn.patches(musicnn.log_mel(passage[0]))) for path in weights]
    for found, expected in zip((both.logits, both.embedding), zip(*outputs, strict=True), strict=True):
        mean = torch.cat([values.mean(dim=0) for values in expected])
        np.testing.assert_allclose(found, mean.numpy(), atol=1e-4)


def test_passages_share_batches_and_do_not_mix(features: MusicnnFeatures, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second passage is cut over two batches."""
    monkeypatch.setattr(musicnn_features, "BATCH", 2)
    passages = [noise(1, patches * PATCH, seed=patches) for patches in (1, 2, 1)]
    together = features.extract(passages, RATE)
    assert [each.patches for each in together] == [1, 2, 1]
    (alone,) = features.extract(passages[1:2], RATE)
    np.testing.assert_allclose(together[1].logits, alone.logits, atol=1e-4)
    np.testing.assert_allclose(together[1].embedding, alone.embedding, atol=1e-4)


def test_channels_are_averaged(features: MusicnnFeatures) -> None:
    """x and -x are silence."""
    x = noise(1, PATCH)
    opposite, silent = features.extract([torch.cat([x, -x]), torch.zeros(1, PATCH)], RATE)
    np.testing.assert_allclose(opposite.logits, silent.logits, atol=1e-4)


def test_other_rates_are_resampled(features: MusicnnFeatures) -> None:
    """The same tone at 16 kHz and at 48 kHz; at 48 kHz there are three times as many samples for as many patches."""
    slow, fast = (torch.sin(2 * torch.pi * 440 * torch.arange(3.0 * rate) / rate)[None] for rate in (RATE, 3 * RATE))
    (expected,), (found,) = features.extract([slow], RATE), features.extract([fast], 3 * RATE)
    assert found.patches == expected.patches == 1
    np.testing.assert_allclose(found.logits, expected.logits, atol=0.1)


@pytest.mark.parametrize("sample", [float("nan"), float("inf")])
def test_samples_that_are_not_finite_are_refused(features: MusicnnFeatures, sample: float) -> None:
    passage = torch.zeros(1, PATCH)
    passage[0, 100] = sample
    with pytest.raises(BadAudioError, match="not finite"):
        features.extract([torch.zeros(1, PATCH), passage], RATE)
