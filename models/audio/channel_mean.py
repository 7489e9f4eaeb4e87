"""The plain mean of all channels of a file, where it is more than the mean of its stereo samples at 44.1 kHz.

Embedders take mono, and the official pipelines of CLaMP 3 and musicnn make it of the file as it is: the mean of all
channels, resampled once from the rate of the file. Separators need stereo at 44.1 kHz. From one or two channels at
more than 24 kHz both ways lead to the same vectors (48 kHz: within 4e-6); from others they do not.
"""

from dataclasses import dataclass

import numpy as np

LOW_RATE = 24_000  # Hz, of CLaMP 3: files at this rate or below would be resampled up and down again
MAX_RATE = 48_000  # Hz; what has more channels at a higher rate is brought to STUDIO_RATE, which bounds the memory
STUDIO_RATE = 44_100  # Hz
DIVISOR = 25  # Hz, of all usual rates; the kernel of the embedder would be too large for others, such as 11,127 Hz


@dataclass(frozen=True, slots=True)
class ChannelMean:
    """One audio file as mono samples."""

    samples: np.ndarray  # [1, N] float32
    sample_rate: int  # Hz


def rate_of_mean(rate: int, channels: int) -> int | None:
    """The rate at which the mean of a file is kept, in Hz; None if its stereo samples at 44.1 kHz do as well."""
    if channels <= 2 and rate > LOW_RATE:
        return None
    if rate <= MAX_RATE and rate % DIVISOR == 0:
        return rate
    return STUDIO_RATE if channels > 2 else None
