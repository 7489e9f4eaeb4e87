"""`python -m search_api` and its indexer as a process."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from catalog.catalog import Catalog
from catalog.store import Space
from models.profiles import load_embedder
from models.weights.store import WeightStore
from tests.helpers.paths import ROOT

PATIENCE = 120  # seconds


def start(home: Path, **environment: str) -> "subprocess.Popen[str]":
    """Start a process, on a free port unless the environment sets one."""
    variables = {**os.environ, "POLYMUSE_HOME": str(home), "POLYMUSE_PORT": "0", **environment}
    return subprocess.Popen(
        [sys.executable, "-m", "search_api"], env=variables, cwd=ROOT, text=True, stderr=subprocess.PIPE
    )


@contextmanager
def running(home: Path, **environment: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """The process and its URL, once it accepts connections."""
    process = start(home, **environment)
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if found := re.search(r"listening on (http://\S+),", line):
                yield process, found.group(1)
                return
        pytest.fail("the service ended before it listened")
    finally:
        process.kill()
        process.communicate()


def failure(home: Path, **environment: str) -> tuple[int, str]:
    """Exit status and stderr of a service that cannot start."""
    process = start(home, **environment)
    _, stderr = process.communicate(timeout=PATIENCE)
    return process.returncode, stderr


def check_last_line(stderr: str, *parts: str) -> None:
    """Check the only line that is not from the log: the error message."""
    assert "Traceback" not in stderr
    assert stderr.count("polymuse: ") == 1
    last = stderr.splitlines()[-1]
    assert last.startswith("polymuse: ")
    for part in parts:
        assert part in last


def test_an_empty_store_is_served(polymuse_home: Path) -> None:
    with running(polymuse_home) as (_, address):
        assert httpx.get(f"{address}/readyz", timeout=PATIENCE).status_code == 200
        answer = httpx.get(f"{address}/v1/search", params={"q": "piano"}, timeout=PATIENCE).json()
        assert answer["hits"] == []
        assert answer["next_offset"] is None


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_ends_it_and_frees_the_store(polymuse_home: Path, number: signal.Signals, status: int) -> None:
    with running(polymuse_home) as (process, address):
        httpx.get(f"{address}/healthz", timeout=PATIENCE)
        process.send_signal(number)
        _, stderr = process.communicate(timeout=PATIENCE)
        assert process.returncode == status
        assert "Traceback" not in stderr
    [owner] = (polymuse_home / "store").glob("*/owner.lock")
    assert not owner.with_name("owner.json").exists()


def test_a_store_that_another_process_has_for_itself(polymuse_home: Path) -> None:
    space = Space.of(load_embedder("starter", WeightStore(polymuse_home / "models")))
    with Catalog.open(polymuse_home / "store", space):
        status, stderr = failure(polymuse_home)
    assert status == 3
    check_last_line(stderr, str(polymuse_home), str(os.getpid()))


def test_a_missing_device(polymuse_home: Path) -> None:
    status, stderr = failure(polymuse_home, POLYMUSE_DEVICE="cuda:99")
    assert status == 3
    check_last_line(stderr, "no device 'cuda:99'")


def test_a_port_in_use(polymuse_home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        status, stderr = failure(polymuse_home, POLYMUSE_PORT=port)
    assert status == 3
    check_last_line(stderr, f"127.0.0.1 port {port}")


def test_other_hosts_need_a_key_to_start(polymuse_home: Path) -> None:
    status, stderr = failure(polymuse_home, POLYMUSE_HOST="0.0.0.0")
    assert status == 2
    check_last_line(stderr, "0.0.0.0", "API key")


def test_arguments_are_rejected(polymuse_home: Path) -> None:
    command = [sys.executable, "-m", "search_api", "--port", "80"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert result.returncode == 2
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    check_last_line(result.stderr, "takes no arguments: --port", "POLYMUSE_PORT", "polymuse serve")


def test_healthz_responds_before_the_library_is_open(polymuse_home: Path) -> None:
    """The line with the URL of /healthz comes first, and /healthz responds at that moment."""
    process = start(polymuse_home)
    try:
        assert process.stderr is not None
        found = next(found for line in process.stderr if (found := re.search(r"(http://\S+)/healthz is up", line)))
        while (alive := connect(found.group(1))) is None:
            assert process.poll() is None
        assert alive.status_code == 200
        early = httpx.get(f"{found.group(1)}/v1/search", params={"q": "piano"}, timeout=PATIENCE)
        assert early.status_code == 200 or (
            early.status_code == 503
            and early.json()["type"].endswith(":starting")
            and int(early.headers["retry-after"]) > 0
        )
    finally:
        process.kill()
        process.communicate()


def connect(address: str) -> httpx.Response | None:
    try:
        return httpx.get(f"{address}/healthz", timeout=PATIENCE)
    except httpx.ConnectError:
        return None
