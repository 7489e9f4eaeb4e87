"""Inference of BS-RoFormer (Lu et al., 2023): the arithmetic of the package `bs-roformer`, arranged for speed.

Tokens are [frames, batch, bands, dim], so attention over frames and over bands needs no transposition. Weights are
prepared once: gates join the projection to queries, keys and values, gains of norms are folded into the next product,
and bands of equal width share a product. Norms, rotary angles, transforms and masks are always float32; products and
attention have the chosen precision. Tokens are float32, or have that precision with `models.bs_roformer.fused`.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

from models.bs_roformer.config import NetworkConfig
from models.bs_roformer.layers import BANDS, FRAMES, Layer, Stack, normalised
from models.runtime.device import is_out_of_memory

if TYPE_CHECKING:
    from models.bs_roformer.fused import FusedStack

log = logging.getLogger(__name__)

ALIGNED = 8  # row lengths are multiples of this: attention on a GPU reads aligned blocks of 16 bytes


class Network:
    """A BS-RoFormer with a copy of the weights, on one device and in one precision."""

    def __init__(
        self,
        weights: Mapping[str, Tensor],
        config: NetworkConfig,
        masks: Sequence[int],
        device: torch.device,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        """`weights`: the state dict of the package's module; `masks`: indices of the mask estimators to run."""
        prepare = _Preparation(weights, config, device, dtype)
        runs = _runs(config.band_widths)
        depths = (config.time_transformer_depth, config.freq_transformer_depth)
        self._config = config
        self._window = torch.hann_window(config.stft_win_length, device=device)
        self._split = [prepare.split(run) for run in runs]
        layers = [
            (axis, prepare.layer(f"layers.{pair}.{axis}.layers.{index}"))
            for pair in range(config.depth)
            for axis in (FRAMES, BANDS)
            for index in range(depths[axis])
        ]
        self._stack = _fused_stack(layers, config) or Stack(layers, config.heads)
        self._estimators = [[prepare.estimator(run, mask) for run in runs] for mask in masks]

    @torch.inference_mode()
    def __call__(self, audio: Tensor) -> Tensor:
        """[batch, channels, samples] float32 -> [batch, masks, channels, samples] float32."""
        spectrum = self._spectrum(audio)  # [frames, batch, bins, channels] complex
        tokens = self._stack(self._tokens(spectrum))
        return torch.stack(
            [self._waveform(self._masked(spectrum, tokens, estimator), audio) for estimator in self._estimators], dim=1
        )

    def _spectrum(self, audio: Tensor) -> Tensor:
        config = self._config
        spectrum = torch.stft(
            audio.flatten(0, 1),
            config.stft_n_fft,
            config.stft_hop_length,
            config.stft_win_length,
            window=self._window,
            normalized=config.stft_normalized,
            return_complex=True,
        )
        return spectrum.unflatten(0, audio.shape[:2]).permute(3, 0, 2, 1).contiguous()

    def _waveform(self, spectrum: Tensor, audio: Tensor) -> Tensor:
        config = self._config
        waveform = torch.istft(
            spectrum.permute(1, 3, 2, 0).flatten(0, 1),
            config.stft_n_fft,
            config.stft_hop_length,
            config.stft_win_length,
            window=self._window,
            normalized=config.stft_normalized,
            length=audio.shape[-1],
        )
        return waveform.unflatten(0, audio.shape[:2])

    def _tokens(self, spectrum: Tensor) -> Tensor:
        """Complex [frames, batch, bins, channels] -> [frames, batch, bands, dim], in the dtype of the stack."""
        frames, batch = spectrum.shape[:2]
        numbers = torch.view_as_real(spectrum).flatten(0, 1).flatten(1)  # per bin: channels, real and imaginary
        shape = (frames * batch, len(self._config.freqs_per_bands), self._config.dim)
        tokens = numbers.new_empty(shape, dtype=self._stack.dtype)
        for split in self._split:
            run = split.run
            bands = normalised(numbers[:, run.numbers].unflatten(1, (run.count, run.width)))
            split_bands = torch.baddbmm(split.bias, _by_band(bands).to(split.weight), split.weight)
            tokens[:, run.bands] = split_bands.transpose(0, 1)
        return tokens.unflatten(0, (frames, batch))

    def _masked(self, spectrum: Tensor, tokens: Tensor, estimator: "list[_Estimator]") -> Tensor:
        """The spectrum, complex [frames, batch, bins, channels], times the mask of one stem."""
        rows = tokens.flatten(0, 1)
        mask = rows.new_empty(len(rows), sum(self._config.band_widths), dtype=torch.float32)
        for part in estimator:
            mask[:, part.run.numbers] = part(rows[:, part.run.bands]).transpose(0, 1).flatten(1)
        masked = spectrum * torch.view_as_complex(mask.unflatten(1, (-1, 2))).view_as(spectrum)
        if self._config.zero_dc:
            masked[:, :, 0] = 0
        return self._of_real_audio(masked)

    def _of_real_audio(self, spectrum: Tensor) -> Tensor:
        """Zeroes the imaginary parts at 0 Hz and at the Nyquist frequency, which a real signal does not have.

        FFTs on a CPU ignore them. In cuFFT their effect is undefined and varies with the number of frames.
        """
        imaginary = torch.view_as_real(spectrum)[..., 1]
        imaginary[:, :, 0] = 0
        if self._config.stft_n_fft % 2 == 0:
            imaginary[:, :, -1] = 0
        return spectrum


@dataclass(frozen=True, slots=True)
class _Run:
    """Adjacent bands of equal width."""

    bands: slice
    numbers: slice  # of the numbers of a frame
    count: int
    width: int


