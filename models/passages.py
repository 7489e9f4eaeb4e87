"""What is heard of a track: the passages that an embedder listens to, their stems, and whether those can be heard."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from models.embedder import Passage
from models.separator import SAMPLE_RATE, Separator

FLOOR_DB = -60.0  # a stem below this RMS, relative to full scale, is silent
MASKED_DB = -40.0  # so is one that is this far below the mix

Heard = tuple[Tensor, Sequence[Passage]]  # a mix [2, N] at SAMPLE_RATE, and what of it is listened to


def separate_passages(separator: Separator, heard: Sequence[Heard]) -> Iterator[dict[str, Tensor]]:
    """Of each mix {stem: [2, M]}: its passages, joined. The chunks of all passages of all mixes share batches.

    A passage is separated within as much context as changes what is heard in it.
    """
    context = math.ceil(separator.context * SAMPLE_RATE)
    cuts = [[_Cut.around(passage, mix.shape[1], context) for passage in passages] for mix, passages in heard]
    pieces = (mix[:, cut.left : cut.right] for (mix, _), own in zip(heard, cuts, strict=True) for cut in own)
    answers = separator.separate_all(pieces)
    for own in cuts:
        parts = [{name: stem[:, cut.inside] for name, stem in next(answers).items()} for cut in own]
        yield {name: _joined(part[name] for part in parts) for name in separator.stems}


def join_passages(waveform: Tensor, passages: Sequence[Passage]) -> Tensor:
    """The passages of a waveform [C, N] at SAMPLE_RATE, one after the other."""
    ranges = (_sample_range(passage, waveform.shape[1]) for passage in passages)
    return _joined(waveform[:, start:end] for start, end in ranges)


def in_track(seconds: float, passages: Sequence[Passage], *, is_end: bool = False) -> float:
    """Where in the track a moment of its joined passages lies. At a joint, an end belongs to the passage before."""
    left = seconds
    for passage in passages:
        length = passage.end - passage.start
        if left < length - 1e-6 or (is_end and left <= length + 1e-6):
            return passage.start + min(left, length)
        left -= length
    return passages[-1].end


def level_db(waveform: Tensor) -> float:
    """RMS level of a waveform [C, N] in dB relative to full scale, at least -120."""
    mean_square = float(waveform.square().mean())
    return max(-120.0, 10 * math.log10(max(mean_square, 1e-12)))


def is_audible(level: float, mix_level: float) -> bool:
    """Whether a stem of this level in dB can be heard in a mix of that level."""
    return level > FLOOR_DB and level > mix_level + MASKED_DB


@dataclass(frozen=True, slots=True)
class _Cut:
    """Samples [left, right) of a mix, and where in them a passage lies."""

    left: int
    right: int
    inside: slice

    @classmethod
    def around(cls, passage: Passage, length: int, context: int) -> Self:
        start, end = _sample_range(passage, length)
        left = max(0, start - context)
        return cls(left, min(length, end + context), slice(start - left, end - left))


def _joined(parts: Iterable[Tensor]) -> Tensor:
    """[C, n] each -> [C, sum]. One part alone is not copied."""
    first, *others = parts
    return torch.cat([first, *others], dim=1) if others else first


def _sample_range(passage: Passage, length: int) -> tuple[int, int]:
    return round(passage.start * SAMPLE_RATE), min(length, round(passage.end * SAMPLE_RATE))
