"""The passages of a track that are embedded: cutting, separation and levels."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from models.embedder import Passage
from models.separator import SAMPLE_RATE, Separator
from polymuse.music import StemInfo

FLOOR_DB = -60.0  # a stem below this RMS, relative to full scale, is silent
MASKED_DB = -40.0  # so is one that is this far below the mix


def separate_passages(
    separator: Separator, mixes: Sequence[Tensor], passages: Sequence[Sequence[Passage]]
) -> Iterator[dict[str, Tensor]]:
    """For each mix [2, N] at SAMPLE_RATE, {stem: [2, M]}: the stem in the mix's passages, joined.

    A passage is separated together with the context that affects its stems. The chunks of all passages of all mixes
    share batches.
    """
    context = math.ceil(separator.context * SAMPLE_RATE)
    cuts = [
        [_Cut.around(passage, mix.shape[1], context) for passage in own]
        for mix, own in zip(mixes, passages, strict=True)
    ]
    pieces = (mix[:, cut.left : cut.right] for mix, own in zip(mixes, cuts, strict=True) for cut in own)
    separated = separator.separate_all(pieces)
    for own in cuts:
        parts = [{name: stem[:, cut.inside] for name, stem in next(separated).items()} for cut in own]
        yield {name: _joined(part[name] for part in parts) for name in separator.stems}


def join_passages(waveform: Tensor, passages: Sequence[Passage], sample_rate: int = SAMPLE_RATE) -> Tensor:
    """The passages of a waveform [C, N], concatenated: [C, M]."""
    ranges = (_sample_range(passage, waveform.shape[1], sample_rate) for passage in passages)
    return _joined(waveform[:, start:end] for start, end in ranges)


def track_time(seconds: float, passages: Sequence[Passage], *, is_end: bool = False) -> float:
    """Maps a time in the joined passages to the time in the track. At a joint, ends belong to the earlier passage."""
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


def stem_info(level: float, mix_level: float) -> StemInfo:
    """StemInfo from the levels of a stem and its mix in dB; the stem is present unless it is silent or masked."""
    return StemInfo(round(level, 1), present=level > FLOOR_DB and level > mix_level + MASKED_DB)


@dataclass(frozen=True, slots=True)
class _Cut:
    """Samples [left, right) of a mix, and the slice of them that is the passage."""

    left: int
    right: int
    inside: slice

    @classmethod
    def around(cls, passage: Passage, length: int, context: int) -> Self:
        start, end = _sample_range(passage, length)
        left = max(0, start - context)
        return cls(left, min(length, end + context), slice(start - left, end - left))


def _joined(parts: Iterable[Tensor]) -> Tensor:
    """[C, n] each -> [C, sum]. A single part is not copied."""
    first, *others = parts
    return torch.cat([first, *others], dim=1) if others else first


def _sample_range(passage: Passage, length: int, sample_rate: int = SAMPLE_RATE) -> tuple[int, int]:
    return round(passage.start * sample_rate), min(length, round(passage.end * sample_rate))
