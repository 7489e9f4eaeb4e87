"""How long one waits at first: for the help, for the first hits of a search, for a service that answers.

    python benchmarks/cold_start.py [--rounds N]

Each round starts new processes over the library of the current POLYMUSE_HOME. The peer in the same run is
`python -c pass`, which nothing written in Python can beat. The first round also reads the files from disk, where the
system has not kept them in memory: the table gives it apart from the median of the others.
"""

import argparse
import os
import platform
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

import httpx

POLYMUSE = (sys.executable, "-m", "indexer")
READY_SECONDS = 300.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=6)
    rounds = parser.parse_args().rounds
    load = os.getloadavg()[0]
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f}, Python {platform.python_version()}")
    subprocess.run((*POLYMUSE, "status"), check=True)
    steps: dict[str, Callable[[], float]] = {
        "python -c pass": lambda: finished(sys.executable, "-c", "pass"),
        "polymuse --help": lambda: finished(*POLYMUSE, "--help"),
        "polymuse search calm piano": lambda: finished(*POLYMUSE, "search", "calm", "piano"),
        "polymuse serve, until /healthz answers": lambda: serving("/healthz"),
        "polymuse serve, until /readyz answers": lambda: serving("/readyz"),
    }
    print(f"\n{'':40}{'first s':>9}{'median s':>10}")
    for name, step in steps.items():
        first, *others = (step() for _ in range(rounds))
        print(f"{name:40}{first:9.2f}{median(others or [first]):10.2f}")


def finished(*command: str) -> float:
    """Seconds until the command is done."""
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def serving(path: str) -> float:
    """Seconds until a new service answers 200 to the path."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    start = time.perf_counter()
    process = subprocess.Popen((*POLYMUSE, "serve", "--port", str(port)), stderr=subprocess.DEVNULL)
    try:
        while process.poll() is None and time.perf_counter() - start < READY_SECONDS:
            try:
                if httpx.get(f"http://127.0.0.1:{port}{path}", trust_env=False).is_success:
                    return time.perf_counter() - start
            except httpx.TransportError:
                pass  # it does not listen yet
            time.sleep(0.01)
    finally:
        process.terminate()
        process.wait()
    raise SystemExit(f"the service ended with {process.returncode} before {path} answered")


if __name__ == "__main__":
    main()
