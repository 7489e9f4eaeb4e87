"""Time, memory and GPU use of a process and its descendants."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

INTERVAL = 0.5  # seconds between samples
AT_WORK = 0.5  # utilisation above which a GPU counts as working


@dataclass(frozen=True, slots=True)
class Busy:
    """Mean utilisation of the GPUs."""

    whole: float  # of the whole run
    at_work: float  # between the first and the last sample with a working GPU; 0 without any
    seconds: float  # between these two samples


@dataclass(frozen=True, slots=True)
class Measured:
    """The measurements of a process that has ended."""

    lines: list[str]  # of its standard output
    seconds: float  # wall time
    peak: int  # bytes: the largest sum of proportional set sizes; 0 without /proc
    load: float  # mean load of the machine: above its cores, other processes were running too
    gpu: Busy | None  # None where there is none


def measure(command: Sequence[str], environment: Mapping[str, str]) -> Measured:
    """Run a command with these environment variables. Exits with its status if it prints nothing."""
    start = time.monotonic()
    loads, looks, peak = [], [], 0
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, stdout=output, env=os.environ | environment)
        while process.poll() is None:
            peak = max(peak, memory_of_tree(process.pid))
            loads.append(os.getloadavg()[0])
            if shares := gpu_busy():
                looks.append((time.monotonic(), shares))
            time.sleep(INTERVAL)
        seconds = time.monotonic() - start
        output.seek(0)
        lines = output.read().splitlines()
    if not lines:
        sys.exit(process.returncode)
    return Measured(lines, seconds, peak, mean(loads), busy(looks) if looks else None)


def busy(looks: Sequence[tuple[float, Sequence[float]]]) -> Busy:
    """Mean utilisation from (time in seconds, utilisation of each GPU) samples."""
    whole = [mean(shares) for _, shares in looks]
    at_work = [number for number, (_, shares) in enumerate(looks) if max(shares) > AT_WORK]
    if not at_work:
        return Busy(mean(whole), 0.0, 0.0)
    first, last = at_work[0], at_work[-1]
    return Busy(mean(whole), mean(whole[first : last + 1]), looks[last][0] - looks[first][0])


def gpu_busy() -> list[float]:
    """The current utilisation of each GPU, 0 to 1; empty without a GPU."""
    return [int(value) / 100 for value in ask_gpus("utilization.gpu") if value.isdigit()]


def ask_gpus(field: str) -> list[str]:
    """A field of nvidia-smi for each GPU; empty without a GPU."""
    if shutil.which("nvidia-smi") is None:
        return []
    query = ["nvidia-smi", f"--query-gpu={field}", "--format=csv,noheader,nounits"]
    return subprocess.run(query, capture_output=True, text=True, check=False).stdout.splitlines()


def memory_of_tree(pid: int) -> int:
    """Bytes of memory of a process and its descendants, shared pages counted once. Linux only."""
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


def highest_memory() -> int:
    """Bytes that this process had at most; 0 without /proc. `getrusage` counts those of its parent as well."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return 0
    return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) * 1024
