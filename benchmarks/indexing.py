"""Indexing: tracks per hour, share of each stage, the bottleneck and peak memory, beside a plain chain.

    python benchmarks/indexing.py PATH… [--profile NAME] [--stems NAMES] [--overlap N] [--jobs N]
    python benchmarks/indexing.py PATH… --seeded full --stems vocals,instrumental --stems drums,bass,other,vocals
    python benchmarks/indexing.py PATH… --seeded full --baseline-files 6

Each run is a fresh process: `polymuse index` with an empty store, once more over the same store (what is left when
nothing needs analysis), and for profile clamp3 the baseline, benchmarks/chained_baseline.py, over the same files with
the same weights and the same device (POLYMUSE_DEVICE, or the default). With `--baseline-files` the baseline embeds
only the first so many of the files. `x baseline` compares seconds of audio for each second. Peak memory is the largest
sum of the resident sets (proportional where the system tells) of the process and its workers.

All of that is with start-up: processes, imports, weights. On a GPU its busy share is asked of nvidia-smi, and a second
line counts only from the first to the last moment in which it was more than half busy, of both alike: the time without
start-up, to about a second.

The weights are those of the current POLYMUSE_HOME, or with `--seeded` random ones of the profile clamp3: in full size,
or reduced to a quarter of each width and a sixth of each depth, which a CPU can bear. What is prepared only once (the
vectors of the descriptors) is prepared before.
"""

import argparse
import json
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from itertools import islice, product
from pathlib import Path

import numpy as np
from measured_process import Measured, ask_gpus, measure
from peers import installed
from seeded_home import GEOMETRIES, make_home

from catalog.exchange import read_entries, read_header
from indexer.scan import AudioFile, scan
from models.separator import DEFAULT_OVERLAP
from polymuse.cpu import usable_cores
from polymuse.home import Home
from polymuse.settings import load_settings

BASELINE = Path(__file__).with_name("chained_baseline.py")
PEERS = ("bs-roformer", "transformers")  # of the baseline
SONG = 4 * 60  # seconds


def main() -> None:
    arguments = _arguments()
    with weights(arguments) as models:
        print_settings(arguments)
        for stems, overlap in settings(arguments):
            with tempfile.TemporaryDirectory() as home:
                (Path(home) / "models").symlink_to(models)
                compare(arguments, Path(home), stems, overlap)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time indexing.")
    parser.add_argument("paths", type=Path, nargs="+", metavar="PATH", help="folders or files")
    parser.add_argument("--profile", default="auto")
    parser.add_argument("--stems", action="append", help="none, auto or names; may be repeated (none and auto)")
    parser.add_argument("--overlap", action="append", type=int, help="of profile clamp3; may be repeated (2)")
    parser.add_argument("--jobs", type=int, help="unset: as the profile needs")
    parser.add_argument("--seeded", choices=GEOMETRIES, help="profile clamp3 with random weights of this size")
    parser.add_argument("--home", type=Path, help="keeps the seeded weights for the next run")
    parser.add_argument("--baseline-files", type=int, metavar="N", help="the baseline embeds only the first N files")
    arguments = parser.parse_args()
    if arguments.seeded:
        arguments.profile = "clamp3"
    arguments.baseline = arguments.profile == "clamp3" and installed("transformers")
    return arguments


@contextmanager
def weights(arguments: argparse.Namespace) -> Iterator[Path]:
    """The directory with the weights, ready to be used."""
    if not arguments.seeded:
        yield Home(load_settings().home).models
        return
    with tempfile.TemporaryDirectory() as temporary:
        home = (arguments.home or Path(temporary)).absolute()
        make_home(home, GEOMETRIES[arguments.seeded])
        with tempfile.TemporaryDirectory() as store:
            (Path(store) / "models").symlink_to(home / "models")
            index(arguments, first_files(arguments.paths, 1), Path(store), "none", None)
        yield home / "models"


def first_files(paths: Sequence[Path], count: int) -> list[Path]:
    files = (item.path for item in scan(paths) if isinstance(item, AudioFile))
    return list(islice(files, count))


def settings(arguments: argparse.Namespace) -> list[tuple[str, int | None]]:
    """Stems and overlap of each comparison. Where nothing is separated, there is no overlap."""
    overlaps = arguments.overlap or [None]
    chosen = product(arguments.stems or ("none", "auto"), overlaps)
    return list(dict.fromkeys((stems, None if stems == "none" else overlap) for stems, overlap in chosen))


def print_settings(arguments: argparse.Namespace) -> None:
    gpus = ", ".join(ask_gpus("name")) or "no GPU"
    packages = ("torch", *(PEERS if arguments.baseline else ()))
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    print(f"{', '.join(map(str, arguments.paths))}; profile {arguments.profile}, jobs {arguments.jobs or 'auto'}")
    print(f"{usable_cores()} threads, {platform.machine()}, {gpus}; Python {platform.python_version()}, {versions}")
    if arguments.seeded:
        print(f"seeded weights, {arguments.seeded}: {GEOMETRIES[arguments.seeded]}")