@dataclass(frozen=True, slots=True)
class _Split:
    run: _Run
    weight: Tensor  # [bands, width, dim]
    bias: Tensor  # [bands, 1, dim]


@dataclass(frozen=True, slots=True)
class _Estimator:
    """Masks of a run of bands."""

    run: _Run
    products: list[tuple[Tensor, Tensor]]  # weight [bands, inputs, outputs] and bias [bands, 1, outputs]

    def __call__(self, tokens: Tensor) -> Tensor:
        """[rows, bands, dim] -> [bands, rows, width] float32."""
        x = _by_band(tokens)
        for index, (weight, bias) in enumerate(self.products):
            x = torch.baddbmm(bias, (x.tanh_() if index else x).to(weight), weight)
        return functional.glu(x.float())


class _Preparation:
    """Converts weights of the package's module to the classes above."""

    def __init__(
        self, weights: Mapping[str, Tensor], config: NetworkConfig, device: torch.device, dtype: torch.dtype
    ) -> None:
        self._weights = weights
        self._config = config
        self._device = device
        self._dtype = dtype

    def split(self, run: _Run) -> _Split:
        prefixes = [f"band_split.to_features.{band}" for band in range(run.bands.start, run.bands.stop)]
        gains = [self._weights[f"{prefix}.0.gamma"] for prefix in prefixes]
        return _Split(run, *self._stacked([f"{prefix}.1" for prefix in prefixes], gains))

    def layer(self, prefix: str) -> Layer:
        weights = self._weights
        attention, feed_forward = f"{prefix}.0", f"{prefix}.1.net"
        heads, inner = self._config.heads, self._config.heads * self._config.dim_head
        queries, keys, values = weights[f"{attention}.to_qkv.weight"].split(inner)
        unused = -heads % ALIGNED
        rows = [
            _halves_apart(queries, heads),
            _halves_apart(keys, heads),
            values,
            functional.pad(weights[f"{attention}.to_gates.weight"], (0, 0, 0, unused)),
        ]
        gates = weights[f"{attention}.to_gates.bias"]
        widen = weights[f"{feed_forward}.1.weight"] * weights[f"{feed_forward}.0.gamma"]
        return Layer(
            frequencies=weights[f"{attention}.rotary_embed.freqs"].to(self._device, copy=True),
            inputs=self._place(torch.cat(rows) * weights[f"{attention}.norm.gamma"]),
            inputs_bias=self._place(functional.pad(gates, (3 * inner, unused))),
            output=self._place(weights[f"{attention}.to_out.0.weight"]),
            widen=self._place(widen),
            widen_bias=self._place(weights[f"{feed_forward}.1.bias"]),
            narrow=self._place(weights[f"{feed_forward}.4.weight"]),
            narrow_bias=self._place(weights[f"{feed_forward}.4.bias"]),
        )

    def estimator(self, run: _Run, mask: int) -> _Estimator:
        bands = range(run.bands.start, run.bands.stop)
        products = []
        for index in range(self._config.mask_estimator_depth):
            # The index counts the activations too, which follow every product but the last.
            names = [f"mask_estimators.{mask}.to_freqs.{band}.0.{2 * index}" for band in bands]
            gain = self._weights["final_norm.gamma"]
            products.append(self._stacked(names, [gain if index == 0 else gain.new_ones(1)] * len(bands)))
        return _Estimator(run, products)

    def _stacked(self, names: Sequence[str], gains: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Weights and biases of the linear layers of a run of bands, with the gains of preceding norms folded in."""
        weights = [(self._weights[f"{name}.weight"] * gain).T for name, gain in zip(names, gains, strict=True)]
        biases = [self._weights[f"{name}.bias"][None] for name in names]
        return self._place(torch.stack(weights)), self._place(torch.stack(biases))

    def _place(self, tensor: Tensor) -> Tensor:
        return tensor.to(self._device, self._dtype, copy=True).contiguous()


def _fused_stack(layers: Sequence[tuple[int, Layer]], config: NetworkConfig) -> "FusedStack | None":
    """The faster stack, for GPUs in half precision; None if it cannot be used."""
    weight = layers[0][1].output
    if weight.device.type != "cuda" or weight.dtype == torch.float32:
        return None
    try:
        from models.bs_roformer.fused import FusedStack
        from models.bs_roformer.kernels import fits

        bands = len(config.freqs_per_bands)
        if fits(config.dim_head, bands):
            stack = FusedStack(layers, config.heads)
            stack(weight.new_zeros(1, 1, bands, config.dim))  # builds the kernels
            return stack
        reason = "they do not support networks of this shape"
    except Exception as error:  # from Triton, the driver, or a missing C compiler
        if isinstance(error, RuntimeError) and is_out_of_memory(error):
            raise
        reason = str(error)
    log.warning("continuing without the kernels for this GPU, at a third of the speed: %s", reason)
    return None


def _runs(widths: Sequence[int]) -> list[_Run]:
    runs, band, number = [], 0, 0
    for width, group in groupby(widths):
        count = len(list(group))
        end = number + count * width
        runs.append(_Run(slice(band, band + count), slice(number, end), count, width))
        band, number = band + count, end
    return runs


def _halves_apart(weight: Tensor, heads: int) -> Tensor:
    """Reorders the rows of each head: first members of all rotary pairs, then the second ones.

    Queries and keys are reordered alike, so their products do not change.
    """
    return weight.unflatten(0, (heads, -1, 2)).transpose(1, 2).flatten(0, 2)


def _by_band(rows: Tensor) -> Tensor:
    """[rows, bands, width] -> [bands, rows, width], contiguous on a CPU, whose products would copy it more slowly."""
    transposed = rows.transpose(0, 1)
    return transposed.contiguous() if transposed.is_cpu else transposed
