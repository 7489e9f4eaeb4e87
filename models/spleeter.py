"""Spleeter, 2 stems: vocals and accompaniment by two U-Nets over the magnitude spectrogram (Hennequin et al., 2020).

Sizes, padding and masks are those of Deezer's `spleeter` with its option `mask_extension: average`, which makes the
stems sum to the mix above the networks' range of 11 kHz too.
"""

import hashlib
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from models.tf_variables import Variables, numbered

SAMPLE_RATE = 44_100  # Hz
CHANNELS = 2
N_FFT = 4096  # 93 ms
HOP = 1024  # 23 ms; N_FFT is four hops
HOPS_PER_FRAME = N_FFT // HOP
WINDOW_GAIN = 2 / 3  # four overlapping squared Hann windows sum to 3/2
BINS = 1024  # lowest frequency bins that the networks see: up to 11 kHz
PATCH_FRAMES = 512  # 11.9 s, what the networks see at once
MASK_FLOOR = 1e-10  # gives each stem half of what neither network claims

DOWN_CHANNELS = (2, 16, 32, 64, 128, 256, 512)
UP_CHANNELS = (256, 128, 64, 32, 16, 1)
LEAK = 0.2  # slope of LeakyReLU below zero
ALGORITHM = "spleeter-2stems/1"  # part of the fingerprint; to be raised when the output changes


class Spleeter:
    """Implements `models.separator.Separator`."""

    stems = ("vocals", "instrumental")
    sample_rate = SAMPLE_RATE
    context = 1.0

    def __init__(self, variables: Variables, fingerprint: str, device: str = "cpu") -> None:
        self.fingerprint = fingerprint
        self._device = torch.device(device)
        self._networks = [UNet(variables, number, self._device) for number in range(len(self.stems))]
        self._window = torch.hann_window(N_FFT, device=self._device)

    @classmethod
    def load(cls, path: Path, device: str = "cpu") -> "Spleeter":
        """Reads `spleeter_2stems.safetensors`; raises UnavailableError if it is missing or something else."""
        variables = Variables(path)
        digest = hashlib.sha256(ALGORITHM.encode())
        digest.update(path.read_bytes())
        return cls(variables, digest.hexdigest(), device)

    @torch.inference_mode()
    def separate(self, mix: Tensor) -> dict[str, Tensor]:
        """[2, N] float32 at 44.1 kHz -> vocals and instrumental, each [2, N]; they sum to the mix.

        Works through 12 s at a time, so that memory beyond the result does not grow with the length.
        """
        if mix.ndim != 2 or len(mix) != CHANNELS or mix.dtype != torch.float32:
            raise ValueError(f"expected [2, N] float32, got {list(mix.shape)} {mix.dtype}")
        length = mix.shape[1]
        frames = -(-length // HOP) + HOPS_PER_FRAME  # frame n covers the samples before n * HOP
        vocals = mix.new_zeros(CHANNELS, (frames + HOPS_PER_FRAME) * HOP)
        for first in range(0, frames, PATCH_FRAMES):
            count = min(PATCH_FRAMES, frames - first)
            start = first * HOP
            vocals[:, start : start + (count + HOPS_PER_FRAME - 1) * HOP] += self._vocals(_excerpt(mix, first, count))
        vocals = vocals[:, N_FFT : N_FFT + length]
        return {"vocals": vocals, "instrumental": mix - vocals}

    def _vocals(self, excerpt: Tensor) -> Tensor:
        """The vocals' share of a windowed excerpt [2, (frames + 3) * HOP], to be overlapped and added."""
        excerpt = excerpt.to(self._device)
        spectrum = torch.stft(excerpt, N_FFT, HOP, window=self._window, center=False, return_complex=True)
        spectrum = spectrum.transpose(1, 2)  # [2, frames, 2049]
        frames = spectrum.shape[1]
        magnitude = functional.pad(spectrum[..., :BINS].abs(), (0, 0, 0, PATCH_FRAMES - frames))
        vocals, rest = (network(magnitude[None])[0, :, :frames].square() for network in self._networks)
        mask = (vocals + MASK_FLOOR / 2) / (vocals + rest + MASK_FLOOR)
        spectrum[..., :BINS] *= mask
        spectrum[..., BINS:] *= mask.mean(-1, keepdim=True)
        return _overlap_add(torch.fft.irfft(spectrum) * (self._window * WINDOW_GAIN)).cpu()


def _excerpt(mix: Tensor, first: int, count: int) -> Tensor:
    """The samples under `count` frames from frame `first`, zeros where there is no mix."""
    start = first * HOP - N_FFT
    stop = start + (count + HOPS_PER_FRAME - 1) * HOP
    inside = mix[:, max(0, start) : stop]
    return functional.pad(inside, (max(0, -start), stop - max(0, start) - inside.shape[1]))


def _overlap_add(frames: Tensor) -> Tensor:
    """[2, frames, N_FFT] -> [2, (frames + 3) * HOP]."""
    channels, count, _ = frames.shape
    hops = frames.new_zeros(channels, count + HOPS_PER_FRAME - 1, HOP)
    for part in range(HOPS_PER_FRAME):
        hops[:, part : part + count] += frames[..., part * HOP : (part + 1) * HOP]
    return hops.flatten(1)


class UNet:
    """The network of one stem."""

    def __init__(self, variables: Variables, number: int, device: torch.device) -> None:
        depth = len(UP_CHANNELS)
        norms, convs, ups = number * 2 * depth, number * (depth + 1), number * depth  # numbering goes on over stems
        take = lambda name, shape: variables.take(name, shape).permute(3, 2, 0, 1).contiguous().to(device)
        self.down = []
        for i in range(depth):
            layer = numbered("conv2d", convs + i)
            w = take(f"{layer}/kernel", (5, 5, DOWN_CHANNELS[i], DOWN_CHANNELS[i+1]))
            b = variables.take(f"{layer}/bias", (DOWN_CHANNELS[i+1],)).to(device)
            bn = [t.to(device)[:, None, None] for t in variables.batch_norm(norms + i, DOWN_CHANNELS[i+1])]
            self.down.append((w, b, *bn))
        self.up = []
        for i in range(depth):
            layer = numbered("conv2d_transpose", ups + i)
            cin = 512 if i == 0 else 2 * UP_CHANNELS[i-1]
            w = take(f"{layer}/kernel", (5, 5, UP_CHANNELS[i], cin))
            b = variables.take(f"{layer}/bias", (UP_CHANNELS[i],)).to(device)
            bn = [t.to(device)[:, None, None] for t in variables.batch_norm(norms + depth + i, UP_CHANNELS[i])]
            self.up.append((w, b, *bn))
        layer = numbered("conv2d", convs + depth)
        self.last = take(f"{layer}/kernel", (4, 4, 1, 2)), variables.take(f"{layer}/bias", (2,)).to(device)

    def __call__(self, magnitude: Tensor) -> Tensor:
        x = magnitude
        skips = []
        for i, (w, b, scale, shift) in enumerate(self.down):
            x = functional.conv2d(functional.pad(x, (1, 2, 1, 2)), w, b, stride=2)
            skips.append(x)
            x = functional.leaky_relu(x * scale + shift, LEAK)
        x = skips.pop()
        for w, b, scale, shift in self.up:
            x = functional.conv_transpose2d(x, w, b, stride=2, padding=1)[..., :-1, :-1]
            x = x.relu() * scale + shift
            if skips:
                x = torch.cat([skips.pop(), x], 1)
        return functional.conv2d(x, *self.last, dilation=2, padding=3).sigmoid() * magnitude
