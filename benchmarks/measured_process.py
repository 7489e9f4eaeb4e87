"""What a process and all below it take: time, memory, the GPU."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

INTERVAL = 0.5  # seconds between looks
AT_WORK = 0.5  # share of a moment that a GPU at work is busy for more than


@dataclass(frozen=True, slots=True)
class Busy:
    """The mean shares of the time that the GPUs were busy."""

    whole: float  # of the whole run
    at_work: float  # between the first and the last look that found a GPU at work; 0 where none did
    seconds: float  # between these two looks


@dataclass(frozen=True, slots=True)
class Measured:
    """A process that has ended."""

    lines: list[str]  # of its standard output
    seconds: float  # wall time
    peak: int  # bytes: the largest sum of the proportional resident sets; 0 where /proc does not tell
    load: float  # mean number of running processes of the machine: above its cores, others were at work too
    gpu: Busy | None  # None where there is none


def measure(command: Sequence[str], environment: Mapping[str, str]) -> Measured:
    """Run a command with these variables. Ends this process as well if it prints nothing."""
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
    """From when each look was, in seconds, and the share of each GPU then."""
    whole = [mean(shares) for _, shares in looks]
    at_work = [number for number, (_, shares) in enumerate(looks) if max(shares) > AT_WORK]
    if not at_work:
        return Busy(mean(whole), 0.0, 0.0)
    first, last = at_work[0], at_work[-1]
    return Busy(mean(whole), mean(whole[first : last + 1]), looks[last][0] - looks[first][0])


def gpu_busy() -> list[float]:
    """The share of the last moment in which each GPU computed; empty where there is none."""
    return [int(value) / 100 for value in ask_gpus("utilization.gpu") if value.isdigit()]


def ask_gpus(field: str) -> list[str]:
    """What nvidia-smi says of each GPU; empty where there is none."""
    if shutil.which("nvidia-smi") is None:
        return []
    query = ["nvidia-smi", f"--query-gpu={field}", "--format=csv,noheader,nounits"]
    return subprocess.run(query, capture_output=True, text=True, check=False).stdout.splitlines()


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
