import pytest

from catalog.understanding.numbers import digits, number, plain
from catalog.understanding.tokens import tokenise


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", 12),
        ("１２", 12),
        ("٣", 3),
        ("八十", 80),
        ("一九八〇", 1980),
        ("二十三", 23),
        ("十五", 15),
        ("一百二十", 120),
        ("两", 2),
    ],
)
def test_whole_numbers(text: str, expected: int) -> None:
    tokens = tokenise(text)
    assert digits(tokens, 0) == (len(tokens), expected)


@pytest.mark.parametrize("text", ["x", "十百", "1234567"])
def test_what_is_no_number(text: str) -> None:
    assert digits(tokenise(text), 0) is None


def test_decimals_have_a_point_or_a_comma() -> None:
    assert number(tokenise("3.5 min"), 0) == number(tokenise("3,5"), 0) == (3, 3.5)
    assert number(tokenise("3, 5"), 0) == (1, 3)
    assert plain(3.0) == "3"
    assert plain(3.5) == "3.5"
