"""Parses queries: finds names of concepts in any of the languages, and which of them are negated.

A name counts only where it is meant: French "dans" is no Turkish dance, and "the house" is no house music.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from models.starter.concepts import ConceptTable, normalise, without_accents
from models.starter.reading_rules import ReadingRules, load_rules

TAKEN = "\0"  # replaces the characters of a phrase that was found; never part of a normalised text
MIN_WHOLE = 3  # longest name in katakana that is as often the start of another word: ラップ of ラップトップ
MIN_WITHOUT_ACCENTS = 6  # letters; shorter words of one language become words of another ("sáo" -> "são")
ARABIC_PREFIXES = {"ال", "و", "ب", "ل", "لل", "بال", "وال", "ف", "ك"}  # the, and, with, for: written onto the word


class Kind(Enum):
    """The kinds of phrases in a query."""

    CONCEPT = auto()
    NEGATOR_BEFORE = auto()
    NEGATOR_AFTER = auto()
    CONJUNCTION = auto()
    FILLER = auto()
    WORDS = auto()


@dataclass(frozen=True, slots=True)
class Named:
    """A concept that the query names."""

    concept: int  # index in the table
    wanted: bool


@dataclass(frozen=True, slots=True)
class Words:
    """Consecutive words of the query that name no concept."""

    text: str
    wanted: bool


@dataclass(frozen=True, slots=True)
class _Phrase:
    text: str
    kind: Kind
    concept: int = -1
    languages: frozenset[str] = frozenset()  # of a concept's name


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    end: int
    kind: Kind
    concept: int = -1
    languages: frozenset[str] = frozenset()


class QueryReader:
    """Finds the longest names first; each character belongs to at most one name."""

    def __init__(self, table: ConceptTable, rules: ReadingRules | None = None) -> None:
        """`rules`: by default those that are shipped."""
        grammar = table.grammar
        self._rules = rules or load_rules()
        self._names = _languages_of_names(table)
        phrases = [_Phrase(name, Kind.CONCEPT, concept, self._names[name]) for name, concept in table.aliases()]
        for kind, words in (
            (Kind.WORDS, self._rules.other_meanings),
            (Kind.NEGATOR_BEFORE, (*grammar.negators_before, *self._rules.negators_before)),
            (Kind.NEGATOR_AFTER, (*grammar.negators_after, *self._rules.negators_after)),
            (Kind.CONJUNCTION, grammar.conjunctions),
            (Kind.FILLER, (*grammar.fillers, *self._rules.fillers)),
        ):
            phrases += [_Phrase(word, kind) for word in words]
        self._phrases = sorted(phrases, key=lambda phrase: -len(phrase.text))  # stable: concepts before grammar
        self._plain = [
            without_accents(phrase.text) if _known_without_accents(phrase) else "" for phrase in self._phrases
        ]

    def read(self, text: str) -> list[Named | Words]:
        """The items of the text, in order. The text need not be normalised."""
        text = normalise(text)
        languages = self._rules.languages(text, self._names)
        found = self._meant(text, [*self._find(text, languages)], languages)
        return _interpret(text, found)

    def _find(self, text: str, languages: frozenset[str]) -> Iterator[_Found]:
        """The phrases in the text and the words between them, in order."""
        found: list[_Found] = []
        exact, plain = text, without_accents(text)
        possible = [
            (phrase, spelling)
            for phrase, spelling in zip(self._phrases, self._plain, strict=True)
            if (phrase.text in exact or (spelling and spelling in plain))
            and (phrase.text == text or self._admits(phrase, languages))
        ]
        for phrase, spelling in possible:
            while (span := _locate(phrase, spelling, exact, plain)) is not None:
                found.append(_Found(*span, phrase.kind, phrase.concept, phrase.languages))
                exact, plain = _take(exact, span), _take(plain, span)
        found += _words_left(exact)
        yield from sorted(found, key=lambda item: item.start)

    def _admits(self, phrase: _Phrase, languages: frozenset[str]) -> bool:
        return phrase.kind is not Kind.CONCEPT or self._rules.admits(phrase.text, phrase.languages, languages)

    def _meant(self, text: str, found: Sequence[_Found], languages: frozenset[str]) -> list[_Found]:
        """The pieces, where a name is made words if it is probably another word.

        An ambiguous name is meant if the text has no other words, or next to another name or a word for music.
        """
        surely = [
            piece.kind is Kind.CONCEPT
            and not self._rules.is_ambiguous(text[piece.start : piece.end], piece.languages, languages)
            and not _starts_a_longer_word(text, piece, found)
            for piece in found
        ]
        music = [text[piece.start : piece.end] in self._rules.music for piece in found]
        supports = [False, *(sure or word for sure, word in zip(surely, music, strict=True)), False]
        alone = all(piece.kind is not Kind.WORDS for piece in found)
        return [
            piece
            if piece.kind is not Kind.CONCEPT or surely[index] or alone or supports[index] or supports[index + 2]
            else replace(piece, kind=Kind.WORDS)
            for index, piece in enumerate(found)
        ]


def _languages_of_names(table: ConceptTable) -> dict[str, frozenset[str]]:
    """{normalised name: the languages that have it}."""
    languages: defaultdict[str, set[str]] = defaultdict(set)
    for concept in table.concepts:
        for language, names in concept.aliases.items():
            for name in names:
                languages[normalise(name)].add(language)
    return {name: frozenset(of) for name, of in languages.items()}


def _starts_a_longer_word(text: str, piece: _Found, found: Sequence[_Found]) -> bool:
    """Whether a short name in katakana is written together with katakana that belong to no name."""
    if piece.end - piece.start > MIN_WHOLE or not all(map(_is_katakana, text[piece.start : piece.end])):
        return False
    return any(
        (each.end == piece.start and _is_katakana(text[each.end - 1]))
        or (each.start == piece.end and _is_katakana(text[each.start]))
        for each in found
        if each.kind is Kind.WORDS
    )


def _known_without_accents(phrase: _Phrase) -> bool:
    return len(phrase.text) >= MIN_WITHOUT_ACCENTS or _is_arabic(phrase.text[0])


def _locate(phrase: _Phrase, spelling: str, exact: str, plain: str) -> tuple[int, int] | None:
    """Start and end of the first occurrence that is not part of another word."""
    for needle, text in ((phrase.text, exact), (spelling, plain)):
        start = text.find(needle) if needle else -1
        while start >= 0:
            end = start + len(needle)
            start_of_word = _start_with_prefix(text, start)
            if _ends_words(phrase, text, start_of_word, end):
                return start_of_word, end
            start = text.find(needle, start + 1)
    return None


def _start_with_prefix(text: str, start: int) -> int:
    """`start`, or where the Arabic article or particle in front of it starts."""
    if not _is_arabic(text[start]):
        return start
    word = max(text.rfind(" ", 0, start), text.rfind(TAKEN, 0, start)) + 1
    return word if text[word:start] in ARABIC_PREFIXES else start


def _ends_words(phrase: _Phrase, text: str, start: int, end: int) -> bool:
    """Whether the span [start, end) begins and ends where words do.

    Chinese, Japanese and Korean names are found inside longer strings too, except names of one character, which
    are a part of too many words. Chinese and Japanese particles have one character as a rule.
    """
    particle = phrase.kind is not Kind.CONCEPT and not _is_hangul(phrase.text[0])
    anywhere = len(phrase.text) > 1 or particle
    before = start == 0 or _separates(text[start - 1], text[start], anywhere)
    return before and (end == len(text) or _separates(text[end - 1], text[end], anywhere))


def _separates(left: str, right: str, anywhere: bool) -> bool:
    if " " in (left, right) or TAKEN in (left, right):
        return True
    return anywhere and (_is_unspaced(left) or _is_unspaced(right))


def _take(text: str, span: tuple[int, int]) -> str:
    start, end = span
    return text[:start] + TAKEN * (end - start) + text[end:]


def _words_left(text: str) -> Iterator[_Found]:
    """The runs of characters that belong to no phrase."""
    start = 0
    for piece in text.replace(TAKEN, " ").split(" "):
        if piece:
            yield _Found(start, start + len(piece), Kind.WORDS)
        start += len(piece) + 1


def _interpret(text: str, found: list[_Found]) -> list[Named | Words]:
    """Applies negators to their neighbours; joins adjacent words into one item.

    A preceding negator applies to the next item across fillers, and across "or" to the one after it.
    """
    items: list[Named | Words] = []
    negated = False
    span: tuple[int, int] | None = None  # of the words at the end of `items`
    for piece in found:
        if piece.kind is Kind.WORDS:
            start, wanted = piece.start, not negated
            if span is not None:
                start, wanted = span[0], items.pop().wanted
            span = (start, piece.end)
            items.append(Words(text[start : piece.end], wanted))
            negated = False
        elif piece.kind is not Kind.FILLER:
            span = None
            negated = _apply(piece, items, negated)
    return items


def _apply(piece: _Found, items: list[Named | Words], negated: bool) -> bool:
    """Adds or changes an item; returns whether the next one is negated."""
    if piece.kind is Kind.CONCEPT:
        items.append(Named(piece.concept, wanted=not negated))
        return False
    if piece.kind is Kind.NEGATOR_AFTER and items:
        items[-1] = _unwanted(items[-1])
        return False
    if piece.kind is Kind.CONJUNCTION:
        return negated or (bool(items) and not items[-1].wanted)
    return piece.kind is Kind.NEGATOR_BEFORE or negated


def _unwanted(item: Named | Words) -> Named | Words:
    return Named(item.concept, wanted=False) if isinstance(item, Named) else Words(item.text, wanted=False)


def _is_arabic(character: str) -> bool:
    return "\u0600" <= character <= "\u06ff"


def _is_katakana(character: str) -> bool:
    return "\u30a0" <= character <= "\u30ff"


def _is_hangul(character: str) -> bool:
    return "\uac00" <= character <= "\ud7a3"


def _is_unspaced(character: str) -> bool:
    """Hiragana, katakana, Han or Hangul: words or particles are written without spaces."""
    return (
        "\u3040" <= character <= "\u30ff"
        or "\u3400" <= character <= "\u9fff"
        or "\uf900" <= character <= "\ufaff"
        or _is_hangul(character)
        or "\U00020000" <= character <= "\U0003ffff"
    )
