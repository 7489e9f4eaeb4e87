"""The names of a library, counted, and found in texts."""

from collections import Counter, defaultdict
from dataclasses import replace

from catalog.engine import ANYTHING, Engine, walk
from catalog.names.folding import Word, words_of
from catalog.names.found_name import NAME_FIELDS, FoundName, NameField
from catalog.names.reading import PAYLOAD_FIELDS, names_of
from catalog.query import NameTerm, Query

Counts = Counter[tuple[NameField, str]]


class LibraryNames:
    """The names of the tracks in an engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, text: str, limit: int) -> list[FoundName]:
        """The names that occur in a text, best first: the longest, and of those spelt alike the most usual field."""
        names = self._by_key()
        words = words_of(text)
        found: list[FoundName] = []
        for first in range(len(words)):
            for last in range(first, len(words)):
                for (field, value), tracks in names.get(_key(words[first : last + 1]), {}).items():
                    start, end = words[first].start, words[last].end
                    found.append(FoundName(field, value, start, end, 0, True, tracks))
        found.sort(key=lambda name: (name.start - name.end, NAME_FIELDS.index(name.field), -name.tracks, name.value))
        return found[:limit]

    def complete(self, query: Query) -> Query:
        """The query with all spellings of its names."""
        if not query.names:
            return query
        names = self._by_key()

        def completed(term: NameTerm) -> NameTerm:
            alike = names.get(_key(words_of(term.value)), {})
            return replace(term, spellings=tuple(sorted(v for f, v in alike if f == term.field)) or (term.value,))

        return replace(query, names=tuple(map(completed, query.names)))

    def _by_key(self) -> dict[str, Counts]:
        counts: Counts = Counter()
        for point in walk(self._engine, ANYTHING, PAYLOAD_FIELDS):
            counts.update(names_of(point.payload))
        names: dict[str, Counts] = defaultdict(Counter)
        for (field, value), tracks in counts.items():
            names[_key(words_of(value))][field, value] = tracks
        return names


def _key(words: list[Word]) -> str:
    return "".join(word.latin for word in words)
