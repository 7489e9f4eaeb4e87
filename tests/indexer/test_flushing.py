"""The times between flushes."""

import pytest

from indexer.flushing import LONGEST, SHARE, SHORTEST, PacedFlush


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("indexer.flushing.time", made)  # not that of event loops, which run in other threads
    return made


@pytest.mark.parametrize(
    ("took", "pause"),
    [(0.0, SHORTEST), (SHARE, SHORTEST), (0.1, 0.1 / SHARE), (60.0, LONGEST)],
)
def test_slow_flushes_are_rarer(clock: Clock, took: float, pause: float) -> None:
    flushed: list[float] = []

    def flush() -> None:
        flushed.append(clock.now)
        clock.now += took

    paced = PacedFlush(flush)
    paced.if_due()
    assert not flushed
    clock.now += SHORTEST
    paced.if_due()
    assert len(flushed) == 1
    clock.now += pause - 0.01
    paced.if_due()
    assert len(flushed) == 1
    clock.now += 0.02
    paced.if_due()
    assert len(flushed) == 2
