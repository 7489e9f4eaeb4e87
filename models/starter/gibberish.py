"""Which texts are no words of any language: most of their letters are in words that nobody could say or has written.

Only texts in Latin script are judged. A word is unreadable if it has no vowel, or if most of its groups of three
letters are rare among the common words of sixteen languages (`data/common_words.txt`).
"""

from collections import Counter
from functools import cache
from pathlib import Path

import data
from models.starter.concepts import normalise, without_accents

WORDS_FILE = Path(data.__file__).with_name("common_words.txt")

SHORTEST = 4  # letters of a word that is judged: shorter ones are often abbreviations, as "bpm" and "tv"
GROUP = 3  # letters; the edges of a word count as letters
USUAL = 3  # common words that have a group that is not rare
MOST = 0.5  # of the groups of a word, of the letters of a text
VOWELS = frozenset("aeiouyıæøœə")
AFTER_LATIN = "\u0250"  # Vietnamese letters lose their accents, so nothing else is needed


def is_gibberish(text: str) -> bool:
    """Whether more than half of the letters are in unreadable words; words that are too short count for nothing."""
    words = without_accents(normalise(text)).split()
    if any(character >= AFTER_LATIN and character.isalpha() for word in words for character in word):
        return False
    judged = [word for word in words if len(word) >= SHORTEST and word.isalpha()]
    unreadable = sum(len(word) for word in judged if not is_readable(word))
    return unreadable > MOST * sum(map(len, judged))


def is_readable(word: str) -> bool:
    """Whether a normalised word without accents could be one of a language with Latin script."""
    if VOWELS.isdisjoint(word):
        return False
    groups = _groups(word)
    rare = sum(group not in usual_groups() for group in groups)
    return rare <= MOST * len(groups)


@cache
def usual_groups() -> frozenset[str]:
    """The groups of at least USUAL of the common words, about 6,000."""
    words = WORDS_FILE.read_text("utf-8").split()
    counts = Counter(group for word in words if word.isascii() and word.isalpha() for group in _groups(word))
    return frozenset(group for group, count in counts.items() if count >= USUAL)


def _groups(word: str) -> list[str]:
    padded = f" {word} "
    return [padded[start : start + GROUP] for start in range(len(padded) - GROUP + 1)]
