"""Copies of audio for browsers that cannot play the file itself, such as WMA, AIFF, WavPack and Monkey's Audio.

16-bit WAV: every browser plays it and finds any position in it at once, and it is written as fast as the file decodes.
On two busy cores a track of 206 s took 2.4 s to decode and 7.8 s more to encode as Opus, 22.9 s as MP3.
"""

import wave
from itertools import chain
from pathlib import Path

import numpy as np
import soxr

from models.audio.decode import blocks
from models.audio.write import quantise

MAX_RATE = 48_000  # Hz; beyond it nobody hears anything
MAX_SECONDS = 3 * 3600.0  # which at that rate take 2.1 GB; a WAV file holds 4 GiB


def write_wav_copy(source: Path, target: Path) -> None:
    """Writes the file's audio as 16-bit stereo at its own rate, at most MAX_RATE. Raises BadAudioError.

    Memory does not grow with the track.
    """
    pieces = blocks(source, max_seconds=MAX_SECONDS)
    first = next(pieces)  # raises where there is none, before anything is written
    output = _Rate(min(first.rate, MAX_RATE))
    with wave.open(str(target), "wb") as file:
        file.setparams((2, 2, output.rate, 0, "NONE", ""))
        for block in chain([first], pieces):
            file.writeframesraw(_frames(output.convert(block.samples, block.rate)))
        file.writeframes(_frames(output.rest()))


class _Rate:
    """Brings blocks of any rate to one."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._input_rate = rate
        self._resampler: soxr.ResampleStream | None = None

    def convert(self, samples: np.ndarray, rate: int) -> np.ndarray:
        """[2, n] -> [2, m]; some samples may come only with the next block."""
        before = np.empty((2, 0), np.float32)
        if rate != self._input_rate:
            before = self.rest()
            self._input_rate = rate
            if rate != self.rate:
                self._resampler = soxr.ResampleStream(rate, self.rate, 2, dtype="float32")
        if self._resampler is not None:
            samples = self._resampler.resample_chunk(np.ascontiguousarray(samples.T)).T
        return np.concatenate([before, samples], axis=1)

    def rest(self) -> np.ndarray:
        """What is still held back."""
        resampler, self._resampler = self._resampler, None
        if resampler is None:
            return np.empty((2, 0), np.float32)
        return resampler.resample_chunk(np.empty((0, 2), np.float32), last=True).T


def _frames(samples: np.ndarray) -> bytes:
    return quantise(samples, 16)[0].T.astype("<i2").tobytes()