def compare(arguments: argparse.Namespace, home: Path, stems: str, overlap: int | None) -> None:
    """Run everything with these stems, and print it."""
    runs = {name: index(arguments, arguments.paths, home, stems, overlap) for name in ("indexed", "once more")}
    agreement = None
    if arguments.baseline:
        runs["baseline"] = chain(arguments, home, stems, overlap)
        agreement = smallest_cosine(arguments, home, runs["baseline"].lines[:-1])
    print(f"\nstems {stems}" + (f", overlap {overlap}" if overlap else ""))
    print(
        f"{'':<10}{'tracks':>7}{'failed':>7}{'audio min':>11}{'seconds':>9}{'tracks/h':>10}{'4 min songs/h':>15}"
        f"{'x real time':>12}{'x baseline':>11}{'peak MB':>9}{'load':>6}{'GPU busy':>10}"
    )
    for name, run in runs.items():
        show(name, run, runs.get("baseline"))
    if agreement is not None:
        print(f"cosine between vectors of both: at least {agreement:.6f}")


def show(name: str, run: Measured, baseline: Measured | None) -> None:
    summary = summary_of(run)
    audio = summary["audio_seconds"]
    tracks = summary["indexed"] + summary["updated"] + summary["unchanged"]
    gpu = "-" if run.gpu is None else f"{run.gpu.whole:.0%}"
    hourly, speed = 3600 * tracks / run.seconds, audio / run.seconds
    reference = summary_of(baseline)["audio_seconds"] if baseline else 0.0
    gain = f"{speed * baseline.seconds / reference:.2f}" if baseline and reference and audio else "-"
    print(
        f"{name:<10}{tracks:>7}{summary['failed']:>7}{audio / 60:>11.1f}{run.seconds:>9.1f}{hourly:>10.0f}"
        f"{3600 * speed / SONG:>15.0f}{speed:>12.1f}{gain:>11}{run.peak / 1e6:>9.0f}{run.load:>6.1f}{gpu:>10}"
    )
    if audio and run.gpu and run.gpu.seconds:
        at_work = audio / run.gpu.seconds
        line = f"    GPU at work for {run.gpu.seconds:.1f} s, busy {run.gpu.at_work:.1%}; {at_work:.1f} x real time"
        if baseline and baseline.gpu and reference:
            line += f", {at_work * baseline.gpu.seconds / reference:.2f} x baseline"
        print(line)
    if stages := summary["stages"]:
        total = sum(stages.values())
        shares = (f"{stage} {seconds / total:.1%}" for stage, seconds in stages.items())
        print(f"    {', '.join(shares)} of {total:.0f} s of work. {summary['bottleneck']}", flush=True)


def summary_of(run: Measured) -> dict:
    return json.loads(run.lines[-1])["summary"]


def index(
    arguments: argparse.Namespace, paths: Sequence[Path], home: Path, stems: str, overlap: int | None
) -> Measured:
    """Run `polymuse index`."""
    command = [*polymuse("index"), *map(str, paths), "--stems", stems, "--json", "--profile", arguments.profile]
    for option, value in (("--overlap", overlap), ("--jobs", arguments.jobs)):
        if value is not None:
            command += [option, str(value)]
    return measure(command, {"POLYMUSE_HOME": str(home)})


def chain(arguments: argparse.Namespace, home: Path, stems: str, overlap: int | None) -> Measured:
    """Run the baseline, with a thread for each core as `polymuse index` has them."""
    named = "vocals,instrumental" if stems == "auto" else stems
    limit = arguments.baseline_files
    paths = arguments.paths if limit is None else first_files(arguments.paths, limit)
    command = [sys.executable, str(BASELINE), *map(str, paths), "--stems", named]
    command += ["--overlap", str(overlap or DEFAULT_OVERLAP)]
    return measure(command, {"POLYMUSE_HOME": str(home), "OMP_NUM_THREADS": str(usable_cores())})


def smallest_cosine(arguments: argparse.Namespace, home: Path, lines: Sequence[str]) -> float:
    """Between the vectors that a library holds and those of the baseline."""
    found = {track["path"]: track["vectors"] for track in map(json.loads, lines)}
    command = [*polymuse("export"), "-", "--profile", arguments.profile]
    exported = iter(measure(command, {"POLYMUSE_HOME": str(home)}).lines)
    encoded = (line.encode() for line in exported)
    header = read_header(encoded, "the export")
    return min(
        float(np.dot(vector, found[file.path][name]))
        for entries in read_entries(encoded, header, "the export")
        for entry in entries
        for file in entry.track.files
        if file.path in found
        for name, vector in entry.vectors.items()
    )


def polymuse(command: str) -> list[str]:
    return [sys.executable, "-m", "indexer", command]


if __name__ == "__main__":
    main()
