from typing import Any

import pytest

from catalog.understanding.query_words import query_words
from catalog.understanding.slots import SlotReader
from catalog.understanding.tokens import tokenise


def values(name: str, text: str) -> list[Any]:
    """The values of the readings that cover the whole text."""
    tokens = tokenise(text)
    return [value for end, value in SlotReader(tokens, query_words())(name, 0) if end == len(tokens)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1985", (1985, 1985)),
        ("80s", (1980, 1989)),
        ("1880s", (1880, 1889)),
        ("1700s", (1700, 1799)),
        ("20s", (1920, 1929)),
        ("10s", (2010, 2019)),
        ("eighties", (1980, 1989)),
        ("18th century", (1701, 1800)),
        ("eighteenth century", (1701, 1800)),
        ("early 80s", (1980, 1983)),
        ("late 1990s", (1996, 1999)),
    ],
)
def test_times(text: str, expected: tuple[int, int]) -> None:
    assert expected in values("when", text)


@pytest.mark.parametrize("text", ["99999", "85s", "31st century", "0999", "year"])
def test_what_is_no_time(text: str) -> None:
    assert values("when", text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [("3 minutes", 180), ("90 sec", 90), ("1.5 hours", 5400), ("3:30", 210), ("half an hour", 1800), ("two min", 120)],
)
def test_lengths_in_seconds(text: str, expected: float) -> None:
    assert expected in values("length", text)


def test_what_is_no_length() -> None:
    assert values("length", "3:75") == values("length", "3 apples") == []
