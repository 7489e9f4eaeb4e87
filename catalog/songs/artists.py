"""Whose a song is: the names of its artists, compared as people write them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from rapidfuzz.distance import OSA

from catalog.names.folding import words_of
from catalog.planning import VARIOUS_ARTISTS
from catalog.songs.titles import folded

MOST_NAMES = 32  # of a credit
LONG, LONGER = 5, 9  # letters of a name in which one and two are taken for typing errors

_SPLIT = re.compile(
    r"\s*[;/,&+·、，×|\0]\s*|\s+(?:x|and|und|y|et|e|con|mit|with|avec|feat\.?|ft\.?|featuring|vs\.?|versus|pres\.?|presents)\s+"
)
_UNKNOWN = frozenset(
    ("", "unknown", "[unknown]", "unknown artist", "[unknown artist]", "<unknown>", "various", "va", "v.a.")
)
_GLUE = frozenset(("and", "und"))
_ARTICLES = frozenset(("the", "a", "an", "der", "die", "das", "le", "la", "les", "los", "las", "el", "il", "lo"))


class Whose(IntEnum):
    """How well two credits agree."""

    OTHER = 0
    UNKNOWN = 1  # one of them names nobody
    SURNAME = 2  # "Bach" and "Johann Sebastian Bach"
    SIMILAR = 3  # with typing errors, in another script
    GUEST = 4  # who is the guest or the composer for one of them
    SHARED = 5  # some of the names
    SAME = 6


@dataclass(frozen=True, slots=True)
class Credit:
    """The artists of a song as keys: Latin letters and digits without spaces and article."""

    wholes: frozenset[str]  # names as one was told them
    parts: frozenset[str]  # what they consist of
    guests: frozenset[str]  # and composers
    words: tuple[tuple[str, ...], ...]  # of each name

    @property
    def names(self) -> frozenset[str]:
        return self.wholes | self.parts

    @property
    def known(self) -> bool:
        return bool(self.wholes)


def credit_of(artists: Iterable[str], guests: Iterable[str] = ()) -> Credit:
    """The artists as one was told them, each of them or all in one text, and the guests that a title names."""
    told = [text for text in map(folded, artists) if text not in _UNKNOWN and text not in VARIOUS_ARTISTS][:MOST_NAMES]
    parts = [part for text in told for part in split(text)][:MOST_NAMES]
    each = list(dict.fromkeys(filter(None, (name_words(text) for text in (*told, *parts)))))
    of_guests = [part for text in guests for part in (text, *split(folded(text)))][:MOST_NAMES]
    return Credit(
        frozenset("".join(name_words(text)) for text in told) - {""},
        frozenset("".join(name_words(text)) for text in parts) - {""},
        frozenset("".join(name_words(text)) for text in of_guests) - {""},
        tuple(each),
    )


def split(text: str) -> list[str]:
    """The names that a folded text may consist of."""
    return [part for part in _SPLIT.split(text, MOST_NAMES) if part]


def whose(one: Credit, other: Credit) -> Whose:
    """How well two credits agree."""
    if not one.known or not other.known:
        return Whose.UNKNOWN
    pairs = ((one.wholes, other.wholes), (one.parts, other.parts))
    if any(a <= b or b <= a for a, b in pairs):
        return Whose.SAME
    if shared := one.names & other.names:
        return _shared(shared)
    if one.names & other.guests or other.names & one.guests:
        return Whose.GUEST
    return max((_alike(a, b) for a in one.words for b in other.words), default=Whose.OTHER)


def _shared(names: frozenset[str]) -> Whose:
    return Whose.SHARED if any(len(name) > 2 for name in names) else Whose.SIMILAR


@lru_cache(1 << 14)
def name_words(text: str) -> tuple[str, ...]:
    """The words of a name in Latin letters, in the order in which it is said, without article and "and"."""
    last, comma, first = text.partition(",")
    if comma and first.strip() in _ARTICLES:
        text = last
    words = [word.latin for word in words_of(text)]
    kept = [word for word in words if word not in _GLUE] or words
    return tuple(kept[1:] if len(kept) > 1 and kept[0] in _ARTICLES else kept)


@lru_cache(1 << 14)
def _alike(one: tuple[str, ...], other: tuple[str, ...]) -> Whose:
    """How well two names agree that are not the same."""
    from catalog.names.spellings import initials_of, sound_of  # it knows common words, which take time to load

    a, b = "".join(one), "".join(other)
    if sorted(one) == sorted(other):
        return Whose.SAME
    if _digits(a) != _digits(b):
        return Whose.OTHER
    shorter = min(len(a), len(b))
    errors = 0 if shorter < LONG else 1 if shorter < LONGER else 2
    if errors and (OSA.distance(a, b, score_cutoff=errors) <= errors or sound_of(a) == sound_of(b)):
        return Whose.SIMILAR
    if len(one) > 1 and len(other) > 1:
        if one[-1] == other[-1] and initials_of(one) == initials_of(other) and (_is_short(one) or _is_short(other)):
            return Whose.SIMILAR
        ordered = OSA.distance("".join(sorted(one)), "".join(sorted(other)), score_cutoff=errors)
        if errors and ordered <= errors and len(one) == len(other):
            return Whose.SIMILAR
        same = one[0][0] == other[0][0] and len(one[-1]) >= LONG and sound_of(one[-1]) == sound_of(other[-1])
        return Whose.SURNAME if same else Whose.OTHER
    longer, shorter = (one, other) if len(one) > len(other) else (other, one)
    others, surname, last = longer[:-1], "".join(longer[-1:]), "".join(shorter[-1:])
    alike = surname == last or (len(surname) >= LONG and sound_of(surname) == sound_of(last))
    return Whose.SURNAME if others and len(surname) > 2 and alike else Whose.OTHER


def _is_short(words: tuple[str, ...]) -> bool:
    return all(len(word) == 1 for word in words[:-1]) or (len(words) == 2 and len(words[0]) <= 3)


def _digits(key: str) -> str:
    return "".join(character for character in key if character.isdigit())
