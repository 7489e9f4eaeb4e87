"""Names by their spellings, searched for in texts."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from catalog.names.candidates import Candidate, Order, best
from catalog.names.folding import Word, words_of
from catalog.names.found_name import NAME_FIELDS, FoundName, NameField
from catalog.names.key_table import KeyTable, Pairs
from catalog.names.parts import parts_in
from catalog.names.phrases import Phrases
from catalog.names.reading import Counts
from catalog.names.spellings import Kind, initials_of, keys_of, nominative, sound_of, without_glue
from catalog.names.word_index import WordIndex

LONGEST_SOUND = 4  # words of a phrase that is compared by its sound or its initials
MOST_SOUNDS = 200  # phrases that are


@dataclass(frozen=True, slots=True)
class Name:
    """A name with all its spellings, the most frequent first."""

    field: NameField
    spellings: tuple[str, ...]
    numbers: tuple[int, ...]  # of the tracks that spell it so

    @property
    def value(self) -> str:
        return self.spellings[0]

    @property
    def tracks(self) -> int:
        return sum(self.numbers)


class _Spellings:
    """Keys, with the names that they stand for."""

    def __init__(self, table: KeyTable, names: np.ndarray, kinds: np.ndarray, count: int) -> None:
        """Raises ValueError for arrays that do not fit together, or names from `count` on."""
        if not len(table) == len(names) == len(kinds) or (names >= count).any() or (kinds > max(Kind)).any():
            raise ValueError("the arrays of spellings do not fit together")
        self.table, self._names, self._kinds = table, names, kinds

    def arrays(self) -> dict[str, np.ndarray]:
        return {**self.table.arrays(), "names": self._names, "kinds": self._kinds}

    def candidates(self, pairs: Pairs, phrases: tuple[np.ndarray, np.ndarray]) -> Iterator[Candidate]:
        first, last = phrases
        rows = (self._names[pairs.key], first[pairs.part], last[pairs.part], self._kinds[pairs.key], pairs.distance)
        for name, start, end, kind, distance in zip(*(row.tolist() for row in rows), strict=True):
            yield Candidate(name, start, end, Kind(kind), distance)

    def names(self, key: str) -> list[int]:
        return self._names[self.table.of_keys([key]).key].tolist()


class NameIndex:
    """The names of a library at some time. Nothing in it changes."""

    def __init__(self, counts: Counts) -> None:
        self.names: list[Name] = []
        words: list[list[str]] = []
        rows: dict[bool, tuple[list[str], list[int], list[Kind]]] = {each: ([], [], []) for each in (False, True)}
        for name, folded in _grouped(counts):
            latin = without_glue(folded)
            parted = len(latin) > 1 and name.field != "genre" and not folded[0].unspaced
            words.append(latin if parted else [])
            for key, kind in keys_of(name.field, name.value, folded):
                keys, numbers, kinds = rows[kind >= Kind.SOUND]
                keys.append(_apart(key, kind))
                numbers.append(len(self.names))
                kinds.append(kind)
            self.names.append(name)
        self._spelt, self._sounding = (
            _Spellings(KeyTable.of(keys), np.array(numbers, np.uint32), np.array(kinds, np.uint8), len(self.names))
            for keys, numbers, kinds in (rows[False], rows[True])
        )
        self._words = WordIndex.of(words)

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "NameIndex":
        """The inverse of `arrays`. Raises ValueError, KeyError and IndexError for arrays that do not fit together."""

        def below(prefix: str) -> dict[str, np.ndarray]:
            return {name.removeprefix(prefix): each for name, each in arrays.items() if name.startswith(prefix)}

        index = cls(Counter())
        spellings = arrays["spellings"].tobytes().decode("utf-8", "surrogatepass").split("\0")
        ends = np.cumsum(arrays["numbers"]).tolist()
        tracks = arrays["tracks"].tolist()
        if ends[-1:] != [len(spellings)] or len(arrays["fields"]) != len(ends) or len(tracks) != len(spellings):
            raise ValueError("the arrays of names do not fit together")
        rows = zip(arrays["fields"].tolist(), [0, *ends], ends, strict=False)
        index.names = [Name(NAME_FIELDS[field], tuple(spellings[a:b]), tuple(tracks[a:b])) for field, a, b in rows]
        count = len(index.names)
        spelt, sounding, words = below("spelt."), below("sounding."), below("words.")
        index._spelt = _Spellings(KeyTable(spelt), spelt["names"], spelt["kinds"], count)
        index._sounding = _Spellings(KeyTable(sounding), sounding["names"], sounding["kinds"], count)
        index._words = WordIndex(KeyTable(words), words["of_words"], words["names"], count)
        return index

    def arrays(self) -> dict[str, np.ndarray]:
        """All that it consists of."""
        words = {**self._words.table.arrays(), "of_words": self._words.ends, "names": self._words.names}
        spellings = "\0".join(spelling for name in self.names for spelling in name.spellings)
        parts = {"spelt.": self._spelt.arrays(), "sounding.": self._sounding.arrays(), "words.": words}
        return {
            "spellings": np.frombuffer(spellings.encode("utf-8", "surrogatepass"), np.uint8),
            "numbers": np.array([len(name.spellings) for name in self.names], np.int64),
            "fields": np.array([NAME_FIELDS.index(name.field) for name in self.names], np.uint8),
            "tracks": np.array([number for name in self.names for number in name.numbers], np.int64),
            **{prefix + name: each for prefix, arrays in parts.items() for name, each in arrays.items()},
        }

    def find(self, text: str) -> list[tuple[Order, FoundName]]:
        """The names that a text may contain, best first, with what orders them."""
        phrases = Phrases(text)
        return best(phrases, self.names, self._candidates(phrases)) if phrases.words else []

    def name(self, field: NameField, value: str) -> Name | None:
        """The name of which this is a spelling."""
        folded = words_of(value)
        key, alike = "".join(without_glue(folded)), _alike(folded)
        for number in self._spelt.names(key) if key else []:
            name = self.names[number]
            if name.field == field and _alike(words_of(name.value)) == alike:
                return name
        return None

    def spellings(self, field: NameField, value: str) -> tuple[str, ...]:
        """All spellings of a name, whichever of them this one is; none if there is no such name."""
        name = self.name(field, value)
        return name.spellings if name else ()

    def _candidates(self, phrases: Phrases) -> Iterator[Candidate]:
        equal = self._spelt.table.equal(phrases.joined, *phrases.letters(phrases.all))
        yield from self._spelt.candidates(equal, phrases.all)
        near = self._spelt.table.near(phrases.joined, *phrases.letters(phrases.with_errors))
        found = self._spelt.candidates(near, phrases.with_errors)
        yield from (each for each in found if each.kind != Kind.SHORT)
        yield from self._sounding_like(phrases)
        yield from parts_in(phrases, self.names, self._words)

    def _sounding_like(self, phrases: Phrases) -> Iterator[Candidate]:
        first, last = phrases.with_errors
        chosen = np.flatnonzero(last - first < LONGEST_SOUND)[-MOST_SOUNDS:]
        first, last = first[chosen], last[chosen]
        keys: list[str] = []
        of_keys: list[int] = []
        for number, (start, end) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
            sound = sound_of(nominative(phrases.key(start, end)))
            keys.append(_apart(sound, Kind.SOUND))
            of_keys.append(number)
            if end == start:
                keys.append(_apart(sound, Kind.SURNAME))
                of_keys.append(number)
            else:
                keys.append(_apart(initials_of([word.latin for word in phrases.words[start : end + 1]]), Kind.INITIALS))
                of_keys.append(number)
        if keys:
            pairs = self._sounding.table.of_keys(keys)
            part = np.array(of_keys)[pairs.part]
            yield from self._sounding.candidates(Pairs(part, pairs.key, pairs.distance), (first, last))


def _apart(key: str, kind: Kind) -> str:
    """Sounds and initials are compared with their like only."""
    return f"{int(kind)}{key}" if kind >= Kind.SOUND else key


def _alike(words: Sequence[Word]) -> str:
    """What spellings of one name share. Characters of one reading differ in meaning, so they are kept."""
    return " ".join(word.native if word.unspaced else word.latin for word in words)


def _grouped(counts: Counts) -> Iterator[tuple[Name, list[Word]]]:
    """Names with their words, by their number of tracks; spellings that fold to one are one name."""
    groups: dict[tuple[NameField, str], list[str]] = defaultdict(list)
    words: dict[tuple[NameField, str], list[Word]] = {}
    for (field, value), _ in counts.items():
        if folded := words_of(value):
            alike = (field, _alike(folded))
            groups[alike].append(value)
            words[alike] = folded
    names: list[tuple[Name, list[Word]]] = []
    for alike, values in groups.items():
        numbers = {value: counts[alike[0], value] for value in values}
        spellings = tuple(sorted(values, key=lambda value: (-numbers[value], value)))
        names.append((Name(alike[0], spellings, tuple(numbers[value] for value in spellings)), words[alike]))
    groups.clear()
    words.clear()
    names.sort(key=lambda each: (each[0].tracks, each[0].field, each[0].value))
    while names:  # what is done with is no longer kept
        yield names.pop()
