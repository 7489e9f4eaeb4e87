"""Decodes audio files with FFmpeg, through PyAV.

Damaged packets are skipped and counted; durations in headers are not trusted; downmix and resampling work block by
block, so memory is bounded by the result.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import soxr

from models.audio.demux import CONVERT_ADVICE, AudioInput, open_audio
from models.audio.downmix import stereo_matrix
from models.separator import SAMPLE_RATE
from polymuse.errors import BadAudioError
from polymuse.paths import printable

BLOCK = 65_536  # samples converted at once: few Python calls, 512 kB of stereo float32
MAX_RESERVED_SECONDS = 3_600.0  # whatever the header says
MIN_RATE, MAX_RATE = 1_000, 768_000  # Hz; other rates are damage
MAX_PEAK = 2.0**31  # of float samples, as if they were integers of 32 bits; larger ones are damage
# Their samples are as they were written; decoders of lossy codecs overshoot, and damaged MP3 decodes to samples of +-40
FLOAT_CODECS = {*(f"pcm_f{bits}{order}" for bits in (16, 24, 32, 64) for order in ("le", "be")), "wavpack"}
SAMPLE_TYPES = {  # FFmpeg's sample format -> type and the value of full scale
    "u8": (np.uint8, 2.0**7),
    "s16": (np.int16, 2.0**15),
    "s32": (np.int32, 2.0**31),
    "s64": (np.int64, 2.0**63),
    "flt": (np.float32, 1.0),
    "dbl": (np.float64, 1.0),
}


@dataclass(frozen=True, slots=True)
class Decoded:
    """One audio file as stereo samples."""

    samples: np.ndarray  # [2, N] float32 in [-1, 1]; may be a view of a larger array
    sample_rate: int  # Hz
    codec: str  # FFmpeg's name: mp3, vorbis, pcm_s16le
    damaged: int  # packets and frames that were skipped
    capped: bool  # whether the file is longer than `max_seconds`

    @property
    def seconds(self) -> float:
        return self.samples.shape[1] / self.sample_rate


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive samples of a decoded file."""

    samples: np.ndarray  # [2, n] float32 in [-1, 1]
    rate: int  # Hz


def decode(path: Path, *, sample_rate: int | None = 44_100, max_seconds: float = 3600.0) -> Decoded:
    """The file's main audio stream as stereo at `sample_rate` Hz; None keeps the rate of the file.

    Mono is copied to both channels, more channels are mixed down (`models.audio.downmix`). n samples at the file's rate
    become round(n * sample_rate / rate). Rate and layout may change within the file. At most `max_seconds` are decoded.
    Float files whose peak exceeds full scale are scaled down to it, not clipped. Raises BadAudioError, with the cause,
    if there are no samples.
    """
    tally = _Tally()
    with open_audio(path) as audio:
        bound = MAX_PEAK if audio.codec in FLOAT_CODECS else 1.0
        output = _Output(sample_rate, min(audio.seconds or 0, max_seconds), bound)
        for block in _decoded(audio, max_seconds, tally, bound):
            output.write(block)
    if not output.begun:
        damage = f"; {tally.damaged} damaged packets" if tally.damaged else ""
        raise BadAudioError(f"{printable(path)}: no audio could be decoded ({audio.codec}{damage})", CONVERT_ADVICE)
    return Decoded(
        samples=output.finish(),
        sample_rate=output.sample_rate,
        codec=audio.codec,
        damaged=tally.damaged,
        capped=tally.capped,
    )


def decode_music(path: Path, max_seconds: float) -> Decoded:
    """Decodes a file at SAMPLE_RATE. Raises BadAudioError, also for digital silence."""
    decoded = decode(path, sample_rate=SAMPLE_RATE, max_seconds=max_seconds)
    if not decoded.samples.any():
        raise BadAudioError(f"{printable(path)}: nothing but silence", "Check the file in a player")
    return decoded


def blocks(path: Path, *, max_seconds: float = 3600.0) -> Iterator[Block]:
    """The decoded stereo blocks at the rate of the file, for work that does not need the whole track in memory.

    Blocks have BLOCK samples, except for the last one and before a change of rate or layout. Raises BadAudioError,
    also if there are no samples.
    """
    with open_audio(path) as audio:
        found = False
        for block in _decoded(audio, max_seconds, _Tally()):
            found = True
            yield block
    if not found:
        raise BadAudioError(f"{printable(path)}: no audio could be decoded", CONVERT_ADVICE)


@dataclass(slots=True)
class _Tally:
    damaged: int = 0
    capped: bool = False


def _decoded(audio: AudioInput, max_seconds: float, tally: _Tally, bound: float = 1.0) -> Iterator[Block]:
    return _up_to(max_seconds, _blocks(audio.frames(), tally, bound), tally)


def _blocks(frames: Iterable[av.AudioFrame | None], tally: _Tally, bound: float) -> Iterator[Block]:
    """Collects frames to blocks of BLOCK samples, shorter at the end and before a change of format."""
    fifo, kind = av.AudioFifo(), None
    for frame in frames:
        if frame is None or not MIN_RATE <= frame.sample_rate <= MAX_RATE:
            tally.damaged += 1
            continue
        frame.pts = None  # samples are counted instead: damaged files have gaps in their time stamps
        if kind != (kind := (frame.sample_rate, frame.format.name, frame.layout.name)):
            yield from _read(fifo, bound)
            fifo = av.AudioFifo()
        fifo.write(frame)
        while fifo.samples >= BLOCK:
            yield from _read(fifo, bound, BLOCK)
    yield from _read(fifo, bound)


