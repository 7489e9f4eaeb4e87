"""The process that may crash, hang or exhaust memory without affecting the service."""

import math
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from polymuse.errors import BadAudioError, UnavailableError
from search_api.problems import BusyError
from search_api.worker import Worker

PATIENCE = 120.0  # seconds, more than enough


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = Worker(memory=1 << 30, waiting=1)
    yield worker
    worker.close()


def test_it_returns_what_the_function_returns(worker: Worker) -> None:
    process = worker.run(os.getpid, PATIENCE)
    assert process != os.getpid()
    assert worker.run(os.getpid, PATIENCE) == process
    assert (worker.starts, worker.losses) == (1, 0)


def test_errors_of_the_function_are_raised(worker: Worker) -> None:
    with pytest.raises(BadAudioError, match="unexpected ValueError: math domain"):
        worker.run(math.sqrt, PATIENCE, -1.0)


def test_it_recovers_from_a_crash(worker: Worker) -> None:
    with pytest.raises(BadAudioError, match="crashed"):
        worker.run(os._exit, PATIENCE, 9)
    assert worker.run(math.sqrt, PATIENCE, 4.0) == 2.0
    assert worker.losses == 2  # it was tried twice, in case something else killed the first process


def test_a_call_that_takes_too_long_is_killed(worker: Worker) -> None:
    before = worker.run(os.getpid, PATIENCE)
    with pytest.raises(BadAudioError, match="no result after 1 s"):
        worker.run(time.sleep, 1.0, 600)
    assert worker.run(os.getpid, PATIENCE) != before
    assert worker.losses == 1


@pytest.mark.skipif(sys.platform != "linux", reason="the limit works on Linux")
def test_memory_is_limited(worker: Worker) -> None:
    with pytest.raises(BadAudioError, match="memory"):
        worker.run(bytearray, PATIENCE, 2 << 30)
    assert len(worker.run(bytearray, PATIENCE, 1000)) == 1000


def wait_for(path: Path) -> None:
    while not path.exists():
        time.sleep(0.01)


def test_the_queue_is_limited(worker: Worker, tmp_path: Path) -> None:
    """One runs and one waits: `waiting` is 1."""
    worker.run(os.getpid, PATIENCE)
    threads = [threading.Thread(target=worker.run, args=(wait_for, PATIENCE, tmp_path / "go")) for _ in range(2)]
    for thread in threads:
        thread.start()
    while worker.pending < 2:
        time.sleep(0.01)
    with pytest.raises(BusyError):
        worker.run(os.getpid, PATIENCE)
    (tmp_path / "go").touch()
    for thread in threads:
        thread.join()
    worker.run(os.getpid, PATIENCE)


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the process in /proc")
def test_an_idle_process_stops() -> None:
    worker = Worker(memory=1 << 30, idle=0.1)
    process = worker.run(os.getpid, PATIENCE)
    while Path(f"/proc/{process}").exists():
        time.sleep(0.05)
    assert worker.run(os.getpid, PATIENCE) != process
    assert worker.starts == 2
    worker.close()


@pytest.mark.slow
def test_waiting_calls_fail_when_it_closes(worker: Worker) -> None:
    worker.run(os.getpid, PATIENCE)
    errors: list[Exception] = []

    def wait_long() -> None:
        try:
            worker.run(time.sleep, PATIENCE, 600)
        except UnavailableError as error:
            errors.append(error)

    thread = threading.Thread(target=wait_long)
    thread.start()
    while not worker.pending:
        time.sleep(0.01)
    worker.close()
    thread.join()
    assert len(errors) == 1
