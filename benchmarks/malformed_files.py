"""Malformed and mutated audio files through the worker process that reads, hashes and decodes them.

    python benchmarks/malformed_files.py [--files 5000] [--seed 0]

Short clips in every format that this FFmpeg writes are damaged at random: bits flipped, lengths overwritten, parts
cut, doubled, swapped, filled with zeros, mixed with other formats. Each file goes the way of `polymuse index` up to the
networks, in a worker with limits of its own. Prints what became of them, and the highest memory of the worker.
"""

import argparse
import collections
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError

sys.path.insert(0, str(Path(__file__).parents[1]))

from indexer.file_tags import read_tags
from indexer.identity import track_id
from models.audio.decode import decode
from polymuse.errors import BadAudioError
from polymuse.memory import memory_of
from polymuse.pool import Pool, Task

LIMIT = 60.0  # seconds for one file
MEMORY = 4 * 2**30  # bytes for the worker
MAX_SECONDS = 3600.0  # as in the default settings
FORMATS = [  # suffix, codec
    *(("mp3", "libmp3lame"), ("mp2", "mp2"), ("m4a", "aac"), ("m4a", "alac"), ("aac", "aac"), ("mov", "pcm_s16le")),
    *(
        ("ogg", "vorbis"),
        ("opus", "libopus"),
        ("oga", "flac"),
        ("flac", "flac"),
        ("mka", "libopus"),
        ("webm", "libopus"),
    ),
    *(("mkv", "flac"), ("wav", "pcm_s16le"), ("wav", "adpcm_ms"), ("wav", "pcm_f32le"), ("aiff", "pcm_s16be")),
    *(
        ("au", "pcm_s16be"),
        ("caf", "alac"),
        ("voc", "pcm_u8"),
        ("w64", "pcm_s24le"),
        ("wma", "wmav2"),
        ("wma", "wmav1"),
    ),
    *(("wv", "wavpack"), ("tta", "tta"), ("ac3", "ac3"), ("eac3", "eac3"), ("rm", "ac3"), ("avi", "libmp3lame")),
    *(("flv", "libmp3lame"), ("ts", "mp2"), ("amr", "libopencore_amrnb"), ("3gp", "aac"), ("nut", "vorbis")),
]
Mutation = Callable[[random.Random, bytearray, list[bytes]], bytes]


def main() -> None:
    parser = argparse.ArgumentParser(description="Read damaged audio files.")
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="directory for the files that crash or hang")
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory(prefix="polymuse-malformed-") as directory:
        clips = make_clips(Path(directory))
        results, peak = run(chance, clips, arguments.files, Path(directory), arguments.keep)
    kinds = collections.Counter(kind for kind, _ in results)
    print(f"{len(results)} files from {len(clips)} formats; highest memory of the worker {peak / 2**20:.0f} MiB")
    for kind in ("decoded", "refused", "crash", "time", "memory", "bug"):
        print(f"{kind:>8}: {kinds[kind]}")
    for cause, count in collections.Counter(cause for kind, cause in results if kind != "decoded").most_common(20):
        print(f"{count:>8}  {cause}")
    sys.exit(bool(kinds["bug"]))


def make_clips(directory: Path) -> list[tuple[str, bytes]]:
    """(suffix, content) of one clip in each format that can be written here."""
    clips = []
    for suffix, codec in FORMATS:
        path = directory / f"clip.{suffix}"
        try:
            _encode(path, codec)
        except (FFmpegError, ValueError) as error:
            print(f"cannot write {suffix} with {codec}: {error}", file=sys.stderr)
            continue
        clips.append((suffix, path.read_bytes()))
        path.unlink()
    return clips


