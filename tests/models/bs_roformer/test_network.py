"""Our arithmetic against the package's, on networks of random sizes and weights."""

import warnings
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from models.bs_roformer.checkpoint import build_module, read_checkpoint
from models.bs_roformer.config import DEFAULT_BANDS, NetworkConfig
from models.bs_roformer.cost import flops_per_chunk, parameters
from models.bs_roformer.layers import CPU_TILE
from models.bs_roformer.network import Network
from polymuse.errors import UnavailableError
from tests.helpers.searching import examples
from tests.helpers.signals import noise

CPU = torch.device("cpu")
SMALL = NetworkConfig(
    dim=16,
    depth=1,
    stereo=True,
    time_transformer_depth=1,
    freq_transformer_depth=1,
    freqs_per_bands=(4, 4, 8, 17),
    dim_head=8,
    heads=2,
    stft_n_fft=64,
    stft_win_length=64,
    stft_hop_length=16,
)


def module_of(config: NetworkConfig) -> torch.nn.Module:
    """Seeded, with every weight away from its initial value, so that gains of norms and biases count."""
    torch.manual_seed(5)
    module = build_module(config)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if not name.endswith("freqs"):
                parameter += 0.1 * torch.randn_like(parameter)
    return module


@torch.inference_mode()
def of_the_package(module: torch.nn.Module, audio: Tensor, config: NetworkConfig) -> Tensor:
    """[B, masks, channels, samples], the samples being those of whole hops."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # it sets the attention kernel in an old way
        heard = module(audio)
    return heard if config.num_stems > 1 else heard[:, None]


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
    heard = Network(module.state_dict(), config, range(config.num_stems), CPU)(audio)
    assert heard.shape == (len(audio), config.num_stems, config.channels, audio.shape[2])
    torch.testing.assert_close(heard[..., : expected.shape[-1]], expected, rtol=1e-4, atol=2e-6)


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


def test_only_the_masks_asked_for() -> None:
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


class TestCheckpoints:
    def saved(self, folder: Path, config: NetworkConfig = SMALL) -> Path:
        path = folder / "some.ckpt"
        torch.save(module_of(config).state_dict(), path)
        return path

    def test_another_expansion_factor(self, tmp_path: Path) -> None:
        config = replace(SMALL, mlp_expansion_factor=2, num_stems=4)
        path = self.saved(tmp_path, config)
        weights = read_checkpoint(path, config)
        audio = noise(1, 2, 800)
        expected = of_the_package(module_of(config), audio, config)
        torch.testing.assert_close(Network(weights, config, range(4), CPU)(audio), expected, rtol=1e-4, atol=2e-6)
        with pytest.raises(UnavailableError, match=r"some.ckpt does not fit .* it has mask_estimators\.1\..*too many"):
            read_checkpoint(path, SMALL)

    def test_missing_weights(self, tmp_path: Path) -> None:
        path = tmp_path / "some.ckpt"
        weights = module_of(SMALL).state_dict()
        del weights["final_norm.gamma"]
        torch.save(weights, path)
        with pytest.raises(UnavailableError, match=r"lacks final_norm\.gamma \(1 of"):
            read_checkpoint(path, SMALL)

    def test_another_width(self, tmp_path: Path) -> None:
        with pytest.raises(UnavailableError, match=r"rotary_embed\.freqs is \[4\], expected \[2\]"):
            read_checkpoint(self.saved(tmp_path), replace(SMALL, dim_head=4))

    def test_wrapped_half_precision(self, tmp_path: Path) -> None:
        path = tmp_path / "some.ckpt"
        weights = {name: tensor.half() for name, tensor in module_of(SMALL).state_dict().items()}
        torch.save({"state_dict": weights}, path)
        found = read_checkpoint(path, SMALL)
        assert torch.equal(found["final_norm.gamma"], weights["final_norm.gamma"].float())

    def test_oldest_format(self, tmp_path: Path) -> None:
        path = tmp_path / "some.pth"
        weights = module_of(SMALL).state_dict()
        torch.save(weights, path, _use_new_zipfile_serialization=False)
        assert torch.equal(read_checkpoint(path, SMALL)["final_norm.gamma"], weights["final_norm.gamma"])

    def test_safetensors(self, tmp_path: Path) -> None:
        from safetensors.torch import save_file

        path = tmp_path / "some.safetensors"
        weights = module_of(SMALL).state_dict()
        save_file({name: tensor.clone() for name, tensor in weights.items()}, path)
        assert torch.equal(read_checkpoint(path, SMALL)["final_norm.gamma"], weights["final_norm.gamma"])

    def test_code_in_a_checkpoint_is_not_run(self, tmp_path: Path) -> None:
        path = tmp_path / "some.ckpt"
        torch.save({"weights": Path("/")}, path)
        with pytest.raises(UnavailableError, match=r"Cannot read .*some\.ckpt"):
            read_checkpoint(path, SMALL)

    @pytest.mark.parametrize("content", [b"", b"<html>Not found</html>"])
    def test_something_else(self, content: bytes, tmp_path: Path) -> None:
        path = tmp_path / "some.ckpt"
        path.write_bytes(content)
        with pytest.raises(UnavailableError, match=r"Cannot read .*some\.ckpt"):
            read_checkpoint(path, SMALL)

    def test_a_single_tensor(self, tmp_path: Path) -> None:
        path = tmp_path / "some.ckpt"
        torch.save(torch.zeros(3), path)
        with pytest.raises(UnavailableError, match="no table of weights"):
            read_checkpoint(path, SMALL)


class TestCost:
    VOCALS = NetworkConfig(
        dim=512, depth=12, stereo=True, time_transformer_depth=1, freq_transformer_depth=1, stft_hop_length=441
    )

    def test_arithmetic_of_the_vocal_checkpoint(self) -> None:
        # Counted over the published network by torch's FlopCounterMode: 8.696 TFLOP for 8 s.
        assert flops_per_chunk(self.VOCALS, 352_800) == pytest.approx(8.696e12, rel=1e-3)

    def test_weights_of_the_vocal_checkpoint(self) -> None:
        assert parameters(self.VOCALS) == pytest.approx(159_758_092, rel=0.01)

    def test_fewer_masks_cost_less(self) -> None:
        four = replace(self.VOCALS, num_stems=4)
        assert flops_per_chunk(four, 352_800, masks=1) == flops_per_chunk(self.VOCALS, 352_800)
