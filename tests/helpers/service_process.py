"""The service with its indexer, as a process whose log goes to a file: a full pipe would stop it."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

import httpx

from tests.helpers.paths import ROOT

PATIENCE = 600  # seconds; the workers have the lowest priority


@dataclass
class ServiceProcess:
    process: "subprocess.Popen[bytes]"
    client: httpx.Client
    log: Path

    def ended(self, job: dict[str, Any]) -> dict[str, Any]:
        """The job in its final state."""
        return wait(lambda: (found := self.get(f"/v1/jobs/{job['id']}"))["ended"] and found)

    def idle(self) -> bool:
        """Whether no job waits or runs."""
        return all(job["ended"] for job in self.get("/v1/jobs")["jobs"])

    def tracks(self) -> int:
        return self.get("/v1/stats")["tracks"]

    def get(self, path: str, **params: str) -> Any:
        return self.client.get(path, params=params).json()

    def stop(self, number: int) -> int:
        """The exit status after this signal."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@contextmanager
def serving(home: Path, until: str = "listening on", **environment: str) -> Iterator[ServiceProcess]:
    """The service on a free port, once its log contains `until`."""
    variables = {**os.environ, "POLYMUSE_HOME": str(home), "POLYMUSE_PORT": "0", **environment}
    log = home.parent / f"{home.name}-{token_hex(4)}.log"
    with log.open("wb") as sink:
        process = subprocess.Popen([sys.executable, "-m", "search_api"], env=variables, cwd=ROOT, stderr=sink)
    try:
        wait(lambda: until in log.read_text("utf-8") or process.poll() is not None)
        found = re.search(r"(http://\S+)/healthz is up", log.read_text("utf-8"))
        assert found is not None, log.read_text("utf-8")
        with httpx.Client(base_url=found[1], timeout=60) as client:
            yield ServiceProcess(process, client, log)
    finally:
        process.kill()
        process.wait()


def wait(condition: Callable[[], Any]) -> Any:
    """The first true value of the condition."""
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.2)
    return found
