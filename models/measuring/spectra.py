"""Power spectra of a signal, frame by frame, in pieces that stay in the cache."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

FRAMES = 256  # computed at once


def power_spectra(signal: np.ndarray, window: np.ndarray, hop: int) -> Iterator[Tensor]:
    """[n] float32 and a window [w] -> pieces [frames, w / 2 + 1] float32 of the power |X|^2.

    Frame t covers the samples from `t * hop`; a signal shorter than the window gives no frames. The transform is
    torch's: on most builds several times as fast as NumPy's.
    """
    if len(signal) < len(window):
        return
    frames = torch.from_numpy(np.ascontiguousarray(signal)).unfold(0, len(window), hop)
    shape = torch.from_numpy(window)
    for piece in frames.split(FRAMES):
        spectrum = torch.fft.rfft(piece * shape, dim=1)
        yield spectrum.real.square() + spectrum.imag.square()
