"""What is stored of marks, and what is refused."""

from typing import Any

import pytest

from catalog.marks import NO_MARKS, Marks
from catalog.stored_marks import checked, from_json, to_json

NOON = "2026-11-30T12:00:00+00:00"
LATER = "2026-11-30T13:00:00+00:00"
FULL = Marks(NOON, LATER, ("calm", "sad"), 7, (LATER, NOON), ("lyrion:7", "navidrome:0hX5"))


@pytest.mark.parametrize("marks", [NO_MARKS, FULL, Marks(plays=3)])
def test_what_is_stored_is_read_back(marks: Marks) -> None:
    assert from_json(to_json(marks)) == checked(marks) == marks


def test_a_track_without_marks_takes_no_room() -> None:
    assert to_json(NO_MARKS) == {}


@pytest.mark.parametrize(
    "stored",
    [
        [],
        {"plays": "3"},
        {"plays": True},
        {"plays": 1.0},
        {"favourite_since": 5},
        {"hidden_since": None},
        {"wrong_tags": "sad"},
        {"played": [5]},
        {"known_as": "navidrome:1"},
        {"known_as": [1]},
    ],
)
def test_other_types_are_refused(stored: Any) -> None:
    with pytest.raises(TypeError, match="marks"):
        from_json(stored)


def test_what_others_wrote_is_written_as_here() -> None:
    other = Marks("2026-11-30T14:00:00+02:00", "", ("sad", "calm", "sad"), 3, (NOON, LATER, "2026-11-30T12:00:00Z"))
    assert checked(other) == Marks(NOON, "", ("calm", "sad"), 3, (LATER, NOON))


@pytest.mark.parametrize(
    "marks",
    [
        Marks(favourite_since="long ago"),
        Marks(hidden_since="2026-11-30"),
        Marks(plays=1, played=("now",)),
        Marks(plays=0, played=(NOON,)),
        Marks(plays=-1),
        Marks(plays=10**10),
        Marks(wrong_tags=("Sad",)),
        Marks(wrong_tags=("x" * 101,)),
        Marks(wrong_tags=tuple(map(str, range(1001)))),
        Marks(known_as=("navidrome",)),
        Marks(known_as=("navidrome:\x1b[2J",)),
        Marks(known_as=tuple(f"a:{n}" for n in range(101))),
        Marks(plays=100, played=tuple(f"2026-11-30T12:00:{second:02}+00:00" for second in range(21))),
    ],
)
def test_what_cannot_be_stored_is_refused(marks: Marks) -> None:
    with pytest.raises(ValueError, match="marks"):
        checked(marks)
