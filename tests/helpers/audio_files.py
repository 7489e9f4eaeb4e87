"""Makes real audio files: a known signal, any codec and container that PyAV can write."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import OutputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from models.audio.write import write_wav

LAYOUTS = {  # FFmpeg's names for layouts and their channels
    "mono": ["FC"],
    "stereo": ["FL", "FR"],
    "3.0": ["FL", "FR", "FC"],
    "quad": ["FL", "FR", "BL", "BR"],
    "5.0": ["FL", "FR", "FC", "BL", "BR"],
    "5.1": ["FL", "FR", "FC", "LFE", "BL", "BR"],
    "7.1": ["FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR"],
}


def touch(path: Path, content: bytes = b"x") -> Path:
    """A file with this content, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def sweep(seconds: float, rate: int, channels: int = 2, top: float | None = None) -> np.ndarray:
    """[C, N] float32, peak 0.4: in each channel a sine that glides from its own low tone up to `top` Hz,
    by default a tenth of the rate.

    A glide correlates with itself at one lag only. Fades of 50 ms leave no step, so that lossy codecs keep it well.
    """
    t = np.arange(round(seconds * rate)) / rate
    fade = np.clip(np.minimum(t, seconds - t) / 0.05, 0, 1)
    low = 150.0 * (1 + np.arange(channels)[:, None] / 4)
    turns = low * t + ((top or rate / 10) - low) / (2 * seconds) * t**2
    return (0.4 * fade * np.sin(2 * np.pi * turns)).astype(np.float32)


def write_noise(path: Path, seconds: float, seed: int) -> Path:
    """Writes stereo noise at 44.1 kHz as a WAV file."""
    samples = np.random.default_rng(seed).normal(0, 0.1, (2, round(seconds * 44_100))).astype(np.float32)
    write_wav(path, samples, 44_100)
    return path


def snr(signal: np.ndarray, decoded: np.ndarray, lag: int = 0) -> float:
    """dB of `signal` [C, N] over its difference from `decoded` [C, M], where `lag` is how much later the latter comes.

    Compares what both have.
    """
    signal, decoded = signal[:, max(0, -lag) :], decoded[:, max(0, lag) :]
    length = min(signal.shape[1], decoded.shape[1])
    signal, decoded = signal[:, :length].astype(np.float64), decoded[:, :length]
    with np.errstate(divide="ignore"):
        return float(10 * np.log10(np.sum(signal**2) / np.sum((signal - decoded) ** 2)))


def encode(
    path: Path,
    codec: str,
    samples: np.ndarray,
    rate: int = 44_100,
    *,
    layout: str = "stereo",
    sample_format: str | None = None,
    container: str | None = None,
    bit_rate: int | None = None,
    tags: Mapping[str, str] | None = None,
    cover: bool = False,
    video: bool = False,
) -> Path:
    """Writes [C, N] float32 samples; `cover` adds an attached picture, `video` a moving one before the audio."""
    with av.open(str(path), "w", format=container) as output:
        output.metadata.update(tags or {})
        picture = _add_video(output) if video else None
        stream = output.add_stream(codec, rate=rate, layout=layout)
        assert isinstance(stream, av.AudioStream)
        stream.options = {"strict": "experimental"}  # for FFmpeg's own Vorbis encoder
        if bit_rate:
            stream.bit_rate = bit_rate
        if sample_format:
            stream.format = sample_format
        if picture:
            output.mux(_grey(picture))
        if cover:
            add_cover(output)
        packed = np.ascontiguousarray(samples.T, np.float32).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        resampler = av.AudioResampler(stream.format.name, layout, rate, stream.frame_size or 0)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            output.mux(stream.encode(part))
        output.mux(stream.encode(None))
    return path


def remux(source: Path, target: Path, tags: Mapping[str, str]) -> Path:
    """Copies the compressed audio into a new file of the target's format, with other tags."""
    with av.open(str(source)) as old, av.open(str(target), "w") as new:
        new.metadata.update(tags)
        stream = new.add_stream_from_template(old.streams.audio[0])
        for packet in old.demux(old.streams.audio[0]):
            if packet.size:
                packet.stream = stream
                new.mux(packet)
    return target


def _add_video(output: OutputContainer) -> VideoStream:
    stream = output.add_stream("mpeg4", rate=10)
    stream.width = stream.height = 64
    stream.pix_fmt = "yuv420p"
    return stream


def _grey(stream: VideoStream) -> list[av.Packet]:
    """Half a second."""
    frames = [av.VideoFrame.from_ndarray(np.full((64, 64, 3), 90, np.uint8), format="rgb24") for _ in range(5)]
    return [packet for frame in [*frames, None] for packet in stream.encode(frame)]


def add_cover(output: OutputContainer) -> None:
    stream = output.add_stream("png", rate=1)
    stream.width = stream.height = 16
    stream.pix_fmt = "rgb24"
    stream.disposition = Disposition.attached_pic
    frame = av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24")
    frame.pts = 0
    packets = [*stream.encode(frame), *stream.encode(None)]
    output.start_encoding()
    output.mux(packets)
