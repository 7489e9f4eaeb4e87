"""Tags written into real and odd files of every kind, read back by other programs, and taken back.

    python benchmarks/written_tags.py --music FOLDER [--real 600] [--cut 900] [--odd 500] [--seed 0]

Copies of files of the folder (the smallest ones), excerpts of two seconds in each kind of file with tags of other
programs, and damaged ones get all fields through `TagWriter`. The comparison is made by other code than the check
before a file is replaced: by mutagen's own classes and by FFmpeg. Prints by kind how many files were written, left out
or refused, how many fields, how many bytes differ outside of the tag areas, how many files mutagen, mediafile (beets)
or FFmpeg read otherwise than written, and how many came back byte for byte. The exit status is 1 if bytes differ, a
refused file has changed, or a program reads something else.
"""

import argparse
import collections
import hashlib
import random
import shutil
import sys
import tempfile
import uuid
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.error import FFmpegError
from mediafile import MediaFile, UnreadableFileError
from mutagen import File, MutagenError
from mutagen.flac import FLAC, Padding, Picture, VCFLACDict
from mutagen.id3 import APIC, CHAP, COMM, GEOB, ID3, POPM, TIT2, TPE1, TXXX
from mutagen.mp4 import MP4
from mutagen.mp4._atom import Atoms
from mutagen.ogg import OggPage

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.mutations import damaged
from catalog.catalog import Catalog
from catalog.store import Space
from catalog.track import Entry, FileRef, Track
from indexer.identity import track_id
from indexer.tag_writing.fields import FIELDS
from indexer.tag_writing.replacing import Options
from indexer.tag_writing.run_journal import UNDO, WRITE, RunJournal
from indexer.tag_writing.wanted import wanted
from indexer.tag_writing.writing import Result, TagWriter
from polymuse.errors import BadAudioError
from polymuse.music import Measurements, Tag

CODECS = {
    "mp3": "libmp3lame",
    "flac": "flac",
    "ogg": "vorbis",
    "opus": "libopus",
    "m4a": "aac",
    "wav": "pcm_s16le",
    "aiff": "pcm_s16be",
}
RATE = 48_000  # Hz
SECONDS = 2
VECTOR = np.array([0.6, 0.8], np.float32)
MEASURED = Measurements(123.6, 0.9, None, 0.1, "F#m", 0.9, -11.0, 5.0, -1.0, 0.5, 1)
TAGS = (
    *(Tag("calm", "mood", 0.9), Tag("bittersweet", "mood", 0.7), Tag("jazz", "genre", 0.8)),
    *(Tag("piano", "instruments", 0.9), Tag("slow", "texture", 0.7)),
)


def main() -> None:
    parser = argparse.ArgumentParser(description="Write tags into many files.")
    parser.add_argument("--music", type=Path, required=True)
    parser.add_argument("--real", type=int, default=600)
    parser.add_argument("--cut", type=int, default=900)
    parser.add_argument("--odd", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="polymuse-tags-") as name:
        folder = Path(name)
        music = sorted((p for p in arguments.music.rglob("*") if p.is_file()), key=lambda each: each.stat().st_size)
        real = [each for each in music if each.suffix[1:] in CODECS]
        chance = random.Random(arguments.seed)
        groups = {
            "real": lambda: _copies(real[: arguments.real], folder / "real"),
            "cut": lambda: _excerpts(real[-arguments.cut :], folder / "cut", arguments.cut, chance),
            "odd": lambda: _damaged(sorted((folder / "cut").iterdir()), folder / "odd", arguments.odd, chance),
        }
        faults = 0
        print(
            f"{'group':<6}{'kind':<6}{'files':>7}{'written':>9}{'left out':>10}{'refused':>9}{'fields':>8}"
            f"{'differing':>11}{'misread':>9}{'came back':>11}",
            flush=True,
        )
        for group, make in groups.items():
            (folder / group).mkdir()
            counts = _campaign([*make()], folder / "home")
            for kind, found in sorted(counts.items()):
                numbers = [found[each] for each in ("files", "changed", "left out", "failed", "fields", "differ")]
                cells = "".join(f"{n:>{w}}" for n, w in zip(numbers, (7, 9, 10, 9, 8, 11), strict=True))
                print(f"{group:<6}{kind:<6}{cells}{found['misread']:>9}{found['back']:>11}", flush=True)
                faults += found["differ"] + found["misread"] + found["touched"]
    sys.exit(faults > 0)


