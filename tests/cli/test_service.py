"""`python -m search_api` and its indexer as a process."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from catalog.catalog import Catalog
from catalog.store import Space
from models.profiles import load_embedder
from models.weights.store import WeightStore
from tests.helpers.paths import ROOT
from tests.helpers.service_process import ServiceProcess, serving

PATIENCE = 120  # seconds


def failure(home: Path, **environment: str) -> tuple[int, str]:
    """Exit status and stderr of a service that cannot start, on a free port unless the environment sets one."""
    variables = {**os.environ, "POLYMUSE_HOME": str(home), "POLYMUSE_PORT": "0", **environment}
    command = [sys.executable, "-m", "search_api"]
    ended = subprocess.run(command, env=variables, cwd=ROOT, stderr=subprocess.PIPE, text=True, timeout=PATIENCE)
    return ended.returncode, ended.stderr


def check_last_line(stderr: str, *parts: str) -> None:
    """Check the only line that is not from the log: the error message."""
    assert "Traceback" not in stderr
    assert stderr.count("polymuse: ") == 1
    last = stderr.splitlines()[-1]
    assert last.startswith("polymuse: ")
    for part in parts:
        assert part in last


def test_an_empty_store_is_served(polymuse_home: Path) -> None:
    with serving(polymuse_home) as service:
        assert service.client.get("/readyz").status_code == 200
        answer = service.get("/v1/search", q="piano")
        assert answer["hits"] == []
        assert answer["next_offset"] is None


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 0), pytest.param(signal.SIGINT, 130, marks=pytest.mark.slow)]
)
def test_a_signal_ends_it_and_frees_the_store(polymuse_home: Path, number: signal.Signals, status: int) -> None:
    with serving(polymuse_home) as service:
        service.client.get("/healthz")
        assert service.stop(number) == status
        assert "Traceback" not in service.log.read_text("utf-8")
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
    with serving(polymuse_home, "healthz is up") as service:
        while (alive := connect(service)) is None:
            assert service.process.poll() is None
        assert alive.status_code == 200
        early = service.client.get("/v1/search", params={"q": "piano"})
        assert early.status_code == 200 or (
            early.status_code == 503
            and early.json()["type"].endswith(":starting")
            and int(early.headers["retry-after"]) > 0
        )


def connect(service: ServiceProcess) -> httpx.Response | None:
    try:
        return service.client.get("/healthz")
    except httpx.ConnectError:
        return None
