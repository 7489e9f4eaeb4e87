"""Words that queries have anyway: no typing error makes a name of them, and none of them alone is a part of one."""

from collections.abc import Sequence

from catalog.names.folding import Word
from catalog.understanding.common_words import common_words

NUMERALS = frozenset(("i", "ii", "iii", "iv", "vi", "vii", "viii", "ix", "xi", "xii", "no", "nr", "op", "vol", "part"))


def is_common(word: Word) -> bool:
    """Whether a word is common, in its own script or without accents; numbers and single letters are."""
    latin, words = word.latin, common_words()
    if len(latin) < 2 or latin.isdigit() or latin in NUMERALS or latin in words or word.native in words:
        return True
    return latin.endswith("s") and latin[:-1] in words


def all_common(words: Sequence[Word]) -> bool:
    """Whether all of these words are common; in scripts without spaces, whether they are one common word together."""
    if words and all(word.unspaced for word in words):
        return len(words) == 1 or "".join(word.native for word in words) in common_words()
    return all(map(is_common, words))
