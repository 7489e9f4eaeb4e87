"""The time left, from sequences of finished files as real runs give them."""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.eta import Eta
from indexer.jobs import Outcome
from indexer.scan import AudioFile
from tests.helpers.paths import GOLDEN

MP3 = 20_000  # bytes a second
WAV = 176_400


class Clock:
    """A clock that the test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def file(name: str, size: int) -> AudioFile:
    return AudioFile(Path("/music") / name, size, 0)


def analysed(name: str, size: int, seconds: float, work: float) -> Outcome:
    return Outcome(f"/music/{name}", "indexed", size, seconds, work=work)


def updated(name: str, size: int) -> Outcome:
    return Outcome(f"/music/{name}", "updated", size)


def fed(files: list[AudioFile], outcomes: Iterable[tuple[float, Outcome]]) -> tuple[Eta, Clock]:
    """An estimate after these outcomes, each with its time."""
    clock = Clock()
    eta = Eta(files, clock)
    for clock.now, outcome in outcomes:
        eta.add(outcome)
    return eta, clock


def test_nothing_is_estimated_before_a_few_files_are_done() -> None:
    files = [file(f"{n}.mp3", 100) for n in range(9)]
    assert Eta(files).left is None
    eta, _ = fed(files, [(8.0, analysed("0.mp3", 100, 50.0, 4.0)), (12.0, analysed("1.mp3", 100, 50.0, 4.0))])
    assert eta.left is None


def test_equal_files_take_equally_long() -> None:
    files = [file(f"{n}.mp3", 100) for n in range(10)]
    eta, clock = fed(files, [(8.0 + 4 * n, analysed(f"{n}.mp3", 100, 50.0, 4.0)) for n in range(4)])
    assert eta.left == pytest.approx(24.0)  # 6 files of 4 s, whatever it took to load the networks
    clock.now += 2.0
    assert eta.left == pytest.approx(22.0)


def test_workers_side_by_side() -> None:
    files = [file(f"{n}.mp3", 100) for n in range(20)]
    times = [(8.0 + 4 * (n // 2), analysed(f"{n}.mp3", 100, 50.0, 4.0)) for n in range(10)]
    eta, _ = fed(files, times)
    assert eta.left == pytest.approx(20.0)  # 10 files of 4 s, two at a time


def test_a_profile_that_analyses_a_fixed_length() -> None:
    """Long files, which come first, take hardly more work than short ones."""
    long = [file(f"{n}.mp3", 600 * MP3) for n in range(10)]
    short = [file(f"s{n}.mp3", 120 * MP3) for n in range(50)]
    order = [*long[:5], *short[:10]]
    clock = Clock()
    eta = Eta([*long, *short], clock)
    for each in order:
        seconds = each.size / MP3
        work = 3.0 + 0.002 * seconds
        clock.now += work
        eta.add(analysed(each.path.name, each.size, seconds, work))
    left = 5 * (3.0 + 1.2) + 40 * (3.0 + 0.24)
    assert eta.left == pytest.approx(left, rel=0.1)


def test_a_profile_that_analyses_everything() -> None:
    files = [file(f"{n}.wav", (60 + 30 * (n % 7)) * WAV) for n in range(40)]
    clock = Clock()
    eta = Eta(files, clock)
    for each in files[:10]:
        seconds = each.size / WAV
        clock.now += 0.1 * seconds
        eta.add(analysed(each.path.name, each.size, seconds, 0.1 * seconds))
    assert eta.left == pytest.approx(sum(0.1 * each.size / WAV for each in files[10:]), rel=0.05)


def test_files_that_were_only_moved() -> None:
    files = [file(f"{n}.mp3", 100) for n in range(1000)]
    eta, _ = fed(files, [(2.0 + 0.02 * n, updated(f"{n}.mp3", 100)) for n in range(500)])
    assert eta.left == pytest.approx(10.0, rel=0.2)  # 500 of 20 ms


def test_an_album_that_was_moved_before_others_are_analysed() -> None:
    """200 quick files, then 100 of 4 s each: after 15 of these, the next 85 are expected to be of both kinds."""
    files = [file(f"{n}.mp3", 100) for n in range(300)]
    moved = [(1.0 + 0.01 * n, updated(f"{n}.mp3", 100)) for n in range(200)]
    new = [(7.0 + 4 * n, analysed(f"{200 + n}.mp3", 100, 60.0, 4.0)) for n in range(50)]
    eta, _ = fed(files, [*moved, *new])
    assert eta.left is not None
    assert 0 < eta.left <= 200


def test_speed_is_that_of_the_audio() -> None:
    eta, clock = fed([file("a.mp3", 100)], [(10.0, analysed("a.mp3", 100, 50.0, 4.0))])
    assert eta.speed == pytest.approx(5.0)
    clock.now = 20.0
    assert eta.speed == pytest.approx(2.5)


def test_a_machine_that_gets_busier() -> None:
    """After 20 files of 4 s come 40 of 16 s, 12 s on average."""
    files = [file(f"{n}.mp3", 100) for n in range(100)]
    quick = [(8.0 + 4 * n, analysed(f"{n}.mp3", 100, 50.0, 4.0)) for n in range(20)]
    slow = [(84.0 + 16 * n, analysed(f"{19 + n}.mp3", 100, 50.0, 16.0)) for n in range(1, 41)]
    eta, _ = fed(files, [*quick, *slow])
    assert eta.left == pytest.approx(40 * 16.0, rel=0.02)


@pytest.mark.parametrize(
    ("name", "begin"),
    [
        ("starter", 60.0),
        ("starter_with_stems", 245.0),  # the machine got busier and busier until then
    ],
)
def test_real_runs_are_estimated_within_a_factor_of_two(name: str, begin: float) -> None:
    """Looked at every five seconds; of the last files, within 15 seconds more."""
    recorded = json.loads((GOLDEN / "time_left" / f"{name}.json").read_text("utf-8"))
    files = [file(f"{number}{suffix}", size) for number, (suffix, size) in enumerate(recorded["files"])]
    *_, end = recorded["finished"][-1]
    clock = Clock()
    eta = Eta(files, clock)
    looks = [begin]
    for number, status, seconds, work, finished in recorded["finished"]:
        while looks[-1] < finished:
            clock.now = looks[-1]
            left = end - clock.now
            assert eta.left is not None
            assert left / 2 - 15 < eta.left < 2 * left + 15, f"after {clock.now:.0f} s"
            looks.append(clock.now + 5.0)
        clock.now = finished
        eta.add(Outcome(str(files[number].path), status, files[number].size, seconds, work=work))
    assert len(looks) > 10


def score(name: str) -> AudioFile:
    return replace(file(name, 100), kind="score")


def read(name: str) -> Outcome:
    return Outcome(f"/music/{name}", "indexed", 100, work=0.1)


def test_scores_are_counted_by_themselves() -> None:
    """Each took 0.5 s; those that are left are as many as the files say, not a share of the audio."""
    files = [*(score(f"{n}.mid") for n in range(20))]
    eta, _ = fed(files, [(3.0 + 0.5 * n, read(f"{n}.mid")) for n in range(10)])
    # The first two may have been stored together with the first one, so 8 intervals are measured over 10 files
    assert eta.left == pytest.approx(10 * 8 * 0.5 / 10, abs=0.51)
    assert eta.speed == 0.0


def test_audio_is_not_estimated_from_scores() -> None:
    files = [*(score(f"{n}.mid") for n in range(10)), file("a.mp3", 100), file("b.mp3", 100), file("c.mp3", 100)]
    outcomes = [(3.0 + 0.5 * n, read(f"{n}.mid")) for n in range(10)]
    eta, _ = fed(files, outcomes)
    assert eta.left is None
    audio = [(20.0, analysed("a.mp3", 100, 50.0, 10.0)), (30.0, analysed("b.mp3", 100, 50.0, 10.0))]
    eta, _ = fed(files, [*outcomes, *audio])
    assert eta.left == pytest.approx(10.0, rel=0.5)


def test_many_scores_after_audio_do_not_count_as_audio() -> None:
    files = [*(file(f"{n}.mp3", 100) for n in range(4)), *(score(f"{n}.mid") for n in range(2_000))]
    eta, _ = fed(files, [(8.0 + 10 * n, analysed(f"{n}.mp3", 100, 50.0, 10.0)) for n in range(4)])
    assert eta.left == 0.0  # nothing is known about scores yet
