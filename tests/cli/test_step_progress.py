"""Progress through the tracks of a library; `tests/indexer/test_stopping.py` has what a signal does to it."""

import pytest

from cli.step_progress import step_progress, time_left


@pytest.mark.parametrize(
    ("done", "total", "elapsed", "left"),
    [
        (2, 10, 4.0, 16.0),  # 2 s a track, 8 tracks to go
        (10, 10, 4.0, 0.0),
        (12, 10, 4.0, 0.0),  # more came than were expected
        (0, 10, 4.0, 0.0),  # nothing is measured yet
    ],
)
def test_time_left_follows_the_speed_so_far(done: int, total: int, elapsed: float, left: float) -> None:
    assert time_left(done, total, elapsed) == left


def test_without_a_terminal_there_is_a_line_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with step_progress("Reading", 5) as step:
        step(2)
    assert capsys.readouterr().err == ""  # not at every step
    monkeypatch.setattr("cli.step_progress.PLAIN_INTERVAL", 0.0)
    with step_progress("Reading", 5) as step:
        step(2)
        step(3)
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("Reading: 2/5 tracks, ")
    assert second == "Reading: 5/5 tracks, 0:00 left"
