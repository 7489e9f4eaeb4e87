"""Malformed and mutated audio files through every way in, each in a worker process.

    python benchmarks/malformed_files.py [--files 5000] [--seed 0] [--jobs 2]

Short clips with tags, pictures and chapters in every container that the scanner accepts, and some with several tag
systems, are damaged at random: bits flipped, lengths overwritten, parts cut, doubled, swapped, filled with zeros, mixed
with other formats; codec tags, languages, dispositions, pictures, chapter tables and file tags overwritten. Each is
identified, decoded, asked for its tags, cover and waveform, and analysed as an upload with the starter weights of
POLYMUSE_HOME. Prints by container how many were refused on each way in, and all that has no place here: crashes,
exceptions other than BadAudioError, and exceeded limits. The exit status is 1 if there is any.
"""

import argparse
import collections
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.malformed_clips import Clip, make_clips
from benchmarks.measured_process import highest_memory
from benchmarks.mutations import damaged
from indexer.file_tags import read_tags
from indexer.identity import track_id
from models.audio.decode import MAX_PEAK, decode
from models.recipe import Recipe
from polymuse.errors import BadAudioError
from polymuse.pool import Pool
from polymuse.settings import load_settings
from search_api.media.covers import write_embedded
from search_api.media.waveforms import write_waveform
from search_api.upload_analysis import analyze_upload

LIMIT = 120.0  # seconds for one file and way in, on a busy machine
MEMORY = 4 * 2**30  # bytes for a worker
MAX_SECONDS = 3600.0  # as in the default settings
SIGNS = {"crashed": "crash", "no result": "time", "memory": "memory", "unexpected": "exception"}  # in messages


def main() -> None:
    parser = argparse.ArgumentParser(description="Read damaged audio files.")
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="directory for the files that crash, hang or raise")
    arguments = parser.parse_args()
    counts: dict[tuple[str, str], collections.Counter[str]] = collections.defaultdict(collections.Counter)
    peak, faults = 0, 0
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="polymuse-malformed-") as directory:
        clips = make_clips(Path(directory))
        files = make_files(random.Random(arguments.seed), clips, arguments.files, Path(directory))
        pool = Pool(arguments.jobs, _prepare, memory=MEMORY)
        for done, (path, result) in enumerate(
            pool.imap_unordered(read, files, ahead=2 * arguments.jobs, timeout=LIMIT * len(WAYS))
        ):
            found = {"all": _kind(result)} if isinstance(result, BadAudioError) else result[0]
            peak = peak if isinstance(result, BadAudioError) else max(peak, result[1])
            for way, outcome in found.items():
                kind, _, cause = outcome.partition(": ")
                counts[path.suffix, way][kind] += 1
                if kind not in ("read", "refused"):
                    faults += 1
                    print(f"{path.name}: {way}: {kind}: {cause}", flush=True)
                    _keep(path, arguments.keep)
            path.unlink()
            if done % 500 == 499:
                print(f"{done + 1} files, {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
        pool.close()
    _print_table(counts)
    print(f"{arguments.files} files from {len(clips)} clips; highest memory of a worker {peak / 2**20:.0f} MiB")
    print(f"crashes, exceptions and exceeded limits: {faults}")
    sys.exit(faults > 0)


def check_samples(path: Path) -> None:
    decoded = decode(path, sample_rate=44_100, max_seconds=MAX_SECONDS)
    if not np.isfinite(decoded.samples).all() or np.abs(decoded.samples).max(initial=0) > 1.5 * MAX_PEAK:
        raise ValueError("samples out of bounds")  # resampling overshoots


def make_cover(path: Path) -> None:
    _made(write_embedded, path)


def make_waveform(path: Path) -> None:
    _made(write_waveform, path)


def _made(maker: Callable[[Path, Path], None], path: Path) -> None:
    target = path.with_name(f"{path.name}.made")
    try:
        maker(path, target)
    finally:
        target.unlink(missing_ok=True)


def upload(path: Path) -> None:
    settings = load_settings(stems="none")
    recipe = replace(Recipe.of(settings, "starter"), max_seconds=settings.max_upload_seconds)
    analyze_upload(recipe, path, ())


WAYS: dict[str, Callable[[Path], object]] = {
    "identity": track_id,
    "decode": check_samples,
    "tags": read_tags,
    "cover": make_cover,
    "waveform": make_waveform,
    "upload": upload,
}


def make_files(chance: random.Random, clips: list[Clip], count: int, directory: Path) -> Iterator[Path]:
    """Files in the directory: each clip as it is, and then damaged ones."""
    others = [content for _, content in clips]
    for number in range(count):
        suffix, content = clips[number % len(clips)]
        path = directory / f"{number}.{suffix}"
        path.write_bytes(content if number < len(clips) else damaged(chance, content, others))
        yield path


def read(path: Path, ways: Iterable[str] = WAYS) -> tuple[dict[str, str], int]:
    """{way: what became of the file there}, and the most memory of this process so far, in bytes."""
    outcomes = {}
    for name in ways:
        try:
            WAYS[name](path)
            outcomes[name] = "read"
        except BadAudioError as error:
            outcomes[name] = f"refused: {error.message}"
        except Exception as error:  # noqa: BLE001  it is what is looked for
            outcomes[name] = f"exception: {type(error).__name__}: {error}"
    return outcomes, highest_memory()


def _kind(error: BadAudioError) -> str:
    """Of a file that ended the worker."""
    return next((kind for sign, kind in SIGNS.items() if sign in error.message), "exception") + f": {error.message}"


def _keep(path: Path, directory: Path | None) -> None:
    if directory is not None:
        directory.mkdir(parents=True, exist_ok=True)
        (directory / path.name).write_bytes(path.read_bytes())


def _print_table(counts: dict[tuple[str, str], collections.Counter[str]]) -> None:
    print(f"{'refused:':<10}{'files':>7}" + "".join(f"{way:>10}" for way in WAYS) + f"{'faults':>10}")
    for suffix in [*sorted({suffix for suffix, _ in counts}), "all"]:
        ways = {way: _sum(counts, suffix, way) for way in (*WAYS, "all")}
        files = (ways["tags"] + ways["all"]).total()
        faults = sum(sum(found.values()) - found["read"] - found["refused"] for found in ways.values())
        refused = "".join(f"{ways[way]['refused']:>10}" for way in WAYS)
        print(f"{suffix.removeprefix('.'):<10}{files:>7}{refused}{faults:>10}")


def _sum(counts: dict[tuple[str, str], collections.Counter[str]], suffix: str, way: str) -> collections.Counter[str]:
    found = (each for (of, by), each in counts.items() if suffix in (of, "all") and by == way)
    return sum(found, collections.Counter())


def _prepare() -> None:
    import os

    os.environ["OMP_NUM_THREADS"] = "1"


if __name__ == "__main__":
    main()
