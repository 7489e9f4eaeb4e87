"""The words of names, and the names that have them."""

from array import array
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from catalog.names.key_table import KeyTable

MOST_SPELLINGS = 4  # words that a word with typing errors may be
NONE = np.zeros(0, np.uint32)


class WordIndex:
    """Which names, by their numbers, have a word."""

    def __init__(self, table: KeyTable, ends: np.ndarray, names: np.ndarray, count: int) -> None:
        """Use `of` instead. Raises ValueError for arrays that do not fit together, or numbers from `count` on."""
        if len(ends) != len(table) or (ends[-1:] != len(names)).any() or (names >= count).any():
            raise ValueError("the arrays of an index of words do not fit together")
        self.table, self.ends, self.names = table, ends, names
        self._words = table.keys(np.arange(len(table)))
        self._numbers = {word: number for number, word in enumerate(self._words)}

    @classmethod
    def of(cls, names: Sequence[Sequence[str]]) -> "WordIndex":
        """The index of the words of each name, without those of names that shall not be found by a part."""
        having: dict[str, array[int]] = defaultdict(lambda: array("I"))
        for number, words in enumerate(names):
            for word in dict.fromkeys(words):
                having[word].append(number)
        ends = np.cumsum([len(each) for each in having.values()], dtype=np.int64)
        numbers = np.concatenate([np.frombuffer(each, np.uint32) for each in having.values()] or [NONE])
        return cls(KeyTable.of(list(having)), ends, numbers, len(names))

    def having(self, word: str) -> np.ndarray:
        """The numbers of the names that have a word, ascending."""
        number = self._numbers.get(word)
        if number is None:
            return NONE
        return self.names[self.ends[number - 1] if number else 0 : self.ends[number]]

    def meant(self, words: Sequence[str]) -> dict[str, dict[str, int]]:
        """{word: {word of a name: typing errors}} of words that no name has, nearest and most frequent first."""
        ends = np.cumsum([0, *map(len, words)])
        pairs = self.table.near("".join(words), ends[:-1], ends[1:])
        found: dict[str, dict[str, int]] = defaultdict(dict)
        for row in np.lexsort((pairs.key, pairs.part, pairs.distance)).tolist():
            distance, typed = int(pairs.distance[row]), words[int(pairs.part[row])]
            word = self._words[int(pairs.key[row])]
            if len(found[typed]) < MOST_SPELLINGS and (distance == 1 or typed[0] == word[0]):
                found[typed][word] = distance
        return found
