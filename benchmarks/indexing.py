"""Indexing a folder: tracks per hour, share of each stage, the bottleneck and peak memory; then once more.

    python benchmarks/indexing.py FOLDER [--profile NAME] [--stems NAMES] [--overlap N] [--jobs N]

Each run is a fresh `polymuse index` process with an empty store and the weights of the current POLYMUSE_HOME. The
second run over the same store is the peer: it shows what is left when nothing needs analysis. Peak memory is the
largest sum of the resident sets (proportional where the system tells) of the process and its workers. On a GPU its
busy share is asked of nvidia-smi.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from polymuse.settings import load_settings

INTERVAL = 0.2  # seconds between looks at the memory


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the indexing of a folder.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--profile", default="auto")
    parser.add_argument("--stems", action="append", help="none, auto or names; may be repeated (none and auto)")
    parser.add_argument("--overlap", type=int, help="of profile clamp3")
    parser.add_argument("--jobs", type=int, help="unset: as the profile needs")
    arguments = parser.parse_args()
    print(f"folder {arguments.folder}, jobs {arguments.jobs or 'auto'}, {os.cpu_count()} cores, {platform.machine()}")
    print(
        f"{'run':<22}{'tracks':>7}{'failed':>7}{'audio min':>11}{'seconds':>9}{'tracks/h':>10}{'x real time':>12}"
        f"{'peak MB':>9}{'load':>6}{'GPU busy':>10}"
    )
    for stems in arguments.stems or ("none", "auto"):
        with tempfile.TemporaryDirectory() as home:
            (Path(home) / "models").symlink_to(load_settings().home / "models")
            for run in ("first", "second"):
                show(f"stems {stems}, {run}", index(arguments, Path(home), stems))


@dataclass(frozen=True)
class Run:
    summary: dict  # as `polymuse index --json` prints it
    seconds: float  # wall time
    peak: int  # bytes
    load: float  # mean number of running processes of the machine: above its cores, others were at work too
    gpu: float | None  # mean share of the time that the GPU was busy


def show(name: str, run: Run) -> None:
    summary, audio = run.summary, run.summary["audio_seconds"]
    tracks = summary["indexed"] + summary["updated"] + summary["unchanged"]
    gpu = "-" if run.gpu is None else f"{run.gpu:.0%}"
    hourly, speed = 3600 * tracks / run.seconds, audio / run.seconds
    print(
        f"{name:<22}{tracks:>7}{summary['failed']:>7}{audio / 60:>11.1f}{run.seconds:>9.1f}{hourly:>10.0f}"
        f"{speed:>12.1f}{run.peak / 1e6:>9.0f}{run.load:>6.1f}{gpu:>10}"
    )
    if stages := summary["stages"]:
        total = sum(stages.values())
        shares = (f"{stage} {seconds / total:.1%}" for stage, seconds in stages.items())
        print(f"    {', '.join(shares)} of {total:.0f} s of work. {summary['bottleneck']}", flush=True)


def index(arguments: argparse.Namespace, home: Path, stems: str) -> Run:
    """Run `polymuse index`."""
    command = [sys.executable, "-m", "indexer", "index", str(arguments.folder), "--stems", stems, "--json"]
    command += ["--profile", arguments.profile]
    for option in ("overlap", "jobs"):
        if (value := getattr(arguments, option)) is not None:
            command += [f"--{option}", str(value)]
    start = time.monotonic()
    loads, gpus, peak = [], [], 0
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, stdout=output, env=os.environ | {"POLYMUSE_HOME": str(home)})
        while process.poll() is None:
            peak = max(peak, memory_of_tree(process.pid))
            loads.append(os.getloadavg()[0])
            gpus += gpu_busy()
            time.sleep(INTERVAL)
        seconds = time.monotonic() - start
        output.seek(0)
        lines = output.read().splitlines()
    if not lines:
        sys.exit(process.returncode)
    return Run(json.loads(lines[-1])["summary"], seconds, peak, mean(loads), mean(gpus) if gpus else None)


def gpu_busy() -> list[float]:
    """The share of the last moment in which each GPU computed; empty where there is none."""
    if shutil.which("nvidia-smi") is None:
        return []
    query = ["nvidia-smi", "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits"]
    lines = subprocess.run(query, capture_output=True, text=True, check=False).stdout.splitlines()
    return [int(line) / 100 for line in lines if line.strip().isdigit()]


def memory_of_tree(pid: int) -> int:
    """Bytes of memory of a process and all below it, shared pages counted once. Linux only."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(entry.name))
    total, waiting = 0, [pid]
    while waiting:
        current = waiting.pop()
        waiting += children.get(current, [])
        try:
            lines = Path(f"/proc/{current}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


if __name__ == "__main__":
    main()
