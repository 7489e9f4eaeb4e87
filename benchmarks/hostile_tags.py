"""Files made of tags, through every way in: the CPU time and the memory that they take.

    python benchmarks/hostile_tags.py [--tags 40000 1900]

Each file is a tenth of a second of audio with so many tags, in every container in which FFmpeg reads tags; then follow
files with few but large tags, and with other parts that cost FFmpeg more than they take in a file. Each is identified,
decoded, and asked for its tags, cover and waveform, in a process of its own. Prints the CPU seconds of the slowest way,
those per MB of the file, and the memory that the process took beyond what the same audio without tags takes.
"""

import argparse
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.measured_process import highest_memory
from indexer.file_tags import read_tags
from indexer.identity import track_id
from models.audio.decode import decode
from polymuse.errors import BadAudioError
from polymuse.pool import Pool
from search_api.media.covers import write_embedded
from search_api.media.waveforms import write_waveform
from tests.helpers.hostile_tags import HOSTILE, be, clip, comments, element, flac, id3_frames, matroska, names, ogg
from tests.helpers.tagged_files import frame, id3v2

LIMIT = 600.0  # seconds for a file
WAYS: dict[str, Callable[[Path, Path], object]] = {
    "identity": lambda path, _: track_id(path),
    "decode": lambda path, _: decode(path),
    "tags": lambda path, _: read_tags(path),
    "cover": write_embedded,
    "waveform": write_waveform,
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Read files made of tags.")
    parser.add_argument("--tags", type=int, nargs="*", default=[40_000, 1_900])
    counts = parser.parse_args().tags
    worst = [0.0, 0.0, 0.0]
    print(f"{'file':<26}{'MB':>7}{'slowest':>10}{'CPU s':>8}{'s per MB':>10}{'MB taken':>10}")
    with tempfile.TemporaryDirectory(prefix="polymuse-hostile-") as directory:
        for title, suffix, content in files(counts):
            path = Path(directory) / f"a{suffix}"
            path.write_bytes(content)
            path.with_name(f"plain{suffix}").write_bytes(clip(suffix[1:]))
            size = len(content) / 1e6
            times, memory = _measure(path)
            way = max(times, key=lambda each: times[each])
            found = [times[way], times[way] / max(size, 1.0), memory / max(size, 1.0)]
            worst = [max(pair) for pair in zip(worst, found, strict=True)]
            row = f"{title:<26}{size:>7.2f}{way:>10}{times[way]:>8.2f}{times[way] / size:>10.2f}{memory:>10.1f}"
            print(row, flush=True)
    print(f"worst: {worst[0]:.2f} s; of each MB, the first counted whole: {worst[1]:.2f} s and {worst[2]:.1f} MB")


def files(counts: list[int]) -> Iterator[tuple[str, str, bytes]]:
    """(title, suffix, content)"""
    for count in counts:
        for name, make in HOSTILE.items():
            yield f"{name} {count}", Path(name).suffix, make(count)
    for name, make in LARGE.items():
        yield name, Path(name).suffix, make()


def _measure(path: Path) -> tuple[dict[str, float], float]:
    """{way: CPU seconds}, and the memory taken in MB, in a new process."""
    pool = Pool(1, _no_setup)
    task = pool.submit(_read, path, LIMIT)
    while not pool.wait([task]):
        pass
    pool.close()
    return task.outcome()


def _read(path: Path) -> tuple[dict[str, float], float]:
    made = path.with_suffix(".made")
    plain = path.with_name(f"plain{path.suffix}")
    with suppress(BadAudioError):
        write_waveform(plain, made)
    before = highest_memory()
    times = {}
    for name, way in WAYS.items():
        started = time.process_time()
        with suppress(BadAudioError):
            way(path, made)
        times[name] = time.process_time() - started
    return times, (highest_memory() - before) / 1e6


def _no_setup() -> None:
    """No setup is needed before the first file."""


def _chapters() -> bytes:
    parts = (element(b"\x73\xc4", be(30_000 - n)) + element(b"\x91", be(n)) for n in range(30_000))
    return matroska(element(b"\x10\x43\xa7\x70", element(b"\x45\xb9", *(element(b"\xb6", part) for part in parts))))


def _streams() -> bytes:
    track = element(b"\x83", b"\2") + element(b"\x86", b"A_OPUS")
    tracks = (element(b"\xae", element(b"\xd7", name), element(b"\x73\xc5", name), track) for name in names(20_000))
    return matroska(element(b"\x16\x54\xae\x6b", *tracks))


LARGE: dict[str, Callable[[], bytes]] = {
    "Latin-1 values.flac": lambda: flac(comments([b"GENRE=" + b"\xe9\xe8;" * 300_000] * 10)),
    "UTF-8 values.flac": lambda: flac(comments([b"GENRE=" + b"\xc3\xa9;" * 300_000] * 10)),
    "comments of 8 kB.flac": lambda: flac(comments([b"GENRE=" + b"x" * 8_000] * 1_900)),
    "texts in a frame.mp3": lambda: id3_frames("TCON", [b"\0" + b"1\0" * 500_000]) + clip("mp3"),
    "wide texts in a frame.mp3": lambda: id3_frames("TPE1", [b"\1\xff\xfe" + b"a\0\0\0" * 250_000]) + clip("mp3"),
    "timed lines.mp3": lambda: id3_frames("SYLT", [b"\0eng\2\1\0" + b"a\0\0\0\0\1" * 21_000] * 8) + clip("mp3"),
    "compressed frames.mp3": lambda: (
        id3v2(*[frame("COMM", bytes(4) + zlib.compress(b"\0eng\0" + bytes(2**20)), flags=0x80)] * 900) + clip("mp3")
    ),
    "pictures in frames.mp3": lambda: (
        id3_frames("APIC", [b"\0image/png\0\3\0\x89PNG\r\n\x1a\n"] * 30_000) + clip("mp3")
    ),
    "chained parts.opus": lambda: ogg("opus", b"OpusTags" + comments(n + b"=x" for n in names(1_990))) * 34,
    "chapters.mka": _chapters,
    "streams.mka": _streams,
}

if __name__ == "__main__":
    main()
