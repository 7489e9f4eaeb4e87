"""What embedders have in common."""

import pytest

from models.embedder import too_short


@pytest.mark.parametrize(
    ("seconds", "least", "message"),
    [
        (0.5, 1, "The audio lasts 0.50 s, at least 1 s is needed"),
        (44_098 / 44_100, 1, "The audio lasts 0.99 s, at least 1 s is needed"),
        (2.999, 3, "The audio lasts 2.99 s, at least 3 s are needed"),
    ],
)
def test_the_length_of_what_is_too_short(seconds: float, least: int, message: str) -> None:
    error = too_short(seconds, least)
    assert (error.message, error.advice) == (message, "Leave it out.")
