"""Indexing a folder: tracks, failures, times real time and peak memory, with and without stems, then once more.

    python benchmarks/indexing.py FOLDER [--jobs 2]

Each run is a fresh `polymuse index` process with an empty store and the weights of the current POLYMUSE_HOME. The
second run over the same store is the peer: it shows what is left when nothing needs analysis. Peak memory is the
largest sum of the resident sets (proportional where the system tells) of the process and its workers.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from polymuse.settings import load_settings

INTERVAL = 0.2  # seconds between looks at the memory


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the indexing of a folder.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    print(f"folder {arguments.folder}, jobs {arguments.jobs}, {os.cpu_count()} cores, {platform.machine()}")
    print(f"{'run':<22}{'tracks':>7}{'failed':>7}{'audio min':>11}{'seconds':>9}{'x real time':>12}{'peak MB':>9}")
    for stems in ("none", "auto"):
        with tempfile.TemporaryDirectory() as home:
            (Path(home) / "models").symlink_to(load_settings().home / "models")
            for run in ("first", "second"):
                summary, seconds, peak = index(arguments.folder, Path(home), stems, arguments.jobs)
                tracks = summary["indexed"] + summary["updated"] + summary["unchanged"]
                audio = summary["audio_seconds"]
                print(
                    f"{f'stems {stems}, {run}':<22}{tracks:>7}{summary['failed']:>7}{audio / 60:>11.1f}"
                    f"{seconds:>9.1f}{audio / seconds:>12.1f}{peak / 1e6:>9.0f}",
                    flush=True,
                )


def index(folder: Path, home: Path, stems: str, jobs: int) -> tuple[dict, float, int]:
    """Run `polymuse index`; returns its summary, seconds of wall time and peak bytes of memory."""
    command = [sys.executable, "-m", "indexer", "index", str(folder), "--stems", stems, "--jobs", str(jobs), "--json"]
    start = time.monotonic()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, stdout=output, env=os.environ | {"POLYMUSE_HOME": str(home)})
        peak = 0
        while process.poll() is None:
            peak = max(peak, memory_of_tree(process.pid))
            time.sleep(INTERVAL)
        seconds = time.monotonic() - start
        output.seek(0)
        last = output.read().splitlines()[-1]
    return json.loads(last)["summary"], seconds, peak


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
