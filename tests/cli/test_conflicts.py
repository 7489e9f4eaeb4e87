"""Conflicts as they are said."""

import pytest

from catalog.conflicts import Conflict
from catalog.exchange import Taken
from catalog.exchange_descriptors import TakenDescriptors
from cli.conflicts import MAX_LINES, say_conflicts, say_descriptors


def test_nothing_without_conflicts(capsys: pytest.CaptureFixture[str]) -> None:
    assert say_conflicts(Taken(1, 2)) == {}
    assert capsys.readouterr() == ("", "")


def test_each_one_then_their_number(capsys: pytest.CaptureFixture[str]) -> None:
    conflicts = [Conflict(f"/m/{n}.ogg", taken=n == 0) for n in range(MAX_LINES + 3)]
    assert say_conflicts(Taken(1, 2, tuple(conflicts))) == {"conflicts": MAX_LINES + 3, "kept": MAX_LINES + 2}
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "/m/0.ogg: the imported entry counts"
    assert lines[1] == "/m/1.ogg: the entry of the library counts"
    assert lines[-1] == "3 more conflicts"
    assert len(lines) == MAX_LINES + 1


def test_descriptors_that_stay_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert say_descriptors(TakenDescriptors()) == {}
    assert say_descriptors(TakenDescriptors(2)) == {"descriptors": 2}
    assert capsys.readouterr() == ("", "")
    assert say_descriptors(TakenDescriptors(0, tuple(f"d{n}" for n in range(MAX_LINES + 3)))) == {"descriptors": 0}
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "d0: the descriptor of the library counts"
    assert lines[-1] == "3 more descriptors of the library count"
