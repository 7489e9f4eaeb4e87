"""Words, numbers and signs of a text, folded for comparison, each with its place in the text as typed."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache

_DASHES = dict.fromkeys("‐‑‒–—―−－﹣﹘", "-")
_SIGNS = (
    _DASHES
    | dict.fromkeys("〜～∼", "~")
    | dict.fromkeys("’‘ʼ′`´＇", "'")
    | dict.fromkeys("、，،؛;；", ",")
    | dict.fromkeys("。．｡।॥۔", ".")
    | {"♯": "#", "：": ":"}
)
_DROPPED_MARKS = {"\u0640", "\u093c", "\u0670", *map(chr, range(0x064B, 0x0660))}  # tatweel, nukta, Arabic vowels


class TokenKind(Enum):
    """The kinds of tokens."""

    WORD = auto()  # letters of a script with spaces between words
    SYLLABLE = auto()  # one character of a script without them (Han, kana), or of Hangul, whose particles are attached
    NUMBER = auto()  # decimal digits of any script
    SIGN = auto()  # anything else that is visible
    GAP = auto()
    NOTHING = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a syllable, a number or a sign."""

    text: str  # folded; numbers in ASCII digits
    kind: TokenKind
    start: int  # span in the text: code points, half-open
    end: int
    glued: bool  # whether it follows the token before without a gap
    capital: bool = False  # whether it starts with a capital letter


def tokenise(text: str) -> list[Token]:
    """The tokens of a text, in order. Control and bidi characters belong to none."""
    tokens: list[Token] = []
    glued = False
    for start, end, folded, kind in _clusters(text):
        if kind is TokenKind.GAP:
            glued = False
        elif kind is not TokenKind.NOTHING:
            before = tokens[-1] if glued and tokens else None
            if before is not None and before.kind is kind and kind in (TokenKind.WORD, TokenKind.NUMBER):
                tokens[-1] = Token(before.text + folded, kind, before.start, end, before.glued, before.capital)
            else:
                tokens.append(Token(folded, kind, start, end, before is not None, text[start].isupper()))
            glued = True
    return tokens


def without_accents(word: str) -> str:
    """The word without the accents of Latin, Greek and Cyrillic letters."""
    if word.isascii():
        return word
    decomposed = unicodedata.normalize("NFD", word)
    bare = "".join(each for each in decomposed if not "\u0300" <= each <= "\u036f")
    return unicodedata.normalize("NFC", bare).replace("ı", "i").replace("ł", "l").replace("đ", "d")


def is_hangul(character: str) -> bool:
    """Whether it is a Korean syllable."""
    return "\uac00" <= character <= "\ud7a3"


def is_hiragana(text: str) -> bool:
    """Whether a text starts with a character of hiragana, in which Japanese particles and endings are written."""
    return "\u3041" <= text[:1] <= "\u309f"


def is_katakana(text: str) -> bool:
    """Whether a text starts with a character of katakana, in which Japanese writes foreign words."""
    return "\u30a1" <= text[:1] <= "\u30fe"


def is_syllable(character: str) -> bool:
    """Whether it is Han, kana or Hangul."""
    return (
        is_hangul(character)
        or "\u3040" <= character <= "\u30ff"
        or "\u3400" <= character <= "\u9fff"
        or character in "々〇"
        or "\uf900" <= character <= "\ufaff"
        or "\U00020000" <= character <= "\U0003ffff"
    )


def _clusters(text: str) -> Iterator[tuple[int, int, str, TokenKind]]:
    """(start, end, folded, kind) of each character with the marks that follow it."""
    start = 0
    while start < len(text):
        end = start + 1
        while end < len(text) and text[end] > "\u02ff" and unicodedata.combining(text[end]):
            end += 1
        yield (start, end, *_folded(text[start : min(end, start + 8)]))
        start = end


@lru_cache(8192)
def _folded(cluster: str) -> tuple[str, TokenKind]:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", cluster).casefold())
    if "\u0600" <= folded[:1] <= "\u06ff":  # hamza and madda, which people leave out
        folded = "".join(each for each in unicodedata.normalize("NFD", folded) if not unicodedata.combining(each))
    folded = "".join(each for each in folded if each not in _DROPPED_MARKS)
    folded = _SIGNS.get(folded, folded)
    if not folded:
        return "", TokenKind.NOTHING
    return _kind(folded)


def _kind(folded: str) -> tuple[str, TokenKind]:
    first = folded[0]
    category = unicodedata.category(first)
    digits = [unicodedata.decimal(each, None) for each in folded]
    if all(digit is not None for digit in digits):
        return "".join(map(str, digits)), TokenKind.NUMBER
    if first.isspace() or category in ("Cc", "Zl", "Zp", "Zs"):
        return "", TokenKind.GAP
    if category in ("Cf", "Cs", "Cn", "Co"):
        return "", TokenKind.NOTHING
    if is_syllable(first):
        return folded, TokenKind.SYLLABLE
    if category[0] in "LM":
        return folded, TokenKind.WORD
    return folded, TokenKind.SIGN
