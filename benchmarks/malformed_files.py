"""Malformed and mutated audio files through a worker process that does with them all that Poly-Muse does.

    python benchmarks/malformed_files.py [--files 5000] [--seed 0]

Short clips with tags, pictures and chapters in every format that this FFmpeg writes, and some with several tag systems,
are damaged at random: bits flipped, lengths overwritten, parts cut, doubled, swapped, filled with zeros, mixed with
other formats; codec tags, languages, dispositions, pictures, chapter tables and file tags overwritten. Each file is
identified, decoded, and asked for its tags, cover and waveform, in a worker with limits of its own. Prints what became
of them, and the highest memory of the worker.
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
from mutagen.id3 import COMM, RVA2, SYLT, TIT2, TPE1, TXXX, UFID, USLT

sys.path.insert(0, str(Path(__file__).parents[1]))

from indexer.file_tags import read_tags
from indexer.identity import track_id
from models.audio.decode import decode
from polymuse.errors import BadAudioError
from polymuse.memory import memory_of
from polymuse.pool import Pool, Task
from search_api.media.covers import write_embedded
from search_api.media.waveforms import write_waveform
from tests.helpers.audio_files import add_cover
from tests.helpers.tagged_files import ape, asf, id3, id3_bytes, info, mp4, riff, vorbis

LIMIT = 60.0  # seconds for one file
MEMORY = 4 * 2**30  # bytes for the worker
MAX_SECONDS = 3600.0  # as in the default settings
# Suffix and codec; this FFmpeg writes no APE, Musepack, TAK, Shorten, ATRAC, DTS, TrueHD, QOA, DSD
FORMATS = """
    mp3:libmp3lame mp2:mp2 m4a:aac m4a:alac m4b:aac mp4:aac mov:pcm_s16le 3gp:aac 3g2:aac aac:aac caf:alac
    ogg:vorbis ogv:vorbis opus:libopus oga:flac flac:flac mka:libopus webm:libopus mkv:flac
    wav:pcm_s16le wav:adpcm_ms wav:pcm_f32le wav:flac w64:pcm_s24le aiff:pcm_s16be au:pcm_s16be voc:pcm_u8
    wma:wmav2 wma:wmav1 asf:wmav2 wv:wavpack tta:tta ac3:ac3 eac3:eac3 adx:adpcm_adx
    rm:ac3 avi:libmp3lame avi:aac flv:libmp3lame ts:mp2 mpg:mp2 vob:ac3 amr:libopencore_amrnb nut:vorbis
"""
WITH_PICTURE = ("mp3", "mp4", "flac")  # formats in which FFmpeg attaches a picture
# Parts of a header -> what stands at their place in the formats that have them
MARKERS = {
    "codec tags": rb"""mp4a alac stsd esds sowt lpcm raw wave fmt auds strf strh COMM SSND desc A_OPUS A_FLAC
        A_VORBIS codec OpusHead vorbis fLaC Speex wvpk .snd TTA1 .RMF MDPR #!AMR caff samr""",
    "languages": b"mdhd elng LANGUAGE COMM TLAN lang \x22\xb5\x9c",
    "dispositions": b"tkhd hdlr edts elst \x88\x81 \x55\xaa \xb9\x81 \x83\x81",
    "attached pictures": b"APIC PIC covr data METADATA_BLOCK_PICTURE WM/Picture PNG IHDR image/ \x61\xa7",
    "tags": b"TIT2 TPE1 TXXX USLT SYLT RVA2 UFID APETAGEX Title TAG INFO INAM id3 ilst ---- mean ARTISTS TITLE= vendor",
    "chapters": b"CHAP CTOC chpl chap CHAPTER text \x10\x43\xa7\x70 \xb6 \x80 \x85",
}
Mutation = Callable[[random.Random, bytearray, list[bytes]], bytes]


def main() -> None:
    parser = argparse.ArgumentParser(description="Read damaged audio files.")
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="directory for the files that crash or hang")
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory(prefix="polymuse-malformed-") as directory:
        clips = make_clips(Path(directory)) + make_tagged_clips(Path(directory))
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
    for suffix, codec in (each.split(":") for each in FORMATS.split()):
        path = directory / f"clip.{suffix}"
        try:
            _encode(path, codec)
        except (FFmpegError, ValueError) as error:
            print(f"cannot write {suffix} with {codec}: {error}", file=sys.stderr)
            continue
        clips.append((suffix, path.read_bytes()))
        path.unlink()
    return clips


