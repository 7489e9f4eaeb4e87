"""Words that are too usual to be surely a name."""

from functools import cache
from pathlib import Path

import data
from catalog.understanding.query_words import query_words

FILE = Path(data.__file__).with_name("common_words.txt")


@cache
def common_words() -> frozenset[str]:
    """Folded words of many languages, without accents as well. docs/searching.md says where they come from."""
    return frozenset(FILE.read_text("utf-8").split()) | query_words().common
