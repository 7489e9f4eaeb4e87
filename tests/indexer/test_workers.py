"""What a bad file can do to the worker processes."""

import os
import time
from pathlib import Path

import pytest

from indexer.records import Recipe
from indexer.stopping import Stop
from indexer.workers import Workers
from polymuse.errors import BadAudioError, UnavailableError


def double(number: int) -> int:
    return 2 * number


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


@pytest.fixture
def workers(tmp_path: Path):
    with Workers(Recipe(tmp_path, "starter", (), 3600.0), jobs=2) as pool:
        yield pool


def test_every_item_comes_back_with_its_result(workers: Workers) -> None:
    assert sorted(workers.map(double, range(20), ahead=3, limit=60)) == [(n, 2 * n) for n in range(20)]


def test_items_are_taken_as_they_are_needed(workers: Workers) -> None:
    taken = []

    def numbers():
        for number in range(50):
            taken.append(number)
            yield number

    results = workers.map(double, numbers(), ahead=4, limit=60)
    next(results)
    assert len(taken) == 4
    next(results)
    assert len(taken) <= 8


def test_a_crash_costs_one_item(workers: Workers) -> None:
    results = dict(workers.map(crash_at_three, range(6), ahead=2, limit=60))
    assert {number: result for number, result in results.items() if number != 3} == {n: n for n in (0, 1, 2, 4, 5)}
    assert isinstance(results[3], BadAudioError)
    assert "crashed" in results[3].message


def test_a_hang_costs_one_item(workers: Workers) -> None:
    results = dict(workers.map(hang_at_three, range(6), ahead=2, limit=5))
    assert [result for number, result in sorted(results.items()) if number != 3] == [0, 1, 2, 4, 5]
    assert isinstance(results[3], BadAudioError)
    assert "5 s" in results[3].message


def test_a_bug_costs_one_item_and_is_named(workers: Workers) -> None:
    results = dict(workers.map(fail_at_three, range(6), ahead=2, limit=60))
    assert isinstance(results[3], BadAudioError)
    assert "ZeroDivisionError: three" in results[3].message
    assert len(results) == 6


def test_missing_weights_end_the_run(workers: Workers) -> None:
    with pytest.raises(UnavailableError, match="no weights"):
        list(workers.map(miss_weights, range(6), ahead=2, limit=60))


def test_a_stop_finishes_what_is_under_way_and_drops_the_rest(tmp_path: Path) -> None:
    stop, taken = Stop(), []

    def numbers():
        for number in range(50):
            taken.append(number)
            yield number

    with Workers(Recipe(tmp_path, "starter", (), 3600.0), jobs=1, stop=stop) as workers:
        results = workers.map(double, numbers(), ahead=4, limit=60)
        assert next(results) == (0, 0)
        stop.requested = True
        rest = list(results)
    assert rest in ([], [(1, 2)])  # the one that the worker had begun, if any
    assert len(taken) == 4
