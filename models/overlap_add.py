"""Overlap-add: cuts a long signal into overlapping chunks and joins the network's outputs again.

Chunk borders, padding and windows are those of the training repository ZFTurbo/Music-Source-Separation-Training
(`demix`, batch size 1), whose scores the published checkpoints are known by.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional

FADE = 10  # a window fades in and out over this part of a chunk


@dataclass(frozen=True)
class Chunks:
    """Cuts a signal of `length` samples into chunks of `chunk` samples, with `overlap` chunks over each sample."""

    length: int
    chunk: int
    overlap: int

    def __post_init__(self) -> None:
        if not 1 <= self.overlap <= self.chunk:
            raise ValueError(f"overlap is {self.overlap}, expected 1 to {self.chunk}")

    @property
    def step(self) -> int:
        """Hop from one chunk to the next, in samples."""
        return self.chunk // self.overlap

    @property
    def border(self) -> int:
        """Samples of reflection padding at both ends, so every sample is in `overlap` chunks; 0 for short signals."""
        border = self.chunk - self.step
        return border if self.length > 2 * border else 0

    @property
    def padded(self) -> int:
        return self.length + 2 * self.border

    @cached_property
    def starts(self) -> range:
        """Start of each chunk, counted from the beginning of the padded signal.

        Chunks entirely in the border after the signal are left out: nothing of them would be kept.
        """
        return range(0, min(self.padded, self.border + self.length), self.step)

    def cut(self, signal: Tensor) -> Iterator[Tensor]:
        """[channels, length] -> chunks [channels, chunk]."""
        for start in self.starts:
            yield self._chunk(signal, start)

    def _chunk(self, signal: Tensor, start: int) -> Tensor:
        first, stop = start - self.border, min(start + self.chunk, self.padded) - self.border
        part = signal[:, max(first, 0) : min(stop, self.length)]
        if first < 0:
            part = torch.cat([signal[:, 1 : 1 - first].flip(1), part], dim=1)
        if stop > self.length:
            mirrored = signal[:, 2 * self.length - 1 - stop : self.length - 1]
            part = torch.cat([part, mirrored.flip(1)], dim=1)
        missing = self.chunk - part.shape[1]
        return functional.pad(part, (0, missing), "reflect" if part.shape[1] > self.chunk // 2 else "constant")

    def window(self, start: int) -> Tensor:
        """[chunk] float32. The first chunk does not fade in; the last of several does not fade out."""
        fades_in, fades_out = self._fades(start)
        window = torch.ones(self.chunk)
        fade = self.chunk // FADE
        if fades_in:
            window[:fade] = torch.linspace(0, 1, fade)
        if fades_out:
            window[self.chunk - fade :] = torch.linspace(1, 0, fade)
        return window

    def _fades(self, start: int) -> tuple[bool, bool]:
        """Whether the chunk at `start` fades in, and whether it fades out."""
        return start > 0, start == 0 or start + self.step < self.padded

    def join(self, chunks: Iterable[Tensor]) -> Iterator[Tensor]:
        """Chunks [..., chunk], one per start, in order -> consecutive pieces [..., <= step].

        Works on the device of the chunks and holds at most two of them. Samples where all windows are 0 (overlap 1)
        are silent.
        """
        total = weight = None
        windows: dict[object, Tensor] = {}  # nearly all chunks of a long signal share one
        for start, chunk in zip(self.starts, chunks, strict=True):
            kind = (self._fades(start), chunk.device)
            if kind not in windows:
                windows[kind] = self.window(start).to(chunk.device)
            window = windows[kind]
            if total is None or weight is None:
                total, weight = chunk * window, window
            else:
                total, weight = total.to(chunk.device), weight.to(chunk.device)  # the network may have moved to the CPU
                total[..., -self.step :] = 0
                weight[-self.step :] = 0
                total.addcmul_(chunk, window)
                weight += window
            last = start + self.step >= self.starts.stop
            piece = self._kept(start, last)
            yield total[..., piece] / torch.where(weight > 0, weight, 1)[piece]
            if not last:
                total, weight = total.roll(-self.step, -1), weight.roll(-self.step)

    def _kept(self, start: int, last: bool) -> slice:
        """The part of the chunk that is final once it is added, without the border."""
        stop = self.border + self.length - start
        return slice(max(0, self.border - start), stop if last else min(self.step, stop))
