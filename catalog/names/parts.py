"""Parts of names in texts: a surname, some words of a title."""

from collections.abc import Iterator, Sequence

import numpy as np

from catalog.names.candidates import Candidate, Name
from catalog.names.common_words import is_common
from catalog.names.folding import words_of
from catalog.names.phrases import Phrases
from catalog.names.spellings import PERSONS, Kind, unglued
from catalog.names.word_index import WordIndex

MOST_WORDS = 40  # of a text that are looked at
MOST_OF_WORD = 12  # names that are looked at for one word; they are numbered by their tracks
MOST_OF_PAIR = 12  # and for two words that follow each other
MOST_HAVING_BOTH = 4000  # names of the rarer of two words that follow each other
SHORTEST = 3  # letters of a word that stands for a name
SMALLEST_SHARE = 0.3  # of the letters of a title or an album
LONG_COMMON = 8  # letters of common words with which a name begins
FEW = 4  # names that have a word, from which it stands for any of them


def parts_in(phrases: Phrases, names: Sequence[Name], index: WordIndex) -> Iterator[Candidate]:
    """Candidates for names that have some of the words of a text, in the same order and together."""
    latin = [word.latin for word in phrases.words[:MOST_WORDS]]
    plain = [not word.unspaced for word in phrases.words[:MOST_WORDS]]
    unknown = [
        word
        for word, spaced, common in zip(latin, plain, phrases.common, strict=False)
        if spaced and not common and len(word) > SHORTEST and not len(index.having(word))
    ]
    meant = index.meant(list(dict.fromkeys(unknown))) if unknown else {}
    spellings = [{word: 0} if len(index.having(word)) else meant.get(word, {}) for word in latin]
    seen: set[tuple[int, int]] = set()
    for at, spelt in enumerate(spellings):
        if not spelt or not plain[at]:
            continue
        having = _having(index, spelt)
        numbers = [] if phrases.common[at] or len(latin[at]) < SHORTEST else having[:MOST_OF_WORD].tolist()
        if at + 1 < len(spellings) and spellings[at + 1]:
            numbers += _both(having, _having(index, spellings[at + 1]))[:MOST_OF_PAIR].tolist()
        for number in dict.fromkeys(numbers):
            if (number, at) not in seen:
                seen.add((number, at))
                yield from _aligned(spellings, at, number, names[number], few=len(having) <= FEW)


def _having(index: WordIndex, spelt: dict[str, int]) -> np.ndarray:
    found = [index.having(word) for word in spelt]
    return found[0] if len(found) == 1 else np.unique(np.concatenate(found))


def _both(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The numbers that both have, ascending; none if both are many."""
    few, many = sorted((some, others), key=len)
    if not 0 < len(few) <= MOST_HAVING_BOTH:
        return few[:0]
    return few[many[np.minimum(np.searchsorted(many, few), len(many) - 1)] == few]


def _aligned(
    spellings: Sequence[dict[str, int]], at: int, number: int, name: Name, *, few: bool
) -> Iterator[Candidate]:
    """The longest run of words from `at` on that the name has."""
    folded = unglued(words_of(name.value))
    words = [word.latin for word in folded]
    best: tuple[int, int, int] | None = None  # words, errors, place in the name
    for place in range(len(words)):
        length = errors = 0
        while at + length < len(spellings) and place + length < len(words):
            distance = spellings[at + length].get(words[place + length])
            if distance is None:
                break
            length, errors = length + 1, errors + distance
        if length and (best is None or (length, -errors) > (best[0], -best[1])):
            best = (length, errors, place)
    if best is None or best[0] == len(words):
        return
    length, errors, place = best
    part = words[place : place + length]
    share = sum(map(len, part)) / sum(map(len, words))
    usual = all(map(is_common, folded[place : place + length]))
    if usual and (length < 2 or place > 0 or sum(map(len, part)) < LONG_COMMON):
        return
    if name.field in PERSONS or (length == 1 and not errors and (share >= SMALLEST_SHARE or few)) or length > 1:
        yield Candidate(number, at, at + length - 1, Kind.PART, errors, share)