def _campaign(paths: list[Path], home: Path) -> dict[str, collections.Counter[str]]:
    """Writes all, compares, and takes back."""
    counts: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    before = {path: path.read_bytes() for path in paths}
    journal_path = home / f"{uuid.uuid4().hex}.jsonl"
    with Catalog.in_memory(Space("test", 2, "e", "starter")) as catalog:
        tracks = [*_tracks(paths, catalog)]
        for path in before.keys() - {Path(track.files[0].path) for track in tracks}:
            counts[path.suffix[1:]].update({"files": 1, "failed": 1})
        journal = RunJournal(journal_path)
        results: list[Result] = []
        outside: dict[Path, Mapping[str, bytes]] = {}
        with journal.running(WRITE):
            for track in tracks:
                writer = TagWriter(catalog, journal, Options(), write=True)
                results += writer.tags_of([track], lambda each: wanted(each, FIELDS, 0.6, str, 3600.0))
        for result in results:
            path = Path(result.path)
            found = counts[path.suffix[1:]]
            found.update({"files": 1, result.status: 1, "fields": len(result.changes)})
            after = path.read_bytes()
            if result.status != "changed":
                found["touched"] += after != before[path]
                continue
            try:
                outside[path] = _outside(path, before[path])
                found["differ"] += _difference(outside[path], _outside(path, after))
            except (MutagenError, ValueError) as error:
                found["misread"] += 1
                print(f"{path.name}: {error}", file=sys.stderr)
                continue
            wrong = _misread(path, result)
            found["misread"] += bool(wrong)
            if wrong:
                print(f"{path.name}: {wrong}", file=sys.stderr)
        undoing = RunJournal(journal_path)
        with undoing.running(UNDO, journal._run):
            for result in TagWriter(catalog, undoing, Options(), write=True).back(journal._run):
                path = Path(result.path)
                found, content = counts[path.suffix[1:]], path.read_bytes()
                found["back"] += content == before[path]
                if content != before[path] and path in outside:
                    found["differ"] += _difference(outside[path], _outside(path, content))
    return counts


def _tracks(paths: Iterable[Path], catalog: Catalog) -> Iterator[Track]:
    """A track for each file whose packets can be read."""
    for path in paths:
        try:
            found = track_id(path)
        except BadAudioError:
            continue
        status = path.stat()
        file = FileRef(str(path), status.st_size, status.st_mtime_ns)
        track = Track(found, (file,), path.stem, 1.0, "", tags=TAGS, measured=MEASURED)
        catalog.upsert([Entry(track, {"mix": VECTOR})])
        yield track


def _copies(paths: Iterable[Path], folder: Path) -> Iterator[Path]:
    for number, path in enumerate(paths):
        target = folder / f"{number}{path.suffix}"
        shutil.copyfile(path, target)
        yield target


