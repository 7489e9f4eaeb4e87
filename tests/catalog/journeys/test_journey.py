import math
from typing import Any

import pytest

from catalog.journeys.journey import MAX_EXCLUDED, Journey, check_journey
from polymuse.errors import UserError


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"count": 2}, "A journey has 2 tracks. Choose 3 to 200"),
        ({"count": 201}, "A journey has 201 tracks"),
        ({"per_artist": -1}, "A limit of -1 tracks per artist"),
        ({"per_album": -1}, "A limit of -1 tracks per album"),
        ({"variety": math.nan}, "The variety is nan. Choose a number from 0 to 1"),
        ({"variety": 1.1}, "The variety is 1.1"),
        ({"seed": -1}, "The seed is -1"),
        ({"exclude": frozenset(map(str, range(MAX_EXCLUDED + 1)))}, "10001 tracks to leave out"),
    ],
)
def test_what_no_library_can_answer(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message.replace(".", r"\.?")):
        check_journey(Journey("a", "b", **fields))


def test_the_extremes_are_allowed() -> None:
    check_journey(Journey("a", "b", 200, per_artist=0, per_album=0, variety=1.0))
