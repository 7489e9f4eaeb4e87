"""Resampling with the kernel that CLaMP 3 and MERT were trained with.

It is the default kernel of torchaudio's `transforms.Resample`: a sinc low-pass of 6 zero crossings under a Hann window,
rolled off at 0.99 of the lower Nyquist frequency. Better resamplers exist (`models.audio.decode` uses soxr HQ); this
one exists so that vectors equal those of the reference implementation.
"""

import math
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional

ZERO_CROSSINGS = 6  # of the sinc, on each side
ROLLOFF = 0.99  # cut-off as a share of the lower Nyquist frequency
BLOCK = 2**20  # samples that are resampled at once
MAX_KERNEL = 2**25  # taps of all phases together, 256 MiB in float64; 22,255 Hz -> 24 kHz needs 21 million


def mono_24k(waveform: Tensor, sample_rate: int) -> Tensor:
    """[C, N] float32 -> [M] float32 at 24 kHz: the mean over the channels, resampled. Always a new tensor.

    Works in blocks, so memory beyond the result does not grow with the length.
    """
    if sample_rate == 24_000:
        return waveform.mean(dim=0)
    return resample_mean(waveform, sample_rate, 24_000)


def resample_mean(waveform: Tensor, source_rate: int, target_rate: int) -> Tensor:
    """[C, N] float32 -> [ceil(N * target_rate / source_rate)] float32: the mean over the channels, at another rate.

    Raises ValueError if the common divisor of the rates is so small that the kernel would be too large.
    """
    divisor = math.gcd(source_rate, target_rate)
    step, phases = source_rate // divisor, target_rate // divisor
    kernel, width = _kernel(step, phases)
    kernel = kernel.to(waveform.device)
    length = waveform.shape[-1]
    outputs = waveform.new_empty(math.ceil(length * phases / step))
    frames = math.ceil(len(outputs) / phases)  # a frame is `step` samples in and `phases` samples out
    for frame in range(0, frames, max(1, BLOCK // step)):
        count = min(max(1, BLOCK // step), frames - frame)
        first = frame * step - width
        last = first + count * step + 2 * width
        block = waveform[:, max(0, first) : last].mean(dim=0)
        padded = functional.pad(block, (max(0, -first), max(0, last - length)))
        resampled = functional.conv1d(padded[None, None], kernel, stride=step)  # [1, phases, count]
        part = outputs[frame * phases : (frame + count) * phases]
        part.copy_(resampled[0].T.reshape(-1)[: len(part)])
    return outputs


@lru_cache(maxsize=8)
def _kernel(step: int, phases: int) -> tuple[Tensor, int]:
    """[phases, 1, 2 * width + step] float32 and the width: taps on each side of the `step` input samples.

    Tap i of phase j: t = (i / step - j / phases) * base in zero crossings, clamped to the window; value
    (base / step) * cos(pi t / 12)^2 * sinc(t). Built in float64 from a phase that was rounded to float32:
    the reference does so, and without it the outputs for noise differ by up to 1e-5.
    """
    base = ROLLOFF * min(step, phases)
    width = math.ceil(ZERO_CROSSINGS * step / base)
    if phases * (2 * width + step) > MAX_KERNEL:
        raise ValueError(f"no small ratio between the sample rates ({step}:{phases}); decode at 44,100 Hz instead")
    taps = torch.arange(-width, width + step, dtype=torch.float64) / step
    phase = (torch.arange(phases, dtype=torch.float32) / phases).double()
    t = ((taps[None] - phase[:, None]) * base).clamp(-ZERO_CROSSINGS, ZERO_CROSSINGS)
    window = torch.cos(t * math.pi / ZERO_CROSSINGS / 2) ** 2
    kernel = base / step * window * torch.special.sinc(t)
    return kernel.float()[:, None], width
