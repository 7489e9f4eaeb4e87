"""Texts as words that spellings of one name share: Latin letters without accents, small, and digits.

Other scripts are transliterated (text-unidecode): "Чайковский" is "chaikovskii", "周" "zhou", "さ" "sa". Of scripts
that are written without spaces, and of Hangul with its particles, every character is a word, so that a name can begin
and end anywhere in a sentence.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from text_unidecode import unidecode

MAX_TEXT = 1000  # characters of a text that are read
UNSPACED = (  # first and last code point of scripts whose words are not separated
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1100, 0x11FF),  # Hangul
    (0x1780, 0x17FF),  # Khmer
    (0x3005, 0x3007),
    (0x3041, 0x30FF),  # kana
    (0x3130, 0x318F),
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),
    (0xAC00, 0xD7AF),
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9D),
    (0x20000, 0x3FFFF),
)


_MODERN = str.maketrans("ηυ", "iy")  # Greek as it is pronounced
_ASCII = re.compile(r"[a-z0-9]+")


class Word(NamedTuple):  # a library has a million
    """A word of a text."""

    latin: str  # folded and transliterated, never empty
    native: str  # folded in its own script
    start: int  # in code points of the text
    end: int
    unspaced: bool = False  # a character of a script without spaces


def words_of(text: str) -> list[Word]:
    """The words of a text, in order. A text of nothing but signs ("!!!") is one word."""
    text = text[:MAX_TEXT]
    if text.isascii():
        found = [Word(each[0], each[0], each.start(), each.end()) for each in _ASCII.finditer(text.lower())]
    else:
        found = _words(text)
    return found or _signs(text)


def is_foreign(text: str) -> bool:
    """Whether some of its letters are not Latin."""
    return not text.isascii() and any(
        each >= "\u0250" and not "\u1e00" <= each <= "\u1eff" and each.isalpha() for each in text
    )


def _signs(text: str) -> list[Word]:
    """Each sign by its number, as keys have only letters and digits."""
    signs = [(at, sign) for at, sign in enumerate(text) if sign.isprintable() and not sign.isspace()]
    if not signs:
        return []
    latin = "".join(f"u{ord(sign):x}" for _, sign in signs)
    return [Word(latin, "".join(sign for _, sign in signs), signs[0][0], signs[-1][0] + 1)]


def _words(text: str) -> list[Word]:
    found: list[Word] = []
    begun: int | None = None
    for at, character in enumerate(text):
        latin, _, joins = _folded(character)
        if _is_unspaced(character) and latin:
            _close(found, text, begun, at)
            begun = None
            found.append(Word(latin, _folded(character)[1], at, at + 1, unspaced=True))
        elif joins and begun is None and found and found[-1].unspaced and found[-1].end == at and not latin:
            last = found[-1]  # a vowel sign or a mark of the character before
            found[-1] = Word(last.latin, last.native + character, last.start, at + 1, unspaced=True)
        elif joins:
            begun = at if begun is None else begun
        else:
            _close(found, text, begun, at)
            begun = None
    _close(found, text, begun, len(text))
    return found


def _close(found: list[Word], text: str, begun: int | None, end: int) -> None:
    if begun is None:
        return
    folded = [_folded(character) for character in text[begun:end]]
    latin = "".join(each[0] for each in folded)
    if latin:
        found.append(Word(latin, "".join(each[1] for each in folded), begun, end))


@lru_cache(1 << 16)
def _folded(character: str) -> tuple[str, str, bool]:
    """(Latin letters and digits, folded in its own script, whether it belongs to a word)."""
    native = unicodedata.normalize("NFKC", character).casefold()
    category = unicodedata.category(character)
    if category == "Cf" and character != "\u00ad" and not "\u200b" <= character <= "\u200d":
        return "", "", False
    if category[0] not in "LNM" and category != "Cf":
        return "", "", False
    stripped = "".join(each for each in unicodedata.normalize("NFKD", native) if unicodedata.category(each)[0] != "M")
    read = unidecode(stripped.translate(_MODERN)).casefold()
    latin = "".join(each for each in read if each.isascii() and each.isalnum())
    return latin, native if category[0] in "LNM" else "", True


def _is_unspaced(character: str) -> bool:
    code = ord(character)
    return code >= UNSPACED[0][0] and any(first <= code <= last for first, last in UNSPACED)