def make_tagged_clips(directory: Path) -> list[tuple[str, bytes]]:
    """Clips with several tag systems, and with tags that FFmpeg does not write."""
    mp3 = id3(
        directory / "tagged.mp3",
        *(TIT2(1, "T"), TPE1(0, "A"), TXXX(3, "ARTISTS", ["a", "b"]), COMM(0, "eng", "", "c")),
        *(USLT(1, "eng", "", "la"), SYLT(3, "eng", 2, 1, "", [("x", 1)])),
        *(RVA2("track", 1, -3, 0.5), UFID("http://musicbrainz.org", b"i")),
        v1=True,
    )
    files = [
        ape(mp3, Title="T", Artist="A"),
        riff(directory / "tagged.wav", info(INAM=b"x", IART=b"y"), (b"id3 ", id3_bytes(TIT2(3, "T")))),
        mp4(
            directory / "tagged.m4a",
            {"\xa9nam": ["t"], "----:com.apple.iTunes:ARTISTS": [b"a", b"b"], "trkn": [(1, 2)]},
        ),
        asf(directory / "tagged.wma", {"Title": ["t"], "WM/Genre": ["g"], "WM/Picture": [bytes(100)]}),
        vorbis(directory / "tagged.ogg", ("TITLE", "t"), ("ARTIST", "a"), ("ARTIST", "b")),
    ]
    return [(path.suffix[1:], path.read_bytes()) for path in files]


def _encode(path: Path, codec: str, seconds: float = 0.7) -> None:
    rate, layout = (8000, "mono") if "amr" in codec else (48_000, "stereo")
    t = np.arange(round(seconds * rate)) / rate
    packed = np.repeat(0.3 * np.sin(2 * np.pi * 440 * t), 1 if layout == "mono" else 2).astype(np.float32)
    with av.open(str(path), "w") as output:
        output.metadata.update({"title": "Clip", "artist": "Nobody", "language": "eng"})
        ms = Fraction(1, 1000)
        output.set_chapters([{"id": 1, "start": 0, "end": 300, "time_base": ms, "metadata": {"title": "Part"}}])
        stream = output.add_stream(codec, rate=rate, layout=layout)
        assert isinstance(stream, av.AudioStream)
        stream.options = {"strict": "experimental"}  # for FFmpeg's own Vorbis encoder
        if codec.startswith("wma"):
            stream.bit_rate = 128_000
        frame = av.AudioFrame.from_ndarray(packed[None], format="flt", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        stream.metadata["language"] = "eng"
        if path.suffix[1:] in WITH_PICTURE:
            add_cover(output)
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
    """All that is done with a file but for the networks, each part whatever the others found.

    The highest memory so far, in bytes. Raises the first BadAudioError in the end.
    """
    made = path.with_suffix(".made")
    refusals: list[BadAudioError] = []
    for part in (track_id, check_samples, lambda source: write_embedded(source, made), write_waveform_to(made)):
        try:
            part(path)
        except BadAudioError as error:
            refusals.append(error)
    read_tags(path)  # refuses nothing
    if refusals:
        raise refusals[0]
    return highest_memory()


def write_waveform_to(target: Path) -> Callable[[Path], None]:
    return lambda source: write_waveform(source, target)


def check_samples(path: Path) -> None:
    decoded = decode(path, sample_rate=44_100, max_seconds=MAX_SECONDS)
    if not np.isfinite(decoded.samples).all() or np.abs(decoded.samples).max(initial=0) > 1:
        raise ValueError("samples beyond full scale")


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


def damage_part(chance: random.Random, data: bytearray, others: list[bytes]) -> bytes:
    """One of the MARKERS, or what follows it; where the file has none of a kind, its header."""
    markers = chance.choice(list(MARKERS.values())).split()
    places = [match.start() for marker in markers for match in re.finditer(re.escape(marker), data)]
    if not places:
        return flip_header(chance, data, others)
    for _ in range(chance.choice([1, 1, 2, 8])):
        at = chance.choice(places) + chance.choice([0, 0, chance.randrange(-8, 64)])
        size = chance.choice([1, 2, 3, 4, 8])
        odd = [b"\0" * size, b"\xff" * size, b"\x80" * size, chance.randbytes(size), chance.choice(markers)[:size]]
        value = chance.choice(odd)
        at = max(0, min(at, len(data) - len(value)))
        data[at : at + len(value)] = value
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
    *[damage_part] * 11,  # half of all
]

if __name__ == "__main__":
    main()
