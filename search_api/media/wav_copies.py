"""WAV copies of audio that browsers cannot play, such as WMA, AIFF, WavPack and Monkey's Audio.

Every browser plays and seeks 16-bit WAV, and it is written as fast as the file decodes. On two busy cores a track of
206 s took 2.4 s to decode; encoding it took another 7.8 s as Opus, 22.9 s as MP3.
"""

import wave
from itertools import chain
from pathlib import Path

import numpy as np
import soxr

from models.audio.decode import blocks
from models.audio.write import quantise

MAX_RATE = 48_000  # Hz; covers the audible range
MAX_SECONDS = 3 * 3600.0  # 2.1 GB at that rate; a WAV file can hold 4 GiB


def write_wav_copy(source: Path, target: Path) -> None:
    """Write the file's audio as 16-bit stereo at its own rate, at most MAX_RATE. Raises BadAudioError.

    Memory use does not depend on the length of the track.
    """
    pieces = blocks(source, max_seconds=MAX_SECONDS)
    first = next(pieces)  # raises BadAudioError before anything is written
    output = _Resampler(min(first.rate, MAX_RATE))
    with wave.open(str(target), "wb") as file:
        file.setparams((2, 2, output.rate, 0, "NONE", ""))
        for block in chain([first], pieces):
            file.writeframesraw(_frames(output.convert(block.samples, block.rate)))
        file.writeframes(_frames(output.flush()))


class _Resampler:
    """Resamples blocks of any rate to one rate."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._input_rate = rate
        self._resampler: soxr.ResampleStream | None = None

    def convert(self, samples: np.ndarray, rate: int) -> np.ndarray:
        """[2, n] -> [2, m]; some samples may be returned with the next block only."""
        before = np.empty((2, 0), np.float32)
        if rate != self._input_rate:
            before = self.flush()
            self._input_rate = rate
            if rate != self.rate:
                self._resampler = soxr.ResampleStream(rate, self.rate, 2, dtype="float32")
        if self._resampler is not None:
            samples = self._resampler.resample_chunk(np.ascontiguousarray(samples.T)).T
        return np.concatenate([before, samples], axis=1)

    def flush(self) -> np.ndarray:
        """[2, m], the samples still in the resampler."""
        resampler, self._resampler = self._resampler, None
        if resampler is None:
            return np.empty((2, 0), np.float32)
        return resampler.resample_chunk(np.empty((0, 2), np.float32), last=True).T


def _frames(samples: np.ndarray) -> bytes:
    return quantise(samples, 16)[0].T.astype("<i2").tobytes()
