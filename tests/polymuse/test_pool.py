"""Tasks that crash, hang or exhaust memory, and workers that are killed."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from polymuse.errors import BadAudioError, UnavailableError
from polymuse.pool import Pool, Task
from tests.helpers.paths import ROOT


def nothing() -> None:
    pass


def exit_at_once() -> None:
    sys.exit(7)


def double(number: int) -> int:
    return 2 * number


def process_id(_: object) -> int:
    return os.getpid()


def crash_the_first_time(marker: Path) -> str:
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def crash(_: object) -> None:
    os.abort()


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def crash_at_three(number: int) -> int:
    if number == 3:
        os.abort()
    return number


def hang_at_three(number: int) -> int:
    if number == 3:
        time.sleep(600)
    return number


def fail_at_three(number: int) -> int:
    if number == 3:
        raise ZeroDivisionError("three")
    return number


def miss_weights(number: int) -> int:
    raise UnavailableError(f"no weights for {number}", "Fetch them")


def not_to_be_pickled(_: object) -> object:
    return lambda: None


def swell(_: object) -> None:
    filled = []
    while True:
        filled.append(b"x" * 2**20)
        time.sleep(0.001)


def outcome(pool: Pool, task: Task) -> Task:
    while not pool.wait([task]):
        pass
    return task


@pytest.fixture
def pool():
    with contextlib.closing(Pool(1, nothing)) as workers:
        yield workers


def test_a_worker_that_is_killed_while_idle_is_replaced(pool: Pool) -> None:
    first = outcome(pool, pool.submit(process_id, None, timeout=60)).value
    os.kill(first, signal.SIGKILL)
    second = outcome(pool, pool.submit(process_id, None, timeout=60)).value
    assert second not in {first, os.getpid()}


def test_a_task_whose_worker_is_killed_once_is_tried_again(pool: Pool, tmp_path: Path) -> None:
    assert outcome(pool, pool.submit(crash_the_first_time, tmp_path / "seen", timeout=60)).value == "done"


def test_a_task_that_always_kills_its_worker_is_named_and_the_next_one_is_done(pool: Pool) -> None:
    bad, good = pool.submit(crash, None, timeout=60), pool.submit(double, 2, timeout=60)
    error = outcome(pool, bad).error
    assert isinstance(error, BadAudioError)
    assert f"exit status -{signal.SIGABRT.value}" in error.message
    assert outcome(pool, good).value == 4


def test_a_task_is_killed_at_its_timeout(pool: Pool) -> None:
    error = outcome(pool, pool.submit(sleep, 600, timeout=0.5)).error
    assert isinstance(error, BadAudioError)
    assert "no result after" in error.message


@pytest.mark.skipif(sys.platform != "linux", reason="no other system tells")
def test_a_task_is_killed_at_its_memory_limit() -> None:
    with contextlib.closing(Pool(1, nothing, memory=200 * 2**20)) as pool:
        error = outcome(pool, pool.submit(swell, None, timeout=60)).error
        assert isinstance(error, BadAudioError)
        assert "more than 0.2 GiB of memory" in error.message
        assert outcome(pool, pool.submit(double, 2, timeout=60)).value == 4


def test_a_result_that_cannot_be_pickled_is_an_error_of_the_task(pool: Pool) -> None:
    assert isinstance(outcome(pool, pool.submit(not_to_be_pickled, None, timeout=60)).error, BadAudioError)
    assert outcome(pool, pool.submit(double, 2, timeout=60)).value == 4


def test_a_queued_task_can_be_withdrawn(pool: Pool) -> None:
    first, second = pool.submit(double, 1, timeout=60), pool.submit(double, 2, timeout=60)
    assert pool.withdraw(second)
    assert outcome(pool, first).value == 2
    assert not pool.withdraw(first)
    assert not second.done


def test_workers_that_cannot_start_are_no_fault_of_the_task() -> None:
    with contextlib.closing(Pool(1, exit_at_once)) as pool:
        task = pool.submit(double, 1, timeout=60)
        with pytest.raises(UnavailableError, match=r"before they are ready.*exit status 7"):
            outcome(pool, task)


def test_stopping_signals_do_not_reach_a_worker(pool: Pool) -> None:
    worker = outcome(pool, pool.submit(process_id, None, timeout=60)).value
    os.kill(worker, signal.SIGINT)
    os.kill(worker, signal.SIGTERM)
    assert outcome(pool, pool.submit(process_id, None, timeout=60)).value == worker


PARENT = """
import sys; sys.path.insert(0, sys.argv[1])
from test_pool import nothing, outcome, process_id, sleep
from polymuse.pool import Pool
if __name__ == "__main__":
    pool = Pool(1, nothing)
    print(outcome(pool, pool.submit(process_id, None, timeout=60)).value, flush=True)
    outcome(pool, pool.submit(sleep, 600, timeout=900))
"""


def test_a_worker_does_not_outlive_its_parent(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    command = [sys.executable, str(script), str(Path(__file__).parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)}) as it:
        assert it.stdout is not None
        assert int(it.stdout.readline()) != it.pid
        it.kill()
        assert it.stdout.read() == ""  # the worker has it as well: this returns once both have ended


@pytest.fixture
def workers():
    with contextlib.closing(Pool(2, nothing)) as workers:
        yield workers


def test_every_item_comes_back_with_its_result(workers: Pool) -> None:
    assert sorted(workers.imap_unordered(double, range(20), ahead=3, timeout=60)) == [(n, 2 * n) for n in range(20)]


def test_items_are_taken_as_they_are_needed(workers: Pool) -> None:
    taken = []

    def numbers():
        for number in range(50):
            taken.append(number)
            yield number

    results = workers.imap_unordered(double, numbers(), ahead=4, timeout=60)
    next(results)
    assert len(taken) == 4
    next(results)
    assert len(taken) <= 8


def test_a_crash_costs_one_item(workers: Pool) -> None:
    results = dict(workers.imap_unordered(crash_at_three, range(6), ahead=2, timeout=60))
    assert {number: result for number, result in results.items() if number != 3} == {n: n for n in (0, 1, 2, 4, 5)}
    assert isinstance(results[3], BadAudioError)
    assert "crashed" in results[3].message


@pytest.mark.slow
def test_a_hang_costs_one_item(workers: Pool) -> None:
    results = dict(workers.imap_unordered(hang_at_three, range(6), ahead=2, timeout=5))
    assert [result for number, result in sorted(results.items()) if number != 3] == [0, 1, 2, 4, 5]
    assert isinstance(results[3], BadAudioError)
    assert "5 s" in results[3].message


def test_a_bug_costs_one_item_and_is_named(workers: Pool) -> None:
    results = dict(workers.imap_unordered(fail_at_three, range(6), ahead=2, timeout=60))
    assert isinstance(results[3], BadAudioError)
    assert "ZeroDivisionError: three" in results[3].message
    assert len(results) == 6


def test_missing_weights_end_the_run(workers: Pool) -> None:
    with pytest.raises(UnavailableError, match="no weights"):
        list(workers.imap_unordered(miss_weights, range(6), ahead=2, timeout=60))


def test_a_stop_finishes_what_is_under_way_and_drops_the_rest(pool: Pool) -> None:
    halted, taken = [], []

    def numbers():
        for number in range(50):
            taken.append(number)
            yield number

    results = pool.imap_unordered(double, numbers(), ahead=4, timeout=60, halted=lambda: bool(halted))
    assert next(results) == (0, 0)
    halted.append(True)
    rest = list(results)
    assert rest in ([], [(1, 2)])  # the one that the worker had begun, if any
    assert len(taken) == 4