def _excerpts(paths: list[Path], folder: Path, count: int, chance: random.Random) -> Iterator[Path]:
    """The start of a piece, in each kind of file in turn, with tags as other programs write them."""
    for number in range(count):
        suffix = [*CODECS][number % len(CODECS)]
        path = folder / f"{number}.{suffix}"
        samples = _samples(paths[(number // len(CODECS)) % len(paths)])
        try:
            _encode(path, CODECS[suffix], samples)
            _tag(path, chance)
        except (FFmpegError, ValueError) as error:
            print(f"{path.name}: not made: {error}", file=sys.stderr)
            path.unlink(missing_ok=True)
            continue
        yield path


def _damaged(paths: list[Path], folder: Path, count: int, chance: random.Random) -> Iterator[Path]:
    contents = [path.read_bytes() for path in paths[:70]]
    for number in range(count):
        source = paths[number % len(paths)]
        path = folder / f"{number}{source.suffix}"
        path.write_bytes(damaged(chance, source.read_bytes(), contents))
        yield path


_read: dict[Path, np.ndarray] = {}


def _samples(path: Path) -> np.ndarray:
    """[1, 2 N] float32, interleaved."""
    if path not in _read:
        _read.clear()
        resampler = av.AudioResampler("flt", "stereo", RATE)
        parts = []
        with av.open(str(path)) as container:
            for frame in container.decode(container.streams.audio[0]):
                parts += [part.to_ndarray() for part in resampler.resample(frame)]
                if sum(part.shape[1] for part in parts) >= 2 * RATE * SECONDS:
                    break
        _read[path] = np.concatenate(parts, axis=1)[:, : 2 * RATE * SECONDS].astype(np.float32)
    return _read[path]


def _encode(path: Path, codec: str, samples: np.ndarray) -> None:
    with av.open(str(path), "w") as output:
        output.metadata.update({"title": "Träume", "artist": "Nobody", "comment": "c"})
        ms = Fraction(1, 1000)
        output.set_chapters([{"id": 1, "start": 0, "end": 300, "time_base": ms, "metadata": {"title": "Part"}}])
        stream = output.add_stream(codec, rate=RATE, layout="stereo")
        assert isinstance(stream, av.AudioStream)
        stream.options = {"strict": "experimental"}
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="flt", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
        resampler = av.AudioResampler(stream.format.name, "stereo", RATE, stream.frame_size or 0)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            output.mux(stream.encode(part))
        output.mux(stream.encode(None))


def _tag(path: Path, chance: random.Random) -> None:
    """Some of what other programs write; sometimes a tempo or a mood of a person."""
    data = chance.randbytes(chance.choice([10, 3000, 40_000]))
    file: Any = File(path)
    if chance.random() < 0.2:
        return
    if file.tags is None:
        file.add_tags()
    if isinstance(file.tags, ID3):
        frames = [TPE1(3, ["A", "B"]), COMM(1, "eng", "", "ü"), GEOB(0, "application/octet-stream", "s", "S", data)]
        frames += [APIC(0, "image/png", 3, "", data), POPM("a@b", 200, 3), TXXX(1, "Ärger", ["x"])]
        frames += [CHAP("c1", 0, 900, 0, 900, [TIT2(3, "Part")])]
        for frame in chance.sample(frames, chance.randrange(1, len(frames))):
            file.tags.add(frame)
        if chance.random() < 0.3:
            file.tags.add(TXXX(0, "MOOD", ["Mine"]))
        file.save(v2_version=chance.choice([3, 4]), padding=lambda _: chance.choice([0, 100, 5000]))
    elif isinstance(file, MP4):
        file["covr"], file["----:com.serato.dj:markers"] = [data], [data]
        file["cpil"], file["\xa9wrt"] = True, ["x"]
        file["tmpo"] = [chance.choice([0, 90])]
        file.save(padding=lambda _: chance.choice([0, 100, 5000]))
    else:
        file["SERATO"], file["artist"] = data.hex(), ["A", "B"]
        if chance.random() < 0.3:
            file["bpm"] = "90"
        if isinstance(file, FLAC):
            picture = Picture()
            picture.data = data
            file.add_picture(picture)
        file.save(padding=lambda _: chance.choice([0, 100, 5000]))


def _difference(one: Mapping[str, bytes], two: Mapping[str, bytes]) -> int:
    """How many bytes differ."""
    total = 0
    for name in {*one} | {*two}:
        a, b = one.get(name, b""), two.get(name, b"")
        if a != b:
            same = len(a) == len(b)
            total += sum(x != y for x, y in zip(a, b, strict=True)) if same else max(len(a), len(b))
    return total


def _outside(path: Path, content: bytes) -> Mapping[str, bytes]:
    """What is not in the tag areas, by code of its own."""
    copy = path.with_name(f"compared{path.suffix}")
    copy.write_bytes(content)
    try:
        parts = {"packets": _packets(copy)}
        if content[:3] == b"ID3":
            size = sum(byte << shift for byte, shift in zip(content[6:10], (21, 14, 7, 0), strict=True)) + 10
            return parts | {"audio": content[size:]}
        if content[:4] == b"fLaC":
            flac = FLAC(copy)
            blocks = [each for each in flac.metadata_blocks if not isinstance(each, VCFLACDict | Padding)]
            return parts | {"blocks": b"".join(bytes([each.code]) + each.write() for each in blocks)}
        if content[:4] == b"OggS":
            return parts | {"payload": _ogg_payload(content)}
        if content[:4] in (b"RIFF", b"FORM"):
            return parts | _chunks(content)
        if content[4:8] == b"ftyp":
            with copy.open("rb") as file:
                top = [(atom.name, atom.offset, atom.length) for atom in Atoms(file).atoms]
            kept = [content[at : at + size] for name, at, size in top if name not in (b"moov", b"free")]
            return parts | {"atoms": b"".join(kept)}
        return parts | {"audio": content}
    finally:
        copy.unlink()


def _packets(path: Path) -> bytes:
    """Digests of the packets of all streams, with their times."""
    digest = hashlib.sha256()
    try:
        with av.open(str(path), metadata_errors="replace") as container:
            for packet in container.demux():
                digest.update(f"{packet.stream.index} {packet.pts} {packet.dts} {packet.duration}".encode())
                digest.update(bytes(packet) if packet.size else b"")
    except (FFmpegError, ValueError, LookupError):
        digest.update(b"error")
    return digest.digest()


def _ogg_payload(content: bytes) -> bytes:
    """All that the pages hold, but for the comments; with the time of each page behind the headers."""
    from io import BytesIO

    file, pages = BytesIO(content), []
    while file.tell() < len(content):
        pages.append(OggPage(file))
    packets = OggPage.to_packets(pages)
    times = [str(page.position) for page in pages if page.position > 0]
    return packets[0] + b"".join(packets[2:]) + " ".join(times).encode()


def _chunks(content: bytes) -> dict[str, bytes]:
    order = "little" if content.startswith(b"RIFF") else "big"
    found, at = {}, 12
    while at + 8 <= len(content):
        size = int.from_bytes(content[at + 4 : at + 8], order)
        if content[at : at + 4].lower() != b"id3 ":
            found[f"{content[at : at + 4]!r} {len(found)}"] = content[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    return found


def _misread(path: Path, result: Result) -> str:
    """What another program reads otherwise than it was written; "" if nothing."""
    new = {name: change.new for name, change in result.changes.items()}
    try:
        beets = MediaFile(path)
        if File(path) is None:
            return "mutagen does not read it"
    except (UnreadableFileError, ValueError) as error:
        return f"mediafile: {error}"
    seen = {"bpm": str(beets.bpm), "key": beets.initial_key, "genre": "; ".join(map(str, beets.genres or ()))}
    for name, texts in new.items():
        if name in seen and seen[name] != "; ".join(texts):
            return f"mediafile reads {name} {seen[name]!r}, not {texts}"
    try:
        with av.open(str(path), metadata_errors="replace") as container:
            tags = {**container.streams.audio[0].metadata, **container.metadata}
    except FFmpegError as error:
        return f"FFmpeg: {error}"
    upper = {key.upper(): text for key, text in tags.items()}
    if "mood" in new and not upper.get("MOOD", upper.get("TMOO", "")).startswith(new["mood"][0]):
        return f"FFmpeg reads no mood: {sorted(upper)}"
    return ""


if __name__ == "__main__":
    main()
