"""Texts with the names of a small library, and short forms of what is understood of them."""

import re

from catalog.names.found_name import FoundName, NameField
from catalog.understanding.reading import understand
from catalog.understanding.understood import Understood

LIBRARY: tuple[tuple[NameField, str], ...] = (
    ("artist", "Erik Satie"),
    ("title", "Greensleeves"),
    ("title", "Londonderry Air"),
    ("artist", "Blue"),
    ("artist", "The The"),
    ("artist", "Live"),
    ("artist", "1999"),
    ("artist", "C"),
    ("artist", "No"),
    ("artist", "The Beatles"),
    ("title", "Yesterday"),
    ("album", "Abbey Road"),
    ("artist", "Deep Purple"),
    ("title", "Acoustic Guitar"),
    ("title", "Nothing Else Matters"),
    ("title", "For You"),
    ("genre", "Jazz"),
    ("composer", "Mozart"),
    ("artist", "周杰伦"),
    ("artist", "久石譲"),
    ("artist", "Чайковский"),
    ("artist", "아이유"),
    ("artist", "فيروز"),
    ("artist", "लता मंगेशकर"),
)


def found_in(text: str, library: tuple[tuple[NameField, str], ...] = LIBRARY) -> list[FoundName]:
    """The names of the library that stand in a text, whatever their case; of people also the last word alone."""
    folded = text.casefold()
    if len(folded) != len(text):
        return []
    found = []
    for field, name in library:
        for spelling in {name, name.split()[-1]} if field in ("artist", "composer") else {name}:
            for match in re.finditer(re.escape(spelling.casefold()), folded):
                found.append(FoundName(field, name, *match.span(), 0, spelling == name, 1))
    return sorted(found, key=lambda each: (not each.whole, each.start - each.end))


def read(text: str) -> Understood:
    """What is understood of a text in that library."""
    return understand(text, found_in(text))


def brief(text: str) -> list[str]:
    """The parts in short: "sound calm", "-limit year:1980..1989", "like Greensleeves"."""
    return [f"{'' if part.wanted else '-'}{part.kind} {part.value}" for part in read(text).parts]


def spans(text: str) -> list[str]:
    """The words of the text that the parts cover."""
    return [text[part.start : part.end] for part in read(text).parts]
