"""Which of the names that phrases may mean are good candidates, and their order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from rapidfuzz.distance import OSA

from catalog.names.folding import is_foreign, words_of
from catalog.names.found_name import NAME_FIELDS, FoundName, NameField
from catalog.names.phrases import Phrases, gaps
from catalog.names.spellings import Kind, without_glue

MOST_CHECKED = 200  # candidates whose spelling is looked at closely
LETTERS_OF_ERROR = 2.0  # that a typing error takes from the letters of a phrase
LESS = {  # letters less by how a spelling stands for a name
    Kind.WHOLE: 0.0,
    Kind.NEARLY: 0.5,
    Kind.SHORT: 1.0,
    Kind.PART: 1.0,
    Kind.SOUND: 1.0,
    Kind.SURNAME: 1.5,
    Kind.INITIALS: 3.0,
}
OF_PART = 0.45  # share of the letters that count for a part of a name, and as much again by how large a part it is
COMMON = 0.6  # share of the letters that count if all words are common
LONG_SPLIT = 8  # letters from which common words that are joined in a name are more than chance
LONG_SOUND, LONG_NATIVE = 6, 3  # letters and characters


Order: TypeAlias = tuple[float, int, int, str]  # the smaller, the better


class Name(Protocol):
    """What is known of a name."""

    @property
    def field(self) -> NameField: ...

    @property
    def value(self) -> str: ...

    @property
    def tracks(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """A name that a phrase may mean."""

    name: int  # its number
    first: int  # word of the phrase
    last: int
    kind: Kind
    distance: int
    share: float = 1.0  # of the letters of the name that the phrase has

    @property
    def whole(self) -> bool:
        return self.kind not in (Kind.PART, Kind.SURNAME)


def best(phrases: Phrases, names: Sequence[Name], candidates: Iterable[Candidate]) -> list[tuple[Order, FoundName]]:
    """The names that candidates stand for, best first: each once for phrases that overlap."""

    def order(pair: tuple[float, Candidate]) -> Order:
        name = names[pair[1].name]
        return -pair[0], NAME_FIELDS.index(name.field), -name.tracks, name.value

    scored = sorted(((_score(phrases, each), each) for each in candidates), key=order)[:MOST_CHECKED]
    checked = [(phrases, names[each.name], each) for _, each in scored]
    good = _without_doubts([each for each in (_checked(*one) for one in checked) if each is not None])
    found: list[tuple[Order, FoundName]] = []
    taken: dict[int, list[tuple[int, int]]] = {}
    for score, each in sorted(((_score(phrases, each), each) for each in good), key=order):
        spans = taken.setdefault(each.name, [])
        if all(each.last < first or each.first > last for first, last in spans):
            spans.append((each.first, each.last))
            name = names[each.name]
            start, end = phrases.words[each.first].start, phrases.words[each.last].end
            one = FoundName(name.field, name.value, start, end, each.distance, each.whole, name.tracks)
            found.append((order((score, each)), one))
    return found


def _without_doubts(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates without those with errors where the same name stands as it is spelt, however common its words."""
    spelt: dict[int, list[tuple[int, int]]] = {}
    for each in candidates:
        if each.whole and not each.distance:
            spelt.setdefault(each.name, []).append((each.first, each.last))
    return [
        each
        for each in candidates
        if not each.distance or all(each.last < first or each.first > last for first, last in spelt.get(each.name, ()))
    ]


def _score(phrases: Phrases, each: Candidate) -> float:
    """Letters that speak for it."""
    letters = float(phrases.offsets[each.last + 1] - phrases.offsets[each.first])
    if not each.whole:
        letters *= OF_PART + OF_PART * each.share
    if phrases.all_common(each.first, each.last):
        letters *= COMMON
    return letters - LETTERS_OF_ERROR * each.distance - LESS[each.kind]


def _checked(phrases: Phrases, name: Name, each: Candidate) -> Candidate | None:
    """The candidate with its distance, or None if the name is spelt too differently."""
    typed = phrases.words[each.first : each.last + 1]
    if any(word.unspaced for word in typed):
        return _checked_unspaced(phrases, name, each)
    words = words_of(name.value)
    if any(word.unspaced for word in words):
        long = len(phrases.key(each.first, each.last)) >= LONG_SOUND - 2
        return each if each.whole and long and not phrases.all_common(each.first, each.last) else None
    if each.kind in (Kind.SOUND, Kind.SURNAME):
        return _checked_sound(phrases, each, without_glue(words), latin=not is_foreign(name.value))
    distance = each.distance
    if distance:
        known, asked = _digits(name.value), _digits(phrases.text[typed[0].start : typed[-1].end])
        another = known != asked and (len(known) == len(asked) or each.kind == Kind.PART)
        return None if another else each  # another number is no error
    if each.kind == Kind.WHOLE and (moved := _moved_spaces(phrases, name.value, each)):
        common = phrases.all_common(each.first, each.last)
        if common and (len(phrases.key(each.first, each.last)) < LONG_SPLIT):
            return None
        distance = moved
    return each if distance == each.distance else _with(each, distance)


def _moved_spaces(phrases: Phrases, value: str, each: Candidate) -> int:
    """Spaces too many and too few, where the name has no other sign instead ("AC/DC" may be one word or two)."""
    words = words_of(value)
    kept = [word for word in words if word.latin in without_glue(words)]
    spaces, begins = phrases.gaps(each.first, each.last)
    of_name, parts_of_name = gaps(value, kept)
    return len(spaces - parts_of_name) + len(of_name - begins)


def _checked_unspaced(phrases: Phrases, name: Name, each: Candidate) -> Candidate | None:
    """Characters of one reading differ in meaning, so names in such scripts are compared as they are written."""
    typed = phrases.native(each.first, each.last)
    alone = each.first == 0 and each.last == len(phrases.words) - 1
    if len(typed) < 2 and not alone:
        return None
    words = words_of(name.value)
    if not any(word.unspaced for word in words):  # the library has it transliterated
        return each if each.whole and len(phrases.key(each.first, each.last)) >= LONG_SOUND else None
    native = "".join(word.native for word in words)
    if typed == native or (each.kind != Kind.WHOLE and typed in native):
        return each
    distance = OSA.distance(typed, native)
    return _with(each, distance) if distance <= 1 and min(len(typed), len(native)) >= LONG_NATIVE else None


def _checked_sound(phrases: Phrases, each: Candidate, words: Sequence[str], *, latin: bool) -> Candidate | None:
    """Spellings of other languages: no errors between scripts, otherwise their distance counts."""
    typed = phrases.key(each.first, each.last)
    if len(typed) < LONG_SOUND - 1 or phrases.all_common(each.first, each.last):
        return None
    if not latin or any(is_foreign(word.native) for word in phrases.words[each.first : each.last + 1]):
        return _with(each, 0)
    known = ["".join(words)] if each.whole else words
    return _with(each, min(2, *(OSA.distance(typed, word) for word in (*known, known[0]))))


def _digits(key: str) -> str:
    return "".join(character for character in key if character.isdigit())


def _with(each: Candidate, distance: int) -> Candidate:
    return Candidate(each.name, each.first, each.last, each.kind, distance, each.share)
