from pathlib import Path

import numpy as np
import pytest
import torch

from models.starter.musicnn import HOP, MSD_TAGS, MTT_TAGS, N_MELS, PATCH_FRAMES, SAMPLE_RATE, Musicnn, log_mel, patches
from models.starter.musicnn import mel_filters as our_mel_filters
from polymuse.errors import UnavailableError
from tests.helpers import paths

GOLDEN = np.load(paths.GOLDEN / "starter" / "musicnn.npz")  # see the README there
MODELS = ("mtt", "msd")


def chirp_and_noise() -> np.ndarray:
    """6 s at 16 kHz: a pulsating tone, a chirp from 100 Hz to 3.7 kHz, noise. [96000] float32."""
    t = np.arange(6 * SAMPLE_RATE) / SAMPLE_RATE
    tone = 0.3 * np.sin(2 * np.pi * 220 * t) * (1 + np.sin(2 * np.pi * 2 * t)) / 2
    chirp = 0.2 * np.sin(2 * np.pi * (100 * t + 300 * t * t))
    noise = 0.1 * np.random.default_rng(5).uniform(-1, 1, len(t))
    return (tone + chirp + noise).astype(np.float32)


def random_patches() -> np.ndarray:
    """[3, 187, 96] float32: two of uniform noise in the range of a log-mel spectrogram, one of silence."""
    noise = np.random.default_rng(7).uniform(0, 4, (2, PATCH_FRAMES, N_MELS)).astype(np.float32)
    return np.concatenate([noise, np.zeros((1, PATCH_FRAMES, N_MELS), np.float32)])


@pytest.fixture(scope="module", params=MODELS)
def model(request: pytest.FixtureRequest, starter_weights: Path) -> tuple[str, Musicnn]:
    return request.param, Musicnn.load(starter_weights / f"musicnn_{request.param}.safetensors")


class TestLogMel:
    def test_filters_of_librosa(self) -> None:
        np.testing.assert_allclose(our_mel_filters().numpy(), GOLDEN["mel_filters"], atol=1e-8)

    def test_spectrogram_of_librosa(self) -> None:
        spectrogram = log_mel(torch.from_numpy(chirp_and_noise()))
        assert spectrogram.shape == (376, N_MELS)  # 1 + 96000 // 256
        np.testing.assert_allclose(spectrogram[::8].numpy(), GOLDEN["log_mel_every_8th_frame"], atol=1e-4)

    def test_silence_is_zero(self) -> None:
        assert not log_mel(torch.zeros(1000)).any()  # log10(10000 * 0 + 1)

    @pytest.mark.parametrize("samples", [257, HOP * 2 - 1, HOP * 2])
    def test_number_of_frames(self, samples: int) -> None:
        assert len(log_mel(torch.zeros(samples))) == 1 + samples // 256

    @pytest.mark.parametrize("shape", [(0,), (256,), (2, 16_000)])
    def test_too_short_or_not_mono(self, shape: tuple[int, ...]) -> None:
        with pytest.raises(ValueError, match="one channel of more than 256 samples"):
            log_mel(torch.zeros(shape))


class TestPatches:
    def test_side_by_side_without_the_rest(self) -> None:
        spectrogram = torch.arange(400.0)[:, None].expand(400, N_MELS)
        cut = patches(spectrogram)
        assert cut.shape == (2, PATCH_FRAMES, N_MELS)
        assert cut[:, 0, 0].tolist() == [0, 187]
        assert cut[:, -1, 95].tolist() == [186, 373]

    def test_less_than_one_is_repeated(self) -> None:
        cut = patches(torch.arange(100.0)[:, None].expand(100, N_MELS))
        assert cut.shape == (1, PATCH_FRAMES, N_MELS)
        assert cut[0, [99, 100, 186], 0].tolist() == [99, 0, 86]


class TestNetwork:
    def test_logits_and_embedding_of_the_original(self, model: tuple[str, Musicnn]) -> None:
        name, network = model
        logits, embedding = network.forward(torch.from_numpy(random_patches()))
        np.testing.assert_allclose(logits.numpy(), GOLDEN[f"{name}_logits"][:3], atol=1e-4)
        np.testing.assert_allclose(embedding.numpy(), GOLDEN[f"{name}_embedding"][:3], atol=1e-4)

    def test_from_waveform_to_tags_of_the_original(self, model: tuple[str, Musicnn]) -> None:
        name, network = model
        logits, embedding = network.forward(patches(log_mel(torch.from_numpy(chirp_and_noise()))))
        np.testing.assert_allclose(logits.numpy(), GOLDEN[f"{name}_logits"][3:], atol=1e-3)
        np.testing.assert_allclose(embedding.numpy(), GOLDEN[f"{name}_embedding"][3:], atol=1e-3)

    def test_patches_do_not_see_each_other(self, model: tuple[str, Musicnn]) -> None:
        _, network = model
        three = torch.from_numpy(random_patches())
        logits, _ = network.forward(three)
        alone, _ = network.forward(three[1:2])
        torch.testing.assert_close(logits[1:2], alone, atol=1e-4, rtol=0)

    def test_tags_in_the_order_of_the_original(self, model: tuple[str, Musicnn]) -> None:
        name, network = model
        assert network.tags == {"mtt": MTT_TAGS, "msd": MSD_TAGS}[name]
        assert network.tags == tuple(GOLDEN[f"{name}_tags"])


class TestLoad:
    def test_name_tells_the_tags(self, tmp_path: Path) -> None:
        with pytest.raises(UnavailableError, match=r"Name it musicnn_mtt.safetensors or musicnn_msd.safetensors"):
            Musicnn.load(tmp_path / "tagger.safetensors")

    def test_another_network(self, starter_weights: Path, tmp_path: Path) -> None:
        (tmp_path / "musicnn_mtt.safetensors").symlink_to(starter_weights / "spleeter_2stems.safetensors")
        with pytest.raises(
            UnavailableError, match=r"batch_normalization/gamma as torch.float32 \[16\], expected .* \[1\]"
        ):
            Musicnn.load(tmp_path / "musicnn_mtt.safetensors")
