"""The network against the package's, with random sizes and weights."""

from dataclasses import replace

import torch
from hypothesis import given
from hypothesis import strategies as st

from models.bs_roformer.config import DEFAULT_BANDS, NetworkConfig
from models.bs_roformer.layers import CPU_TILE
from models.bs_roformer.network import Network
from tests.helpers.roformers import SMALL, module_of, of_the_package
from tests.helpers.searching import examples
from tests.helpers.signals import noise

CPU = torch.device("cpu")


@st.composite
def configs(draw: st.DrawFn) -> NetworkConfig:
    n_fft = draw(st.sampled_from([32, 64, 96]))
    bands, left = [], n_fft // 2 + 1
    while left > 0:
        width = min(left, draw(st.sampled_from([1, 2, 2, 5, 9])))
        count = min(left // width, draw(st.integers(1, 4)))
        bands += [width] * count
        left -= width * count
    return NetworkConfig(
        dim=draw(st.sampled_from([8, 12, 32])),
        depth=draw(st.integers(1, 2)),
        stereo=draw(st.booleans()),
        num_stems=draw(st.integers(1, 3)),
        time_transformer_depth=draw(st.integers(1, 2)),
        freq_transformer_depth=draw(st.integers(1, 2)),
        freqs_per_bands=tuple(bands),
        dim_head=draw(st.sampled_from([4, 8, 16])),
        heads=draw(st.integers(1, 3)),
        stft_n_fft=n_fft,
        stft_win_length=draw(st.sampled_from([n_fft, n_fft - 6])),
        stft_hop_length=draw(st.integers(5, n_fft // 4)),
        stft_normalized=draw(st.booleans()),
        mask_estimator_depth=draw(st.integers(1, 3)),
        mlp_expansion_factor=draw(st.integers(1, 4)),
    )


@examples(25)
@given(config=configs().filter(lambda config: len(config.freqs_per_bands) > 1), data=st.data())
def test_any_size(config: NetworkConfig, data: st.DataObject) -> None:
    module = module_of(config)
    audio = noise(data.draw(st.integers(1, 3)), config.channels, data.draw(st.integers(100, 2000)))
    expected = of_the_package(module, audio, config)
    output = Network(module.state_dict(), config, range(config.num_stems), CPU)(audio)
    assert output.shape == (len(audio), config.num_stems, config.channels, audio.shape[2])
    torch.testing.assert_close(output[..., : expected.shape[-1]], expected, rtol=1e-4, atol=2e-6)


def test_bands_of_the_published_networks() -> None:
    config = replace(SMALL, freqs_per_bands=DEFAULT_BANDS, stft_n_fft=2048, stft_win_length=2048, stft_hop_length=441)
    module = module_of(config)
    audio = noise(1, 2, 441 * 40)
    frames = 41
    assert frames * len(DEFAULT_BANDS) > 2 * CPU_TILE  # several tiles over either axis
    torch.testing.assert_close(
        Network(module.state_dict(), config, [0], CPU)(audio),
        of_the_package(module, audio, config),
        rtol=1e-4,
        atol=2e-6,
    )


def test_only_the_requested_masks() -> None:
    config = replace(SMALL, num_stems=3)
    module = module_of(config)
    audio = noise(1, 2, 800)
    everything = Network(module.state_dict(), config, [0, 1, 2], CPU)(audio)
    assert torch.equal(Network(module.state_dict(), config, [2, 0], CPU)(audio), everything[:, [2, 0]])
    assert not torch.allclose(everything[:, 2], everything[:, 0], atol=1e-4)


def test_silence_is_silent_in_every_precision() -> None:
    audio = noise(1, 2, 1600)
    audio[..., 400:1200] = 0  # whole frames of zeros, whose length norms divide by
    for dtype in (torch.float32, torch.bfloat16, torch.float16):
        network = Network(module_of(SMALL).state_dict(), SMALL, [0], CPU, dtype)
        assert network(audio).isfinite().all()
        assert not network(torch.zeros_like(audio)).any()


def test_spectra_are_those_of_real_audio() -> None:
    """Transforms on a GPU rely on it."""
    network = Network(module_of(SMALL).state_dict(), SMALL, [0], CPU)
    before = network._spectrum(noise(1, 2, 1600))
    masked = network._masked(before, network._stack(network._tokens(before)), network._estimators[0])
    assert not masked[:, :, (0, -1)].imag.any()
    assert masked[:, :, (0, -1)].real.any()
    assert masked[:, :, 1:-1].imag.all()
