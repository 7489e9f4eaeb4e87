"""Numbers in a text: digits of any script, with decimals, and Chinese numerals."""

from collections.abc import Sequence

from catalog.understanding.tokens import Token, TokenKind

_DIGITS = {digit: value for value, digit in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2, "兩": 2}
_UNITS = {"十": 10, "百": 100}
CHINESE = frozenset(_DIGITS) | frozenset(_UNITS)
ROMAN = {
    numeral: value
    for value, numeral in enumerate(
        ["x", "xi", "xii", "xiii", "xiv", "xv", "xvi", "xvii", "xviii", "xix", "xx", "xxi"], 10
    )
}
CYRILLIC_ROMAN = {numeral.translate(str.maketrans("xi", "хі")): value for numeral, value in ROMAN.items()}
MAX_DIGITS = 6  # longer ones are no year, length or tempo


def digits(tokens: Sequence[Token], at: int) -> tuple[int, int] | None:
    """(end, value) of a whole number, in digits or Chinese numerals; None: there is none."""
    token = tokens[at]
    if token.kind is TokenKind.NUMBER:
        return (at + 1, int(token.text)) if len(token.text) <= MAX_DIGITS else None
    if token.text not in CHINESE:
        return None
    end = at + 1
    while end < len(tokens) and tokens[end].text in CHINESE and tokens[end].glued and end - at < MAX_DIGITS:
        end += 1
    value = _chinese("".join(each.text for each in tokens[at:end]))
    return None if value is None else (end, value)


def number(tokens: Sequence[Token], at: int) -> tuple[int, float] | None:
    """(end, value) of a number, perhaps with decimals ("3.5", "3,5"); None: there is none."""
    whole = digits(tokens, at)
    if whole is None or tokens[at].kind is not TokenKind.NUMBER:
        return whole
    fraction = tokens[at + 1 : at + 3]
    if (
        len(fraction) == 2
        and fraction[0].text in (".", ",")
        and fraction[1].kind is TokenKind.NUMBER
        and len(fraction[1].text) <= MAX_DIGITS
        and all(each.glued for each in fraction)
    ):
        return at + 3, float(f"{tokens[at].text}.{fraction[1].text}")
    return whole


def plain(value: float) -> str:
    """A number as the filter language writes it."""
    return str(int(value)) if value == int(value) else f"{value:.3f}".rstrip("0")


def _chinese(numeral: str) -> int | None:
    """二十三 -> 23, 一九八〇 -> 1980, 一百二十 -> 120."""
    if not any(each in _UNITS for each in numeral):
        return int("".join(str(_DIGITS[each]) for each in numeral))
    total, digit = 0, 0
    smallest = 1000
    for each in numeral:
        if each in _DIGITS:
            digit = _DIGITS[each]
        elif _UNITS[each] >= smallest:
            return None
        else:
            smallest = _UNITS[each]
            total += (digit or 1) * smallest
            digit = 0
    return total + digit
