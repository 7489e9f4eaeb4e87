"""What is heard of a track: the passages that an embedder listens to, their stems, and whether those can be heard."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from models.embedder import Passage
from models.separator import Separator

SAMPLE_RATE = 44_100  # Hz: what separators work at
FLOOR_DB = -60.0  # a stem below this RMS, relative to full scale, is silent
MASKED_DB = -40.0  # so is one that is this far below the mix


def separate_passage(separator: Separator, mix: Tensor, passage: Passage) -> dict[str, Tensor]:
    """The stems of one passage of a mix [2, N], heard within as much context as changes them."""
    start, end = _sample_range(passage, mix.shape[1])
    context = math.ceil(separator.context * SAMPLE_RATE)
    left = max(0, start - context)
    stems = separator.separate(mix[:, left : min(mix.shape[1], end + context)])
    return {name: stem[:, start - left : end - left] for name, stem in stems.items()}


def join_passages(waveform: Tensor, passages: Sequence[Passage]) -> Tensor:
    """The passages of a waveform [C, N] at SAMPLE_RATE, one after the other."""
    ranges = [_sample_range(passage, waveform.shape[1]) for passage in passages]
    if ranges == [(0, waveform.shape[1])]:
        return waveform
    return torch.cat([waveform[:, start:end] for start, end in ranges], dim=1)


def level_db(waveform: Tensor) -> float:
    """RMS level of a waveform [C, N] in dB relative to full scale, at least -120."""
    mean_square = float(waveform.square().mean())
    return max(-120.0, 10 * math.log10(max(mean_square, 1e-12)))


def is_audible(level: float, mix_level: float) -> bool:
    """Whether a stem of this level in dB can be heard in a mix of that level."""
    return level > FLOOR_DB and level > mix_level + MASKED_DB


def _sample_range(passage: Passage, length: int) -> tuple[int, int]:
    return round(passage.start * SAMPLE_RATE), min(length, round(passage.end * SAMPLE_RATE))
