"""The phrases of a text that may be names: its words, and those that follow each other."""

from functools import cached_property
from itertools import pairwise

import numpy as np

from catalog.names.common_words import all_common, is_common
from catalog.names.folding import Word, words_of
from catalog.names.spellings import GLUE

FEW = 48  # words; in longer texts names are looked for in shorter phrases
LONGEST_OF_FEW, LONGEST = 24, 8  # words of a phrase, beside the whole text
LONGEST_WITH_ERRORS = {True: 12, False: 3}  # words of a phrase that may have typing errors, of few words and of many
MOST_WITH_ERRORS = 200  # phrases
LONG_COMMON = 3  # words of a text that may be a name with typing errors although all of them are common


class Phrases:
    """The phrases of a text, as numbers of their first and last words."""

    def __init__(self, text: str) -> None:
        words = words_of(text)
        self.text = text
        self.words: list[Word] = [word for word in words if word.latin not in GLUE] or words
        self.joined = "".join(word.latin for word in self.words)
        self.offsets = np.cumsum([0, *(len(word.latin) for word in self.words)])
        self.common = [not word.unspaced and is_common(word) for word in self.words]

    @cached_property
    def all(self) -> tuple[np.ndarray, np.ndarray]:
        """(first words, last words), the longest phrases first; of those that are equal, the first."""
        count = len(self.words)
        longest = LONGEST_OF_FEW if count <= FEW else LONGEST
        pairs = [(first, first + more) for more in range(min(longest, count)) for first in range(count - more)]
        if count > longest:
            pairs.append((0, count - 1))
        known: dict[str, tuple[int, int]] = {}
        for first, last in reversed(pairs):
            known[self.key(first, last)] = (first, last)
        found = np.array(sorted(known.values(), key=lambda pair: (pair[0] - pair[1], pair[0]))).reshape(-1, 2)
        return found[:, 0], found[:, 1]

    @cached_property
    def with_errors(self) -> tuple[np.ndarray, np.ndarray]:
        """Those that may be names with typing errors: not of common words alone, nor of a script without spaces.

        Only a whole text of several words is looked for even if they are common.
        """
        first, last = self.all
        plain = np.cumsum([0, *(word.unspaced for word in self.words)])
        common = np.cumsum([0, *self.common])
        count = last + 1 - first
        whole = (count == len(self.words)) & (count >= LONG_COMMON)
        kept = (plain[last + 1] == plain[first]) & ((common[last + 1] - common[first] < count) | whole)
        kept &= count <= LONGEST_WITH_ERRORS[len(self.words) <= FEW]
        chosen = np.flatnonzero(kept)[-MOST_WITH_ERRORS:]  # the shortest
        return first[chosen], last[chosen]

    def letters(self, phrases: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Where phrases start and end among the joined letters."""
        first, last = phrases
        return self.offsets[first], self.offsets[last + 1]

    def key(self, first: int, last: int) -> str:
        """The letters of a phrase."""
        return self.joined[self.offsets[first] : self.offsets[last + 1]]

    def native(self, first: int, last: int) -> str:
        """The letters in their own script."""
        return "".join(word.native for word in self.words[first : last + 1])

    def all_common(self, first: int, last: int) -> bool:
        """Whether all words of a phrase are common."""
        return all_common(self.words[first : last + 1])

    def gaps(self, first: int, last: int) -> tuple[set[int], set[int]]:
        """Letters of a phrase before which a space stands, and before which a word begins."""
        return gaps(self.text, self.words[first : last + 1])


def gaps(text: str, words: list[Word]) -> tuple[set[int], set[int]]:
    """The same of any words of a text."""
    spaces, begins, at = set(), set(), 0
    for before, word in pairwise(words):
        at += len(before.latin)
        begins.add(at)
        if any(sign.isspace() for sign in text[before.end : word.start]):
            spaces.add(at)
    return spaces, begins
