"""Values of the slots of templates at a place in a text: numbers, years, decades, lengths, keys."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from catalog.understanding.keys_in_text import camelot_at, keys_at
from catalog.understanding.numbers import CYRILLIC_ROMAN, ROMAN, digits, number
from catalog.understanding.query_words import QueryWords
from catalog.understanding.templates import Match
from catalog.understanding.tokens import Token, TokenKind

Years: TypeAlias = tuple[int, int]  # first and last
FIRST_YEAR, LAST_YEAR = 1000, 2100  # four digits beyond are no year
MAX_CENTURY = 21
MAX_NUMBER_WORDS = 3  # words of the longest name of a number
FIRST_OF_1900S = 20  # "the 20s" are the 1920s; "the 10s" and "the 00s" are of this century


class SlotReader:
    """The slots of one text; each is read once at each place."""

    def __init__(self, tokens: Sequence[Token], words: QueryWords) -> None:
        self._tokens = tokens
        self._words = words
        self._known: dict[tuple[str, int], list[tuple[int, Any]]] = {}
        self._readers: dict[str, Callable[[int], Iterator[tuple[int, Any]]]] = {
            "digits": self._digits,
            "n": self._number,
            "year": self._year,
            "short_year": self._short_year,
            "tens": self._tens,
            "tens4": self._tens4,
            "roman": self._roman,
            "decade": self._decade,
            "century": self._century,
            "when": self._when,
            "unit": self._unit,
            "length": self._length,
            "bpm": self._bpm,
            "key": lambda at: iter(keys_at(tokens, at, words.keys)),
            "camelot": lambda at: iter(camelot_at(tokens, at)),
            "folder": self._folder,
        }

    def __call__(self, name: str, at: int) -> list[tuple[int, Any]]:
        """(end, value) of each reading of a slot at a token."""
        token = self._tokens[at]
        if token.kind is not TokenKind.NUMBER and token.text not in self._words.starts and name != "folder":
            return []  # quickly: most words start none
        key = (name, at)
        if key not in self._known:
            self._known[key] = [*self._readers[name](at)]
        return self._known[key]

    def _digits(self, at: int) -> Iterator[tuple[int, int]]:
        found = digits(self._tokens, at)
        if found is not None:
            yield found

    def _number(self, at: int) -> Iterator[tuple[int, float]]:
        found = number(self._tokens, at)
        if found is not None:
            yield found
            return
        for length in range(min(MAX_NUMBER_WORDS, len(self._tokens) - at), 0, -1):
            named = self._words.numbers.get(tuple(token.text for token in self._tokens[at : at + length]))
            if named is not None:
                yield at + length, named
                return

    def _year(self, at: int) -> Iterator[tuple[int, Years]]:
        for end, value in self("digits", at):
            if self._places(at, end) == 4 and FIRST_YEAR <= value <= LAST_YEAR:
                yield end, (value, value)

    def _short_year(self, at: int) -> Iterator[tuple[int, Years]]:
        """The two digits behind an apostrophe: '65."""
        token = self._tokens[at]
        if token.kind is TokenKind.NUMBER and len(token.text) == 2:
            value = int(token.text)
            year = 1900 + value if value >= FIRST_OF_1900S else 2000 + value
            yield at + 1, (year, year)

    def _tens(self, at: int) -> Iterator[tuple[int, Years]]:
        yield from self("tens4", at)
        for end, value in self("digits", at):
            if self._places(at, end) <= 2 and value % 10 == 0 and value < 100:
                start = 1900 + value if value >= FIRST_OF_1900S else 2000 + value
                yield end, (start, start + 9)

    def _tens4(self, at: int) -> Iterator[tuple[int, Years]]:
        for end, (start, _) in self("year", at):
            if start % 100 == 0 and start < 2000:
                yield end, (start, start + 99)  # the 1700s
            elif start % 10 == 0:
                yield end, (start, start + 9)

    def _places(self, at: int, end: int) -> int:
        """The number of digits of a number, which tells a year from others; 十 and 八十 are two."""
        token = self._tokens[at]
        if token.kind is TokenKind.NUMBER:
            return len(token.text)
        numeral = [token.text for token in self._tokens[at:end]]
        return 2 if "十" in numeral else len(numeral)

    def _roman(self, at: int) -> Iterator[tuple[int, int]]:
        text = self._tokens[at].text
        value = ROMAN.get(text) or CYRILLIC_ROMAN.get(text)
        if value is not None:
            yield at + 1, value

    def _within(self, name: str, at: int) -> Iterator[Match]:
        yield from self._words.slots[name].at(self._tokens, at, self, after_number=name in ("unit", "bpm"))

    def _decade(self, at: int) -> Iterator[tuple[int, Years]]:
        for match in self._within("decade", at):
            yield match.end, match.meaning.detail or match.values[0]

    def _century(self, at: int) -> Iterator[tuple[int, Years]]:
        for match in self._within("century", at):
            if match.meaning.detail is not None:
                yield match.end, match.meaning.detail
            elif 1 <= match.values[0] <= MAX_CENTURY:
                yield match.end, (int(match.values[0]) * 100 - 99, int(match.values[0]) * 100)

    def _when(self, at: int) -> Iterator[tuple[int, Years]]:
        yield from self("year", at)
        yield from self("decade", at)
        yield from self("century", at)
        for match in self._within("when", at):
            low, high = match.values[0]
            third = (high - low + 1) // 3
            parts = {"early": (low, low + third), "mid": (low + third, high - third), "late": (high - third, high)}
            yield match.end, parts[match.meaning.role]

    def _unit(self, at: int) -> Iterator[tuple[int, int]]:
        for match in self._within("unit", at):
            yield match.end, match.meaning.detail

    def _bpm(self, at: int) -> Iterator[tuple[int, None]]:
        for match in self._within("bpm", at):
            yield match.end, None

    def _length(self, at: int) -> Iterator[tuple[int, float]]:
        """Seconds: "3 minutes", "1 hour 10 min", "3:30", "half an hour"."""
        for end, value in self("n", at):
            for unit_end, seconds in self("unit", end) if end < len(self._tokens) else ():
                yield unit_end, value * seconds
        for match in self._within("length", at):
            yield match.end, match.meaning.detail
        clock = self._tokens[at : at + 3]
        if (
            [token.kind for token in clock] == [TokenKind.NUMBER, TokenKind.SIGN, TokenKind.NUMBER]
            and clock[1].text == ":"
            and re.fullmatch(r"\d{1,2}:[0-5]\d", "".join(token.text for token in clock))
        ):
            yield at + 3, int(clock[0].text) * 60 + int(clock[2].text)

    def _folder(self, at: int) -> Iterator[tuple[int, tuple[int, int]]]:
        """The tokens of a name of one to four words."""
        for end in range(at + 1, min(at + 4, len(self._tokens)) + 1):
            yield end, (at, end)
