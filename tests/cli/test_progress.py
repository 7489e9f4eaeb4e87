from pathlib import Path

import pytest

from cli.progress import Eta, clock
from indexer.scan import AudioFile


class Clock:
    """A clock that the test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def file(name: str, size: int) -> AudioFile:
    return AudioFile(Path("/music") / name, size, 0)


def test_nothing_is_estimated_before_anything_is_measured() -> None:
    assert Eta([file("a.mp3", 100)]).left is None


def test_time_left_follows_the_measured_speed() -> None:
    time = Clock()
    eta = Eta([file("a.mp3", 100), file("b.mp3", 300)], time)
    time.now = 10.0
    eta.add("/music/a.mp3", 100, seconds=50.0)
    assert eta.speed == pytest.approx(5.0)  # 50 s of audio in 10 s
    assert eta.left == pytest.approx(30.0)  # b is 3 times as large: 150 s of audio at 5x


def test_each_kind_of_file_has_its_own_bit_rate() -> None:
    time = Clock()
    files = [file("a.mp3", 100), file("a.wav", 1000), file("b.mp3", 200), file("b.wav", 2000)]
    eta = Eta(files, time)
    time.now = 20.0
    eta.add("/music/a.mp3", 100, seconds=60.0)
    eta.add("/music/a.wav", 1000, seconds=40.0)
    # 100 s in 20 s = 5x; left: b.mp3 200 * 60/100 = 120 s, b.wav 2000 * 40/1000 = 80 s; 200 s at 5x
    assert eta.left == pytest.approx(40.0)


def test_an_unknown_kind_has_the_average_bit_rate() -> None:
    time = Clock()
    eta = Eta([file("a.mp3", 100), file("b.flac", 500)], time)
    time.now = 10.0
    eta.add("/music/a.mp3", 100, seconds=20.0)
    assert eta.left == pytest.approx(50.0)  # 500 * 20/100 = 100 s of audio at 2x


def test_files_settled_without_analysis_make_the_rest_look_short() -> None:
    time = Clock()
    eta = Eta([file("a.mp3", 100), file("b.mp3", 100)], time)
    time.now = 1.0
    eta.add("/music/a.mp3", 100, seconds=0.0)
    assert eta.left == 0.0


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0:00"), (59.6, "1:00"), (185, "3:05"), (7439, "2:03:59")])
def test_durations_read_like_a_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text
