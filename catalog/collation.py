"""The alphabetical order of names: without articles, punctuation in front, case and diacritics; numbers by value."""

import re
import unicodedata

from catalog.keys import fold

LONGEST = 50  # characters of a name that count
ARTICLES = re.compile(r"(?:the|an?) (?=.)")  # English ones: "A" and "O" begin names in other languages, "la" is a note
_DIGITS = re.compile(r"\d+")
_IN_FRONT = re.compile(r"[\W_]+")
_SIGNS = re.compile(r"[\W_]+")
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
_WIDTH = 12  # digits to which numbers are filled up; longer ones are compared as text
OTHER = "#"  # what begins with no letter


def collated(text: str) -> str:
    """The text that orders a name: "The Łódź 2" -> "lodz 000000000002".

    Of a name that has only punctuation, all counts. Scripts follow each other as in Unicode, Latin before Cyrillic
    before Chinese, which is ordered by its characters.
    """
    letters = unicodedata.normalize("NFKD", fold(text[: 4 * LONGEST])).translate(_LETTERS)
    bare = "".join(each for each in letters if not unicodedata.combining(each))
    begun = _IN_FRONT.sub("", bare, count=1) if _IN_FRONT.match(bare) else bare
    begun = ARTICLES.sub("", begun, count=1) if ARTICLES.match(begun) else begun
    return _DIGITS.sub(lambda digits: digits[0].zfill(_WIDTH), begun or bare)[:LONGEST]


def has_words(text: str, wanted: str) -> bool:
    """Whether each word of `wanted` begins a word of the text; where words are not separated, is anywhere in it."""
    words = _bare(text).split()
    return all(
        any(word.startswith(each) or (not each.isascii() and each in word) for word in words)
        for each in _bare(wanted).split()
    )


def _bare(text: str) -> str:
    """Without case, diacritics and signs."""
    letters = unicodedata.normalize("NFKD", fold(text)).translate(_LETTERS)
    return _SIGNS.sub(" ", "".join(each for each in letters if not unicodedata.combining(each)))


def initial(text: str) -> str:
    """The letter under which an index lists a name, upper-case; OTHER for digits and signs."""
    first = collated(text)[:1].upper()[:1]
    return first if first.isalpha() else OTHER
