from datetime import time

import pytest

from polymuse.pause import Pause


@pytest.mark.parametrize(
    ("text", "within", "outside"),
    [
        ("09:00-18:30", ["09:00", "18:29"], ["08:59", "18:30", "00:00"]),
        ("22:00-7:00", ["22:00", "23:59", "00:00", "06:59"], ["07:00", "21:59"]),
    ],
)
def test_it_holds_from_its_start_to_its_end(text: str, within: list[str], outside: list[str]) -> None:
    pause = Pause.parse(text)
    assert all(pause.holds(time.fromisoformat(now)) for now in within)
    assert not any(pause.holds(time.fromisoformat(now)) for now in outside)


@pytest.mark.parametrize("text", ["", "9-18", "09:00", "09:00-25:00", "09:00-09:00", "09:00-18:00-19:00"])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="09:00-18:30"):
        Pause.parse(text)
