"""Times of clients with a key while slow clients without one attack the service. Loopback only.

    python benchmarks/under_attack.py --models ~/.local/share/polymuse/models
    python benchmarks/under_attack.py --models … --soak 7200

Serves synthetic tracks as `http_load.py` does, with a key. Each round, so many attackers keep a connection each, send a
part of a request and wait; when they are cut off, they come again. A third sends half of the headers, a third the start
of a search, a third the start of an upload. They come from the address of the clients or, with `--apart`, from another
one of this machine. Meanwhile clients with the key search. Then 64 attackers go on for `--soak` seconds; the memory of
the service, its open files and the bytes in its temporary directory and its log are printed every tenth of them.
Needs the weights of the starter profile. Linux.
"""

import argparse
import asyncio
import multiprocessing
import os
import re
import resource
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from http_load import ROOT, fill, memory

ATTACKERS = (0, 64, 512, 2000)
CLIENTS = 8
PAUSE = 1.0  # seconds between the attempts of an attacker
REST = 0.05  # seconds between the requests of a client
START = 600.0  # seconds
HALVES = (
    "GET /v1/search?q=piano HTTP/1.1\r\nHost: localhost\r\nX-Half: ",
    "POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
    "POST /v1/search/audio HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\n"
    "Content-Length: 1000000\r\n\r\n--b\r\n",
)


@dataclass
class Service:
    """A service in a process of its own."""

    process: "subprocess.Popen[bytes]"
    port: int
    key: str
    log: Path
    temporary: Path

    def state(self) -> str:
        """Its memory, open files and bytes on disk."""
        files = len([*Path(f"/proc/{self.process.pid}/fd").iterdir()])
        left = sum(path.stat().st_size for path in self.temporary.rglob("*") if path.is_file())
        log = self.log.stat().st_size
        return f"{memory(self.process.pid, 'VmRSS')} MB, {files} files, {left} temporary bytes, {log} bytes of log"


@dataclass
class Result:
    """What the clients with a key saw, and how many attempts the attackers made."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    attempts: int = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, required=True, help="directory of the weights")
    parser.add_argument("--tracks", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=20.0, help="of a round")
    parser.add_argument("--apart", action="store_true", help="attack from another address than the clients")
    parser.add_argument("--soak", type=float, default=60.0, help="seconds of 64 attackers after the rounds")
    arguments = parser.parse_args()
    allow_files()
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory) / "home"
        home.mkdir()
        (home / "models").symlink_to(arguments.models.absolute())
        fill(home, arguments.tracks)
        service = start(home)
        try:
            where = "127.0.0.2" if arguments.apart else "the clients' address"
            print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {CLIENTS} clients; attack from {where}")
            for number in ATTACKERS:
                report(number, attack(service, number, arguments.seconds, apart=arguments.apart))
                print(f"      {service.state()}", flush=True)
            soak(service, arguments.soak, apart=arguments.apart)
            begin = time.monotonic()
            service.process.terminate()
            print(f"SIGTERM: exit {service.process.wait(60)} after {time.monotonic() - begin:.1f} s")
        finally:
            service.process.kill()
            service.process.wait()


def allow_files() -> None:
    """Thousands of attackers need as many open files; the service is started with the usual limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard if hard < 8192 else 8192, hard))


def usual_files() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, hard))


def start(home: Path) -> Service:
    key, log, temporary = secrets.token_urlsafe(32), home.parent / "log", home.parent / "tmp"
    temporary.mkdir()
    own = {"POLYMUSE_HOME": str(home), "POLYMUSE_PROFILE": "starter", "POLYMUSE_PORT": "0", "POLYMUSE_API_KEY": key}
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "search_api"],
            env={**os.environ, **own, "TMPDIR": str(temporary)},
            cwd=ROOT,
            stderr=sink,
            preexec_fn=usual_files,  # noqa: PLW1509  nothing runs in threads yet
        )
    end = time.monotonic() + START
    while time.monotonic() < end and process.poll() is None:
        if found := re.search(rb"listening on http://[^:]+:(\d+)", log.read_bytes()):
            return Service(process, int(found.group(1)), key, log, temporary)
        time.sleep(0.2)
    raise SystemExit(f"the service did not start:\n{log.read_text()}")


def attack(service: Service, attackers: int, seconds: float, *, apart: bool) -> Result:
    """The attackers are a process of their own, so that they cost the clients no more than the others here."""
    source, attempts = "127.0.0.2" if apart else "127.0.0.1", multiprocessing.Value("i", 0)
    enemy = multiprocessing.Process(target=swarm, args=(service.port, attackers, source, attempts))
    enemy.start()
    time.sleep(min(2.0, seconds / 4))  # until they are there
    result = asyncio.run(ask_all(service, time.monotonic() + seconds))
    enemy.terminate()
    enemy.join()
    result.attempts = attempts.value
    return result


async def ask_all(service: Service, end: float) -> Result:
    result = Result()
    await asyncio.gather(*(client(service, n, end, result) for n in range(CLIENTS)))
    return result


def swarm(port: int, attackers: int, source: str, attempts: Any) -> None:
    async def everybody() -> None:
        await asyncio.gather(*(attacker(port, n, source, attempts) for n in range(attackers)))

    asyncio.run(everybody())


async def attacker(port: int, number: int, source: str, attempts: Any) -> None:
    while True:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
            try:
                attempts.value += 1
                writer.write(HALVES[number % len(HALVES)].encode())
                while await reader.read(65_536):
                    pass
            finally:
                writer.close()
        await asyncio.sleep(PAUSE)


async def client(service: Service, number: int, end: float, result: Result) -> None:
    asked = 0
    while time.monotonic() < end:
        asked += 1
        path = f"/v1/search?q=piano+{number}+{asked}&limit=5"
        begin = time.perf_counter()
        try:
            status = await asyncio.wait_for(ask(service, path), 60)
        except (OSError, asyncio.IncompleteReadError) as error:  # TimeoutError is an OSError
            status = type(error).__name__
        result.seconds.append(time.perf_counter() - begin)
        result.statuses[status] += 1
        await asyncio.sleep(REST)


async def ask(service: Service, path: str) -> str:
    """The status of the answer, on a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    try:
        head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {service.key}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode())
        line = await reader.readuntil(b"\r\n")
        await reader.read(-1)
        return line.split()[1].decode()
    finally:
        writer.close()


def report(attackers: int, result: Result) -> None:
    p50, p99 = np.percentile(np.array(result.seconds) * 1000, [50, 99])
    errors = {status: count for status, count in result.statuses.items() if status != "200"}
    print(
        f"{attackers:5d} attackers, {result.attempts} attempts: {len(result.seconds)} answers, errors: {errors or 0}, "
        f"ms: p50 {p50:.0f}, p99 {p99:.0f}, max {max(result.seconds) * 1000:.0f}"
    )


def soak(service: Service, seconds: float, *, apart: bool) -> None:
    for part in range(10 if seconds else 0):
        result = attack(service, ATTACKERS[1], seconds / 10, apart=apart)
        print(f"soak {(part + 1) * seconds / 10:.0f} s: {service.state()}")
        report(ATTACKERS[1], result)


if __name__ == "__main__":
    main()
