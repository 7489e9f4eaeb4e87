from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.seeded_clamp3 import save_mert
from models.clamp3.checkpoint import map_mert
from models.clamp3.mert import BlockConvolution, GroupedConvolution, Mert, preprocess, windows
from models.clamp3.parameters import Parameters
from models.runtime.precision import Precision
from polymuse.errors import BadAudioError
from tests.helpers.signals import noise
from tests.models.clamp3.test_clamp3 import GOLDEN, TOLERANCE, WAVES, read_wave

RATE = 24_000


@pytest.fixture(scope="module")
def golden() -> dict[str, np.ndarray]:
    with np.load(GOLDEN / "mert.npz") as arrays:
        return dict(arrays)


@pytest.fixture(scope="module", params=["weight_g and weight_v", "parametrizations"])
def mert(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Mert:
    folder = tmp_path_factory.mktemp("mert")
    save_mert(folder, legacy=request.param != "parametrizations")
    return load(folder)


def load(folder: Path) -> Mert:
    return Mert(Parameters(map_mert(folder), torch.device("cpu"), Precision.FLOAT32))


class TestReference:
    @pytest.mark.parametrize("name", WAVES)
    def test_hidden_states(self, mert: Mert, golden: dict[str, np.ndarray], name: str) -> None:
        track = preprocess(*read_wave(name))
        states = torch.stack([mert.states(window[None])[0] for window in windows(track)], dim=1)
        np.testing.assert_allclose(states.numpy(), golden[f"{name}/layers"], rtol=0, atol=TOLERANCE)

    @pytest.mark.parametrize("name", WAVES)
    def test_rows(self, mert: Mert, golden: dict[str, np.ndarray], name: str) -> None:
        (rows,) = mert.rows([preprocess(*read_wave(name))])
        np.testing.assert_allclose(rows.numpy(), golden[f"{name}/mean"][0], rtol=0, atol=TOLERANCE)


def test_windows_of_several_tracks_do_not_mix(mert: Mert) -> None:
    tracks = [preprocess(noise(1, samples, seed=seed), RATE) for seed, samples in enumerate((150_000, 30_000, 270_000))]
    together = mert.rows(tracks)
    assert [len(rows) for rows in together] == [2, 1, 3]  # 5 s + 1.25 s; 1.25 s; twice 5 s + 1.25 s
    for track, rows in zip(tracks, together, strict=True):
        torch.testing.assert_close(mert.rows([track])[0], rows, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize(
    ("samples", "lengths"),
    [
        (24_000, [24_000]),
        (119_999, [119_999]),
        (120_000, [120_000]),
        (143_999, [120_000]),
        (144_000, [120_000, 24_000]),
        (300_000, [120_000, 120_000, 60_000]),
    ],
)
def test_windows_last_5_s_and_the_rest_at_least_1_s(samples: int, lengths: list[int]) -> None:
    track = torch.arange(float(samples))
    assert [len(window) for window in windows(track)] == lengths
    assert torch.equal(torch.cat(windows(track)), track[: sum(lengths)])  # as they are: the whole track was normalised


@pytest.mark.parametrize("frames", [1, 7, 8, 49, 374])
@pytest.mark.parametrize(("width", "taps"), [(4, 16), (6, 5)])
def test_block_products_equal_the_convolution(frames: int, width: int, taps: int) -> None:
    """The first is for GPUs."""
    kernel, bias = torch.randn(3 * width, width, taps).double(), torch.randn(3 * width).double()
    x = torch.randn(2, frames, 3 * width)
    torch.testing.assert_close(BlockConvolution(kernel, bias)(x), GroupedConvolution(kernel, bias)(x))


class TestListen:
    def test_mean_0_and_variance_1_over_the_whole_track(self) -> None:
        quiet_then_loud = torch.cat([noise(1, 120_000, seed=0), 10 * noise(1, 120_000, seed=1) + 0.3], dim=1)
        track = preprocess(quiet_then_loud, RATE)
        assert abs(float(track.mean())) < 1e-5
        assert abs(float(track.var(correction=0)) - 1) < 1e-5
        first, second = track.split(120_000)
        assert float(first.std()) < 0.2 < 1 < float(second.std())  # not each window by itself

    def test_formula(self) -> None:
        # alternating 0.1 and 0.3: mean 0.2, variance 0.01, so ±0.1 / sqrt(0.01 + 1e-7)
        track = preprocess(torch.tensor([0.1, 0.3]).repeat(12_000)[None], RATE)
        expected = 0.1 / (0.01 + 1e-7) ** 0.5
        np.testing.assert_allclose(track[:2].numpy(), [-expected, expected], atol=1e-6)

    def test_leaves_the_waveform_alone(self) -> None:
        waveform = noise(1, 24_000, seed=0)
        before = waveform.clone()
        preprocess(waveform, RATE)
        assert torch.equal(waveform, before)

    def test_silence_stays_silence(self, mert: Mert) -> None:
        track = preprocess(torch.zeros(2, 48_000), RATE)
        assert torch.equal(track, torch.zeros(48_000))
        assert torch.isfinite(mert.rows([track])[0]).all()

    @pytest.mark.parametrize("sample", [float("nan"), float("inf")])
    def test_samples_that_are_no_numbers_are_refused(self, sample: float) -> None:
        waveform = noise(1, 48_000, seed=0)
        waveform[0, 100] = sample
        with pytest.raises(BadAudioError, match="not finite"):
            preprocess(waveform, RATE)

    def test_one_sample_less_than_a_second_is_refused(self) -> None:
        assert len(preprocess(noise(1, 24_000, seed=0), RATE)) == 24_000
        with pytest.raises(BadAudioError, match="at least 1 s"):
            preprocess(noise(1, 23_999, seed=0), RATE)