def _read(fifo: av.AudioFifo, bound: float, count: int = 0) -> Iterator[Block]:
    """A block of `count` samples (0: all that are left); nothing from an empty fifo."""
    frame = fifo.read(count)
    if frame is not None:
        yield _stereo(frame, bound)


def _stereo(frame: av.AudioFrame, bound: float) -> Block:
    """A frame of any sample format and layout -> float32 stereo, without NaN.

    Samples beyond `bound` are clipped if that is full scale, and otherwise left out as damage.
    """
    names = [channel.name for channel in frame.layout.channels]
    samples = _channels(frame, len(names))
    if bound == 1.0:
        samples = np.clip(np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0), -1.0, 1.0)
    else:
        samples = np.where(np.abs(samples) <= bound, samples, 0.0)
    stereo = samples if len(names) == 2 else stereo_matrix(names) @ samples
    return Block(stereo, frame.sample_rate)


def _channels(frame: av.AudioFrame, count: int) -> np.ndarray:
    """[C, n] float32.

    Not `AudioFrame.to_ndarray`, which crashes on planar audio of 8 channels: PyAV 18.1 (av/audio/frame.py, `planes`)
    counts pointers up to the first null, and FFmpeg's array of 8 ends without one. There is no issue about it; a
    similar one for more channels is https://github.com/meta-pytorch/torchcodec/issues/1145.
    """
    dtype, full_scale = SAMPLE_TYPES[frame.format.packed.name]
    if frame.format.is_planar:
        raw = np.stack([np.frombuffer(memoryview(frame.planes[c]), dtype, frame.samples) for c in range(count)])
    else:
        raw = np.frombuffer(memoryview(frame.planes[0]), dtype, frame.samples * count).reshape(-1, count).T
    samples = raw.astype(np.float32)
    if dtype is np.uint8:
        samples -= 128.0
    return samples if full_scale == 1.0 else samples / np.float32(full_scale)


def _up_to(max_seconds: float, blocks: Iterable[Block], tally: _Tally) -> Iterator[Block]:
    """The blocks up to `max_seconds`. Stops reading there."""
    left = max_seconds
    for block in blocks:
        remaining = round(left * block.rate)
        if block.samples.shape[1] > remaining:
            tally.capped = True
            if remaining:
                yield Block(block.samples[:, :remaining], block.rate)
            return
        yield block
        left -= block.samples.shape[1] / block.rate


class _Output:
    """Resamples blocks to one rate (soxr HQ) and collects them.

    Space is reserved for the duration in the header; memory that is never written costs nothing. If the header was
    wrong, the array doubles when full. Joining a list of blocks would need twice the memory of the result.
    """

    def __init__(self, sample_rate: int | None, expected_seconds: float, bound: float) -> None:
        """`bound` of the samples of all blocks. If they exceed full scale, the result is scaled down to it."""
        self._bound = bound
        self._peak = 0.0  # of the blocks
        self.begun = False  # whether there has been a block
        self.sample_rate = sample_rate or 0  # 0: unknown before the first block
        self._input_rate = 0
        self._resampler: soxr.ResampleStream | None = None
        self._expected_seconds = min(max(expected_seconds, 0.0), MAX_RESERVED_SECONDS)
        self._array = np.empty((2, 0), np.float32)
        self._used = 0

    def write(self, block: Block) -> None:
        if not self.begun:
            self.begun = True
            self.sample_rate = self.sample_rate or block.rate
            self._array = np.empty((2, round(self._expected_seconds * self.sample_rate) + BLOCK), np.float32)
        if self._bound > 1.0:
            self._peak = max(self._peak, _peak(block.samples))
        if block.rate != self._input_rate:
            self._flush()
            self._input_rate = block.rate
            if block.rate != self.sample_rate:
                self._resampler = soxr.ResampleStream(block.rate, self.sample_rate, 2, dtype="float32", quality="HQ")
        if self._resampler is None:
            self._append(block.samples)
        else:
            self._append(self._resampler.resample_chunk(np.ascontiguousarray(block.samples.T)).T)

    def finish(self) -> np.ndarray:
        self._flush()
        samples = self._array[:, : self._used]
        if self._peak > 1.0:
            samples /= self._peak
        if self._bound > 1.0:
            np.clip(samples, -1.0, 1.0, out=samples)  # as `_append` does for other files
        return samples

    def _flush(self) -> None:
        if self._resampler is not None:
            self._append(self._resampler.resample_chunk(np.empty((0, 2), np.float32), last=True).T)
            self._resampler = None

    def _append(self, samples: np.ndarray) -> None:
        end = self._used + samples.shape[1]
        if end > self._array.shape[1]:
            larger = np.empty((2, max(end, 2 * self._array.shape[1])), np.float32)
            larger[:, : self._used] = self._array[:, : self._used]
            self._array = larger
        part = self._array[:, self._used : end]
        np.clip(samples, -self._bound, self._bound, out=part)  # band-limiting overshoots at full scale
        self._used = end


def _peak(samples: np.ndarray) -> float:
    """The largest absolute value, without a copy of the samples."""
    return float(max(samples.max(initial=0.0), -samples.min(initial=0.0)))
