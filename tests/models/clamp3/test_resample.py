import numpy as np
import pytest
import torch

from models.clamp3.resample import mono_24k, resample_mean
from tests.helpers import paths
from tests.helpers.reference_audio import resampled

GOLDEN = paths.GOLDEN / "clamp3" / "resampled.npz"


@pytest.fixture(scope="module")
def golden() -> dict[str, np.ndarray]:
    with np.load(GOLDEN) as arrays:
        return dict(arrays)


class TestReference:
    """Outputs of torchaudio's transforms.Resample on 16-bit stereo at 44.1 kHz, after its mean over the channels."""

    def test_the_start_is_bit_equal(self, golden: dict[str, np.ndarray]) -> None:
        stereo = torch.from_numpy(golden["head_44k"] / np.float32(32768))
        # 11,025 samples -> 6,000; the last 20 would differ because the golden signal goes on
        assert mono_24k(stereo, 44_100).shape == (6_000,)
        np.testing.assert_array_equal(mono_24k(stereo, 44_100)[:5_980], golden["head_24k"])

    def test_the_end_is_bit_equal(self, golden: dict[str, np.ndarray]) -> None:
        stereo = torch.from_numpy(golden["tail_44k"] / np.float32(32768))
        # it starts at a multiple of 147 samples, so phases agree; the first 20 lack what came before
        np.testing.assert_array_equal(mono_24k(stereo, 44_100)[20:], golden["tail_24k"])


@pytest.mark.parametrize(
    "rates", [(44_100, 24_000), (48_000, 24_000), (22_050, 24_000), (8_000, 24_000), (96_000, 16_000)]
)
@pytest.mark.parametrize("length", [1, 147, 1_000])
def test_equals_the_definition(rates: tuple[int, int], length: int) -> None:
    signal = np.random.default_rng(length).uniform(-1, 1, length).astype(np.float32)
    outputs = resample_mean(torch.from_numpy(signal)[None], *rates)
    expected = resampled(signal, *rates)
    assert outputs.dtype == torch.float32
    assert outputs.shape == expected.shape  # ceil(length * target / source)
    # The phase is rounded to float32: up to 3e-8 * 146 = 4e-6 zero crossings, in each of some 12 taps near 1
    np.testing.assert_allclose(outputs.numpy(), expected, atol=2e-5)


def test_equal_rates_change_nothing() -> None:
    signal = torch.linspace(-1, 1, 100)
    assert torch.equal(mono_24k(signal[None], 24_000), signal)


def test_mono_is_the_mean_before_resampling() -> None:
    # left and right cancel
    left = torch.linspace(-1, 1, 4_800)
    assert mono_24k(torch.stack([left, -left]), 48_000).abs().max() == 0


def test_rates_without_a_common_divisor_are_refused() -> None:
    with pytest.raises(ValueError, match="44101:24000"):
        resample_mean(torch.zeros(1, 100), 44_101, 24_000)


def test_at_the_wanted_rate_only_the_channels_are_averaged() -> None:
    assert mono_24k(torch.tensor([[1.0, 0.0], [3.0, 0.5]]), 24_000).tolist() == [2.0, 0.25]
