"""What a bad file can do to the worker processes."""

import os
import time
from pathlib import Path

import pytest

from indexer.file_tags import TagInfo
from indexer.jobs import Identified, Job
from indexer.scan import AudioFile
from indexer.stopping import Stop
from indexer.workers.workers import ANALYZE_SECONDS, LEAST_SECONDS, Pace, Workers
from models.analysis import Analysis
from models.recipe import Recipe
from models.separator import SeparationSpec
from polymuse.errors import BadAudioError, UnavailableError
from polymuse.home import Home


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
    with Workers(Recipe(Home(tmp_path), "starter", SeparationSpec(), 3600.0), jobs=2) as pool:
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

    with Workers(Recipe(Home(tmp_path), "starter", SeparationSpec(), 3600.0), jobs=1, stop=stop) as workers:
        results = workers.map(double, numbers(), ahead=4, limit=60)
        assert next(results) == (0, 0)
        stop.signalled = True
        rest = list(results)
    assert rest in ([], [(1, 2)])  # the one that the worker had begun, if any
    assert len(taken) == 4


class TestPace:
    def job(self, claimed: float | None) -> Job:
        return Job(Identified(AudioFile(Path("/a.mp3"), 1, 1), "id", TagInfo("a", duration=claimed)), None)

    def analysis(self, seconds: float, work: float) -> Analysis:
        return Analysis(seconds, "mp3", {}, {}, (), (), busy={"decode": work / 4, "embed": 3 * work / 4})

    def test_before_a_track_is_done_only_the_longest_time_is_known(self) -> None:
        assert Pace(3600).limit(self.job(240)) == ANALYZE_SECONDS

    def test_a_track_gets_thirty_times_what_the_slowest_one_took_for_its_length(self) -> None:
        pace = Pace(3600)
        pace.learn(self.analysis(seconds=200, work=20))  # 0.1 seconds of work for one of audio
        pace.learn(self.analysis(seconds=200, work=10))
        assert pace.limit(self.job(300)) == pytest.approx(900)  # 30 * 0.1 * 300
        assert pace.limit(self.job(5)) == LEAST_SECONDS
        assert pace.limit(self.job(None)) == pytest.approx(10_800)  # as one of an hour
        assert pace.limit(self.job(10**9)) == pytest.approx(10_800)  # no more than an hour is heard

    def test_nothing_takes_longer_than_the_longest_time(self) -> None:
        pace = Pace(3600)
        pace.learn(self.analysis(seconds=100, work=2600))
        assert pace.limit(self.job(3600)) == ANALYZE_SECONDS
