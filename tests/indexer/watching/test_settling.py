"""When a changed file is yielded."""

from pathlib import Path

from indexer.watching.settling import QUIET_SECONDS, Settling


def test_a_file_is_yielded_once_it_is_quiet() -> None:
    now = 100.0
    settling = Settling(clock=lambda: now)
    growing, written = Path("growing"), Path("written")
    settling.add([growing, written])
    now += QUIET_SECONDS / 2
    settling.add([growing])
    assert settling.due() == []
    now += QUIET_SECONDS / 2
    assert settling.due() == [written]
    now += QUIET_SECONDS / 2
    assert settling.due() == [growing]
    assert settling.due() == []