def _encode(path: Path, codec: str, seconds: float = 0.7) -> None:
    rate, layout = (8000, "mono") if "amr" in codec else (48_000, "stereo")
    t = np.arange(round(seconds * rate)) / rate
    packed = np.repeat(0.3 * np.sin(2 * np.pi * 440 * t), 1 if layout == "mono" else 2).astype(np.float32)
    with av.open(str(path), "w") as output:
        output.metadata.update({"title": "Clip", "artist": "Nobody"})
        stream = output.add_stream(codec, rate=rate, layout=layout)
        assert isinstance(stream, av.AudioStream)
        stream.options = {"strict": "experimental"}  # for FFmpeg's own Vorbis encoder
        if codec.startswith("wma"):
            stream.bit_rate = 128_000
        frame = av.AudioFrame.from_ndarray(packed[None], format="flt", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        resampler = av.AudioResampler(stream.format.name, layout, rate, stream.frame_size or 0)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            output.mux(stream.encode(part))
        output.mux(stream.encode(None))


def run(
    chance: random.Random, clips: list[tuple[str, bytes]], count: int, directory: Path, keep: Path | None
) -> tuple[list[tuple[str, str]], int]:
    """(kind, cause) of each of `count` damaged files, and the most bytes that the worker had after one."""
    others = [content for _, content in clips]
    results, peak = [], 0
    pool = Pool(1, _prepare, memory=MEMORY)
    started = time.monotonic()
    for number in range(count):
        suffix, content = clips[number % len(clips)]
        damaged = bytes(content)
        for _ in range(chance.choice([1, 1, 1, 2, 3]) if number >= len(clips) else 0):
            damaged = chance.choice(MUTATIONS)(chance, bytearray(damaged or b"\0"), others)
        path = directory / f"{number}.{suffix}"
        path.write_bytes(damaged)
        task = pool.submit(read, path, LIMIT)
        while not pool.wait([task]):
            pass
        kind, cause = _outcome(task)
        results.append((kind, f"{suffix}: {cause}" if kind in ("crash", "time", "memory", "bug") else cause))
        peak = max(peak, task.value or 0)
        if keep is not None and kind in ("crash", "time", "memory", "bug"):
            keep.mkdir(parents=True, exist_ok=True)
            (keep / f"{kind}-{path.name}").write_bytes(damaged)
        path.unlink()
        if number % 500 == 499:
            print(f"{number + 1} files, {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    pool.close()
    return results, peak


def _outcome(task: Task) -> tuple[str, str]:
    if task.error is None:
        return "decoded", ""
    message = task.error.message
    for kind, sign in (("crash", "crashed"), ("time", "no result"), ("memory", "memory"), ("bug", "unexpected")):
        if sign in message:
            return kind, message
    cause = message.split(": ", 1)[-1] if isinstance(task.error, BadAudioError) else message
    return "refused", re.sub(r"\(.*\)|\d+", "…", cause)


def _prepare() -> None:
    import os

    global _pid  # noqa: PLW0603
    _pid = os.getpid()


_pid = 0


def read(path: Path) -> int:
    """What indexing does to a file before the networks. The highest memory so far, in bytes."""
    track_id(path)
    read_tags(path)
    decoded = decode(path, sample_rate=44_100, max_seconds=MAX_SECONDS)
    if not np.isfinite(decoded.samples).all() or np.abs(decoded.samples).max(initial=0) > 1:
        raise ValueError("samples beyond full scale")
    return highest_memory()


def highest_memory() -> int:
    """Bytes that this process had at most; what it has now where the system does not tell."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return memory_of(_pid) or 0
    return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) * 1024


def flip_bits(chance: random.Random, data: bytearray, _others: list[bytes]) -> bytes:
    for _ in range(chance.choice([1, 8, 64, 512])):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def flip_header(chance: random.Random, data: bytearray, _others: list[bytes]) -> bytes:
    for _ in range(chance.choice([1, 4, 16])):
        data[chance.randrange(min(256, len(data)))] = chance.randrange(256)
    return bytes(data)


def overwrite_length(chance: random.Random, data: bytearray, _others: list[bytes]) -> bytes:
    """Where a header may hold a size, a count or a rate: absurd values in both byte orders."""
    for _ in range(chance.choice([1, 3, 10])):
        at = chance.randrange(min(1024, len(data)))
        value = chance.choice([0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFE, 1 << 24, chance.getrandbits(32)])
        data[at : at + 4] = value.to_bytes(4, chance.choice(["big", "little"]))  # type: ignore[arg-type]
    return bytes(data)


def truncate(chance: random.Random, data: bytearray, _others: list[bytes]) -> bytes:
    return bytes(data[: chance.randrange(len(data) + 1)])


def behead(chance: random.Random, data: bytearray, _others: list[bytes]) -> bytes:
    return bytes(data[chance.randrange(len(data)) :])


def double_part(chance: random.Random, data: bytearray, _others: list[bytes]) -> bytes:
    start, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return bytes(data[:end] + data[start:end] * chance.choice([1, 1, 20]) + data[end:])


def remove_part(chance: random.Random, data: bytearray, _others: list[bytes]) -> bytes:
    start, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return bytes(data[:start] + data[end:])


def zero_part(chance: random.Random, data: bytearray, _others: list[bytes]) -> bytes:
    start, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    data[start:end] = bytes([chance.choice([0, 0xFF])]) * (end - start)
    return bytes(data)


def splice(chance: random.Random, data: bytearray, others: list[bytes]) -> bytes:
    """The start of this file, the rest of another."""
    other = chance.choice(others)
    return bytes(data[: chance.randrange(1, len(data) + 1)]) + other[chance.randrange(len(other)) :]


def noise_after_magic(chance: random.Random, data: bytearray, _others: list[bytes]) -> bytes:
    return bytes(data[: chance.choice([4, 12, 64])]) + chance.randbytes(chance.choice([0, 100, 20_000]))


def junk_in_front(chance: random.Random, data: bytearray, _others: list[bytes]) -> bytes:
    return chance.choice([b"\0" * 4096, chance.randbytes(1000), b"ID3\x04\0\0\x7f\x7f\x7f\x7f"]) + bytes(data)


MUTATIONS: list[Mutation] = [
    flip_bits,
    flip_header,
    overwrite_length,
    truncate,
    behead,
    double_part,
    remove_part,
    zero_part,
    splice,
    noise_after_magic,
    junk_in_front,
]

if __name__ == "__main__":
    main()
