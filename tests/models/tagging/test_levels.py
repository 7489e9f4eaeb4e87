"""The levels of stems, and of the mix that they add up to."""

import pytest

from models.tagging.levels import levels_db
from polymuse.music import StemInfo

QUIET = StemInfo(-20.0, present=True)


def test_level_of_the_mix_is_the_sum_of_powers() -> None:
    """Twice -20 dB are -17 dB."""
    assert levels_db({"vocals": QUIET, "instrumental": QUIET})["mix"] == pytest.approx(-16.99, abs=0.01)


def test_level_of_the_mix_is_unknown_without_accompaniment() -> None:
    assert levels_db({"vocals": QUIET}) == {"vocals": -20.0}
