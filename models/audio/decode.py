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

from models.audio.channel_mean import ChannelMean, rate_of_mean
from models.audio.demux import CONVERT_ADVICE, AudioInput, open_audio
from models.audio.downmix import stereo_matrix
from models.separator import SAMPLE_RATE
from polymuse.errors import BadAudioError
from polymuse.paths import printable

BLOCK = 65_536  # samples converted at once: few Python calls, 512 kB of stereo float32
MAX_RESERVED_SECONDS = 3_600.0  # whatever the header says
MIN_RATE, MAX_RATE = 1_000, 768_000  # Hz; other rates are damage
# Samples beyond full scale stay as they are: loud music overshoots in lossy codecs, and float files hold what they were
# given. Damaged MP3 decodes to samples of +-40, which are left out.
MAX_PEAK = 16.0  # 24 dB above full scale
MAX_FLOAT_PEAK = 2.0**31  # in files of float samples, which may be written as if they were integers of up to 32 bits
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

    samples: np.ndarray  # [2, N] float32; 1 is full scale, which loud music exceeds; may be a view of a larger array
    sample_rate: int  # Hz
    codec: str  # FFmpeg's name: mp3, vorbis, pcm_s16le
    damaged: int  # packets and frames that were skipped
    capped: bool  # whether the file is longer than `max_seconds`
    mean: ChannelMean | None = None  # if it was asked for and is not simply the mean of `samples`

    @property
    def seconds(self) -> float:
        return self.samples.shape[1] / self.sample_rate


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive samples of a decoded file."""

    samples: np.ndarray  # [2, n] float32
    rate: int  # Hz
    mean: np.ndarray | None = None  # [1, n] float32, of all channels, if there are more than two

    def first(self, count: int) -> "Block":
        """Its first `count` samples."""
        return Block(self.samples[:, :count], self.rate, None if self.mean is None else self.mean[:, :count])


def decode(
    path: Path, *, sample_rate: int | None = 44_100, max_seconds: float = 3600.0, with_mean: bool = False
) -> Decoded:
    """The file's main audio stream as stereo at `sample_rate` Hz; None keeps the rate of the file.

    Mono is copied to both channels, more channels are mixed down (`models.audio.downmix`). n samples at the file's rate
    become round(n * sample_rate / rate). Rate and layout may change within the file. At most `max_seconds` are decoded.
    Nothing is clipped; float files whose peak exceeds MAX_PEAK are written in other units, and scaled to full scale.
    Raises BadAudioError, with the cause, if there are no samples.
    """
    tally = _Tally()
    with open_audio(path) as audio:
        bound = MAX_FLOAT_PEAK if audio.codec in FLOAT_CODECS else MAX_PEAK
        seconds = min(audio.seconds or 0, max_seconds)
        output, mean = _Output(2, sample_rate, seconds), _Mean(seconds) if with_mean else None
        for block in _decoded(audio, max_seconds, tally, bound):
            output.write(block.samples, block.rate)
            if mean is not None and not mean.write(block):
                mean = None
    if not output.begun:
        damage = f"; {tally.damaged} damaged packets" if tally.damaged else ""
        raise BadAudioError(f"{printable(path)}: no audio could be decoded ({audio.codec}{damage})", CONVERT_ADVICE)
    return Decoded(
        samples=_in_usual_units(output.finish()),
        sample_rate=output.sample_rate,
        codec=audio.codec,
        damaged=tally.damaged,
        capped=tally.capped,
        mean=None if mean is None else mean.finish(),
    )


def decode_music(path: Path, max_seconds: float) -> Decoded:
    """Decodes a file at SAMPLE_RATE, with its mean. Raises BadAudioError, also for digital silence."""
    decoded = decode(path, sample_rate=SAMPLE_RATE, max_seconds=max_seconds, with_mean=True)
    if not decoded.samples.any():
        raise BadAudioError(f"{printable(path)}: nothing but silence", "Check the file in a player")
    return decoded


def blocks(path: Path, *, max_seconds: float = 3600.0) -> Iterator[Block]:
    """The decoded stereo blocks at the rate of the file, clipped to full scale, for players.

    Blocks have BLOCK samples, except for the last one and before a change of rate or layout. Raises BadAudioError,
    also if there are no samples.
    """
    with open_audio(path) as audio:
        found = False
        for block in _decoded(audio, max_seconds, _Tally(), MAX_FLOAT_PEAK):
            found = True
            yield Block(np.clip(block.samples, -1.0, 1.0), block.rate)
    if not found:
        raise BadAudioError(f"{printable(path)}: no audio could be decoded", CONVERT_ADVICE)


@dataclass(slots=True)
class _Tally:
    damaged: int = 0
    capped: bool = False


def _decoded(audio: AudioInput, max_seconds: float, tally: _Tally, bound: float) -> Iterator[Block]:
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
    """A frame of any sample format and layout -> float32 stereo. Samples beyond `bound`, and NaN, become 0."""
    names = [channel.name for channel in frame.layout.channels]
    samples = _channels(frame, len(names))
    samples = np.where(np.abs(samples) <= bound, samples, np.float32(0))
    if len(names) == 2:
        return Block(samples, frame.sample_rate)
    mean = samples.mean(axis=0, keepdims=True) if len(names) > 2 else None
    return Block(stereo_matrix(names) @ samples, frame.sample_rate, mean)


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
                yield block.first(remaining)
            return
        yield block
        left -= block.samples.shape[1] / block.rate


class _Output:
    """Resamples blocks to one rate (soxr HQ) and collects them.

    Space is reserved for the duration in the header; memory that is never written costs nothing. If the header was
    wrong, the array doubles when full. Joining a list of blocks would need twice the memory of the result.
    """

    def __init__(self, channels: int, sample_rate: int | None, expected_seconds: float) -> None:
        self.begun = False  # whether there has been a block
        self.sample_rate = sample_rate or 0  # 0: unknown before the first block
        self._channels = channels
        self._input_rate = 0
        self._resampler: soxr.ResampleStream | None = None
        self._expected_seconds = min(max(expected_seconds, 0.0), MAX_RESERVED_SECONDS)
        self._array = np.empty((channels, 0), np.float32)
        self._used = 0

    def write(self, samples: np.ndarray, rate: int) -> None:
        """Add samples [channels, n] at `rate` Hz."""
        if not self.begun:
            self.begun = True
            self.sample_rate = self.sample_rate or rate
            length = round(self._expected_seconds * self.sample_rate) + BLOCK
            self._array = np.empty((self._channels, length), np.float32)
        if rate != self._input_rate:
            self._flush()
            self._input_rate = rate
            if rate != self.sample_rate:
                self._resampler = soxr.ResampleStream(
                    rate, self.sample_rate, self._channels, dtype="float32", quality="HQ"
                )
        if self._resampler is None:
            self._append(samples)
        else:
            self._append(self._resampler.resample_chunk(np.ascontiguousarray(samples.T)).T)

    def finish(self) -> np.ndarray:
        self._flush()
        return self._array[:, : self._used]

    def _flush(self) -> None:
        if self._resampler is not None:
            self._append(self._resampler.resample_chunk(np.empty((0, self._channels), np.float32), last=True).T)
            self._resampler = None

    def _append(self, samples: np.ndarray) -> None:
        end = self._used + samples.shape[1]
        if end > self._array.shape[1]:
            larger = np.empty((self._channels, max(end, 2 * self._array.shape[1])), np.float32)
            larger[:, : self._used] = self._array[:, : self._used]
            self._array = larger
        self._array[:, self._used : end] = samples
        self._used = end


class _Mean:
    """Collects the mean of a file whose rate and number of channels are such that it is wanted, in all blocks."""

    def __init__(self, expected_seconds: float) -> None:
        self._expected_seconds = expected_seconds
        self._rates: tuple[int, int] | None = None  # of the file, of the mean
        self._output = _Output(1, None, 0)

    def write(self, block: Block) -> bool:
        """Whether the mean of this file is wanted."""
        rate = rate_of_mean(block.rate, 2 if block.mean is None else 3)
        if rate is None or self._rates not in (None, (block.rate, rate)):
            return False
        if self._rates is None:
            self._rates = block.rate, rate
            self._output = _Output(1, rate, self._expected_seconds)
        mean = block.samples.mean(axis=0, keepdims=True) if block.mean is None else block.mean
        self._output.write(mean, block.rate)
        return True

    def finish(self) -> ChannelMean:
        return ChannelMean(_in_usual_units(self._output.finish()), self._output.sample_rate)


def _in_usual_units(samples: np.ndarray) -> np.ndarray:
    """The samples; scaled in place to full scale if their peak exceeds MAX_PEAK."""
    peak = float(max(samples.max(initial=0.0), -samples.min(initial=0.0)))  # without a copy of them
    if peak > MAX_PEAK:
        samples /= peak
    return samples
