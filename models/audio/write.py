"""Writes audio files. Samples are never scaled: float files keep what exceeds full scale, integer files clip it."""

import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import av
import numpy as np
from av.audio.stream import AudioStream
from av.error import FFmpegError

from models.audio.formats import AudioFormat
from polymuse.errors import UserError
from polymuse.paths import printable
from polymuse.permissions import directory_for_user, write_for_user

if TYPE_CHECKING:
    from torch import Tensor

BLOCK = 65_536  # samples of each channel converted at once
PCM, FLOAT = 1, 3  # format tags of WAV
FLAC_LAYOUTS = {1: "mono", 2: "stereo"}
MAX_WAV_BYTES = 0xFFFFFFFF - 64  # the size in a RIFF header has 32 bits; 64 leaves room for the header


@dataclass(frozen=True, slots=True)
class StemFile:
    """A written stem."""

    path: Path
    clipped: int  # number of samples that were clipped


def write_wav(path: Path, samples: np.ndarray, sample_rate: int) -> None:
    """Writes [C, N] samples to a 32-bit float WAV file, atomically. Raises UserError if it cannot be written.

    Float keeps what exceeds full scale, so the written stems still add up to the mix.
    """
    write_audio(path, samples, sample_rate, AudioFormat.WAV)


def write_audio(path: Path, samples: np.ndarray, sample_rate: int, audio_format: AudioFormat) -> int:
    """Writes [C, N] samples to a file, atomically. FLAC takes one or two channels.

    Returns the number of clipped samples, always 0 for float files. Raises UserError if the file cannot be written.
    """
    clipped = 0

    def blocks() -> Iterator[np.ndarray]:
        nonlocal clipped
        for start in range(0, samples.shape[1], BLOCK):
            block = samples[:, start : start + BLOCK]
            if audio_format.bits is not None:
                block, beyond = quantise(block, audio_format.bits)
                clipped += beyond
            yield block

    if audio_format is AudioFormat.FLAC:
        _write_whole(path, lambda file: _write_flac(file, blocks(), len(samples), sample_rate))
    else:
        header = _wav_header(samples.shape, sample_rate, audio_format.bits)
        _write_whole(path, lambda file: _write_wav(file, header, blocks(), audio_format.bits))
    return clipped


def write_stems(
    stems: "Mapping[str, Tensor]", directory: Path, sample_rate: int, audio_format: AudioFormat = AudioFormat.WAV
) -> dict[str, StemFile]:
    """Writes {stem: [2, N]} as `<directory>/stems/<stem>` with the suffix of the format."""
    folder = directory / "stems"
    directory_for_user(folder)
    written = {}
    for name, stem in stems.items():
        target = folder / f"{name}{audio_format.suffix}"
        written[name] = StemFile(target, write_audio(target, stem.cpu().numpy(), sample_rate, audio_format))
    return written


def quantise(samples: np.ndarray, bits: int) -> tuple[np.ndarray, int]:
    """Samples -> int32 samples of `bits` bits, and the number of clipped samples.

    1.0 is 2^(bits - 1), as in decoding, so decoded integers are restored exactly. Halves are rounded to even, which
    adds no offset.
    """
    scale = 2 ** (bits - 1)
    steps = np.rint(samples * np.float32(scale))  # exact in float32: a power of two
    bounded = np.clip(steps, -scale, scale - 1)
    return bounded.astype(np.int32), int(np.count_nonzero(bounded != steps))


def _write_whole(path: Path, write: Callable[[IO[bytes]], None]) -> None:
    try:
        directory_for_user(path.parent)
        with write_for_user(path) as file:
            write(file)
    except (OSError, FFmpegError) as error:
        reason = error.strerror or str(error)
        raise UserError(
            f"{printable(path)}: cannot be written ({reason})", "Choose another folder with --out"
        ) from error


def _write_wav(file: IO[bytes], header: bytes, blocks: Iterator[np.ndarray], bits: int | None) -> None:
    file.write(header)
    for block in blocks:
        frames = np.ascontiguousarray(block.T, dtype="<f4" if bits is None else "<i4")
        # little-endian int32: the first bytes are an integer of fewer bits
        file.write(frames.view(np.uint8).reshape(-1, 4)[:, : (bits or 32) // 8].tobytes())
    if file.tell() % 2:
        file.write(b"\0")  # chunks of RIFF have even length


def _wav_header(shape: tuple[int, ...], sample_rate: int, bits: int | None) -> bytes:
    """RIFF header for samples [C, N]; float samples need a fact chunk."""
    channels, count = shape
    width = (bits or 32) // 8  # bytes
    frame = width * channels
    data_bytes = frame * count
    if data_bytes > MAX_WAV_BYTES:
        raise UserError("A WAV file holds at most 4 GiB", "Write a shorter excerpt")
    sizes = (channels, sample_rate, sample_rate * frame, frame, 8 * width)
    if bits is None:
        kind = struct.pack("<4sIHHIIHHH", b"fmt ", 18, FLOAT, *sizes, 0) + struct.pack("<4sII", b"fact", 4, count)
    else:
        kind = struct.pack("<4sIHHIIHH", b"fmt ", 16, PCM, *sizes)
    riff_bytes = 4 + len(kind) + 8 + data_bytes + data_bytes % 2
    return struct.pack("<4sI4s", b"RIFF", riff_bytes, b"WAVE") + kind + struct.pack("<4sI", b"data", data_bytes)


def _write_flac(file: IO[bytes], blocks: Iterator[np.ndarray], channels: int, sample_rate: int) -> None:
    layout = FLAC_LAYOUTS[channels]
    with av.open(file, "w", format="flac") as container:
        stream: AudioStream = container.add_stream("flac", rate=sample_rate, layout=layout)
        stream.codec_context.format = "s32"  # of which the encoder takes the upper 24 bits
        for block in blocks:
            packed = np.ascontiguousarray(block.T << 8).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(packed, format="s32", layout=layout)
            frame.sample_rate = sample_rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
