"""Spleeter, 2 stems: vocals and accompaniment by two U-Nets over the magnitude spectrogram (Hennequin et al., 2020).

Sizes, padding and masks are those of Deezer's `spleeter` with its option `mask_extension: average`, which makes the
stems sum to the mix above the networks' range of 11 kHz too.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from models.weights.fingerprint import SPLEETER, fingerprint_of
from models.weights.tf_variables import Variables, numbered
from polymuse.music import INSTRUMENTAL, VOCALS

SAMPLE_RATE = 44_100  # Hz
CHANNELS = 2
N_FFT = 4096  # 93 ms
HOP = 1024  # 23 ms; N_FFT is four hops
HOPS_PER_FRAME = N_FFT // HOP
WINDOW_GAIN = 2 / 3  # four overlapping squared Hann windows sum to 3/2
BINS = 1024  # lowest frequency bins, the input of the networks: up to 11 kHz
PATCH_FRAMES = 512  # 11.9 s, the input of the networks
MASK_FLOOR = 1e-10  # gives each stem half of what neither network claims

DOWN_CHANNELS = (2, 16, 32, 64, 128, 256, 512)
UP_CHANNELS = (256, 128, 64, 32, 16, 1)
UP_INPUTS = (512, 512, 256, 128, 64, 32)  # the layer below, joined with the skip connection of its size
LEAK = 0.2  # slope of LeakyReLU below zero


class Spleeter:
    """Implements `models.separator.Separator`."""

    stems: tuple[str, ...] = (VOCALS, INSTRUMENTAL)
    sample_rate: int = SAMPLE_RATE
    # Beyond 1 s, the stems of a 9 s passage differ from those of the whole track about as much as the latter do when
    # the 12 s patches are placed elsewhere (sung rock: 16 dB signal to difference both ways; quiet vocals: less).
    context: float = 1.0

    def __init__(self, variables: Variables, fingerprint: str, device: str = "cpu") -> None:
        self.fingerprint = fingerprint
        self._device = torch.device(device)
        self._networks = [_UNet(variables, number, self._device) for number in range(len(self.stems))]
        self._window = torch.hann_window(N_FFT, device=self._device)

    @classmethod
    def load(cls, path: Path, device: str = "cpu") -> "Spleeter":
        """Reads `spleeter_2stems.safetensors`. Raises UnavailableError if it is missing or invalid."""
        variables = Variables(path)
        return cls(variables, fingerprint_of(SPLEETER, path), device)

    def separate(self, mix: Tensor) -> dict[str, Tensor]:
        """[2, N] float32 at 44.1 kHz -> vocals and instrumental, each [2, N]; they sum to the mix.

        Processes 12 s at a time, so memory beyond the result does not grow with the length.
        """
        if mix.ndim != 2 or len(mix) != CHANNELS or mix.dtype != torch.float32:
            raise ValueError(f"expected [2, N] float32, got {list(mix.shape)} {mix.dtype}")
        length = mix.shape[1]
        frames = -(-length // HOP) + HOPS_PER_FRAME  # the first one ends where the mix begins
        vocals = mix.new_zeros(CHANNELS, (frames + HOPS_PER_FRAME - 1) * HOP)
        for first in range(0, frames, PATCH_FRAMES):
            count = min(PATCH_FRAMES, frames - first)
            samples = slice(first * HOP, (first + count + HOPS_PER_FRAME - 1) * HOP)
            vocals[:, samples] += self._vocals(_excerpt(mix, samples)).to(mix.device)
        vocals = vocals[:, N_FFT : N_FFT + length]
        return {VOCALS: vocals, INSTRUMENTAL: mix - vocals}

    def separate_all(self, mixes: Iterable[Tensor]) -> Iterator[dict[str, Tensor]]:
        """One mix after the other: a patch is large enough to keep the CPU busy."""
        return map(self.separate, mixes)

    @torch.inference_mode()
    def _vocals(self, excerpt: Tensor) -> Tensor:
        """[2, (frames + 3) * HOP], at most 512 frames -> their vocals, windowed, ready for overlap-add."""
        window = self._window
        spectrum = torch.stft(
            excerpt.to(window.device), N_FFT, HOP, window=window, center=False, return_complex=True
        ).transpose(1, 2)  # [2, frames, 2049]
        frames = spectrum.shape[1]
        # Fewer than 512 frames are padded as in the original: the networks see the zeros, fewer of them change stems.
        magnitude = functional.pad(spectrum[..., :BINS].abs(), (0, 0, 0, PATCH_FRAMES - frames))
        vocals, rest = (network(magnitude[None])[0, :, :frames].square() for network in self._networks)
        mask = (vocals + MASK_FLOOR / 2) / (vocals + rest + MASK_FLOOR)
        spectrum[..., :BINS] *= mask
        spectrum[..., BINS:] *= mask.mean(dim=-1, keepdim=True)
        return _overlap_add(torch.fft.irfft(spectrum) * (window * WINDOW_GAIN))


def _excerpt(mix: Tensor, samples: slice) -> Tensor:
    """Samples of the mix after one window of zeros in front of it, and zeros behind it."""
    start, stop = samples.start - N_FFT, samples.stop - N_FFT
    inside = mix[:, max(0, start) : max(0, stop)]
    before = max(0, -start)
    return functional.pad(inside, (before, stop - start - before - inside.shape[1]))


def _overlap_add(frames: Tensor) -> Tensor:
    """[2, frames, N_FFT] -> [2, (frames + 3) * HOP]."""
    channels, count, _ = frames.shape
    hops = frames.new_zeros(channels, count + HOPS_PER_FRAME - 1, HOP)
    for part in range(HOPS_PER_FRAME):
        hops[:, part : part + count] += frames[..., part * HOP : (part + 1) * HOP]
    return hops.flatten(1)


class _UNet:
    """The network of one stem: magnitudes [1, 2, 512, 1024] (channels, frames, bins) -> the stem's magnitudes.

    Tensors are channels-last, which makes convolutions on the CPU about twice as fast.
    """

    def __init__(self, variables: Variables, number: int, device: torch.device) -> None:
        weights = _Weights(variables, device)
        depth = len(UP_CHANNELS)
        convolution, up, norm = number * (depth + 1), number * depth, number * 2 * depth  # counted on over the stems
        self._down = [
            (*weights.convolution("conv2d", convolution + i, shape), *weights.batch_norm(norm + i, shape[3]))
            for i, shape in enumerate((5, 5, *channels) for channels in pairwise(DOWN_CHANNELS))
        ]
        self._up = [
            (*weights.convolution("conv2d_transpose", up + i, shape), *weights.batch_norm(norm + depth + i, shape[2]))
            for i, shape in enumerate((5, 5, *channels) for channels in zip(UP_CHANNELS, UP_INPUTS, strict=True))
        ]
        self._mask = weights.convolution("conv2d", convolution + depth, (4, 4, 1, CHANNELS))

    def __call__(self, magnitude: Tensor) -> Tensor:
        x = magnitude.contiguous(memory_format=torch.channels_last)
        skips = []
        for weight, bias, scale, shift in self._down:
            x = functional.conv2d(functional.pad(x, (1, 2, 1, 2)), weight, bias, stride=2)
            skips.append(x)
            x = functional.leaky_relu_(torch.addcmul(shift, x, scale), LEAK)
        x = skips.pop()  # the output of the deepest normalisation is not used
        for weight, bias, scale, shift in self._up:
            x = torch.addcmul(shift, _upsample(x, weight, bias).relu_(), scale)
            if skips:
                x = torch.cat([skips.pop(), x], dim=1)
        weight, bias = self._mask
        return functional.conv2d(x, weight, bias, dilation=2, padding=3).sigmoid_() * magnitude


def _upsample(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Transposed convolution to twice the size, cropped by 1 before and 2 after as TensorFlow's SAME padding does."""
    if weight.shape[1] > 1:
        return functional.conv_transpose2d(x, weight, bias, stride=2, padding=1)[..., :-1, :-1]
    # One output channel is four times faster as a product followed by overlap-add.
    _, inputs, height, width = x.shape
    taps = weight.flatten(1).T @ x.permute(0, 2, 3, 1).reshape(-1, inputs).T
    size = (2 * height + 1, 2 * width + 1)
    return functional.fold(taps[None], size, weight.shape[2:], padding=1, stride=2)[..., :-1, :-1] + bias


class _Weights:
    """Variables in torch's layout on one device."""

    def __init__(self, variables: Variables, device: torch.device) -> None:
        self._variables = variables
        self._device = device

    def convolution(self, kind: str, index: int, shape: tuple[int, ...]) -> tuple[Tensor, Tensor]:
        """Weight and bias; `shape` is TensorFlow's: height, width, then input and output channels.

        A transposed convolution has output before input channels, in both libraries the other way round.
        """
        layer = numbered(kind, index)
        outputs = shape[2] if kind == "conv2d_transpose" else shape[3]
        weight = self._variables.take(f"{layer}/kernel", shape).permute(3, 2, 0, 1)
        bias = self._variables.take(f"{layer}/bias", (outputs,))
        return weight.contiguous(memory_format=torch.channels_last).to(self._device), bias.to(self._device)

    def batch_norm(self, index: int, channels: int) -> tuple[Tensor, Tensor]:
        """Scale and shift, each [1, channels, 1, 1]."""
        scale, shift = self._variables.batch_norm(index, channels)
        return scale[None, :, None, None].to(self._device), shift[None, :, None, None].to(self._device)
