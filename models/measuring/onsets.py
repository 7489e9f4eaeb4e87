"""Onset strength: how much louder each band becomes from frame to frame."""

import numpy as np
import torch

from models.measuring.excerpts import RATE
from models.measuring.spectra import power_spectra

WINDOW = 512  # samples: 46 ms
HOP = 128  # samples: 11.6 ms
FRAME_RATE = RATE / HOP  # Hz: 86.1
BANDS = 40
LOWEST, HIGHEST = 30.0, RATE / 2  # Hz
FLOOR = 1e-4  # of the mean power of a band: what is quieter is noise


def onset_strength(samples: np.ndarray) -> np.ndarray:
    """[n] float32 at RATE -> [frames] float32: the mean rise of a band in dB, at FRAME_RATE.

    Frame t is about the moment `(t * HOP + WINDOW / 2) / RATE`.
    """
    window = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
    bands = torch.from_numpy(_bands())
    pieces = [(piece @ bands).numpy() for piece in power_spectra(samples, window, HOP)]
    if not pieces:
        return np.zeros(0, np.float32)
    power = np.concatenate(pieces)
    level = power / max(float(power.mean()), 1e-20)
    level = np.float32(10) * np.log10(level + np.float32(FLOOR))
    rises = np.maximum(np.diff(level, axis=0, prepend=level[:1]), 0)
    return rises.mean(axis=1)


def _bands() -> np.ndarray:
    """[WINDOW / 2 + 1, BANDS] float32: triangles, equally spaced in mel, each with the sum 1."""
    lowest, highest = 2595 * np.log10(1 + np.array([LOWEST, HIGHEST]) / 700)
    mel = np.linspace(lowest, highest, BANDS + 2)
    edges = 700 * (10 ** (mel / 2595) - 1)
    bins = np.arange(WINDOW // 2 + 1)[:, None] * RATE / WINDOW
    width = np.maximum(np.diff(edges), RATE / WINDOW)
    rising, falling = (bins - edges[:-2]) / width[:-1], (edges[2:] - bins) / width[1:]
    triangles = np.maximum(np.minimum(rising, falling), 0)
    return (triangles / np.maximum(triangles.sum(0), 1e-9)).astype(np.float32)
