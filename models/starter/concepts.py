"""The concepts of the starter profile: what it recognises in music, with names in sixteen languages."""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import data

CONCEPTS_FILE = Path(data.__file__).with_name("concepts.json")

COMBINING_DIACRITICS = range(0x0300, 0x0370)  # accents of Latin, Greek and Cyrillic letters, not the vowels of others
ARABIC_MARKS = {*range(0x064B, 0x0653), 0x0670, 0x0640}  # short vowels and the stretching stroke: hardly ever typed
LETTERS_TYPED_PLAIN = str.maketrans(
    "đłøıأإآٱىة", "dloiاااايه"
)  # letters without a decomposition that loses only a mark


@dataclass(frozen=True, slots=True)
class Concept:
    """Something recognisable in music: a genre, a mood, an instrument or a texture."""

    slug: str
    category: str  # mood, genre, instruments or texture
    tags: Mapping[str, int]  # "mtt:guitar" or "msd:rock" -> 1, or -1 if the tag contradicts the concept
    opposite: str | None  # slug of a concept that excludes it; sentence encoders place the two close together
    voice: str | None  # relation to a singing voice: present, absent, needed; None: none
    guessed: bool  # no tag means it: its tags only correlate with it, enough to rank tracks but not to tag them
    aliases: Mapping[str, tuple[str, ...]]  # ISO 639-1 code -> names, the most usual one first
    direction: tuple[float, ...] = ()  # of a learnt concept, [dim] of the vector space; see models/starter/learnt.py


@dataclass(frozen=True, slots=True)
class Grammar:
    """Function words of queries, of all languages together."""

    negators_before: tuple[str, ...]  # "without" drums
    negators_after: tuple[str, ...]  # ドラム "なし"
    conjunctions: tuple[str, ...]  # no drums "or" vocals
    fillers: tuple[str, ...]  # without meaning for the sound: "music", "with", "the"


@dataclass(frozen=True, slots=True)
class ConceptTable:
    """Concepts, those of tags in the order of the vector's dimensions."""

    concepts: tuple[Concept, ...]
    grammar: Grammar

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self.concepts[0].aliases)

    @property
    def slugs(self) -> tuple[str, ...]:
        return tuple(concept.slug for concept in self.concepts)

    def opposites(self) -> tuple[int | None, ...]:
        """For each concept the index of its opposite, or None."""
        position = {slug: index for index, slug in enumerate(self.slugs)}
        return tuple(None if c.opposite is None else position[c.opposite] for c in self.concepts)

    def aliases(self) -> list[tuple[str, int]]:
        """(normalised alias, index of its concept), without repetitions, grouped by concept."""
        pairs = (
            (normalise(alias), index)
            for index, concept in enumerate(self.concepts)
            for names in concept.aliases.values()
            for alias in names
        )
        return list(dict.fromkeys(pairs))


@cache
def load_concepts(path: Path = CONCEPTS_FILE) -> ConceptTable:
    """Reads the concept table, by default the shipped one."""
    content = json.loads(path.read_text(encoding="utf-8"))
    concepts = tuple(
        Concept(
            slug=entry["slug"],
            category=entry["category"],
            tags=entry["tags"],
            opposite=entry.get("opposite"),
            voice=entry.get("voice"),
            guessed=entry.get("guessed", False),
            aliases={language: tuple(names) for language, names in entry["aliases"].items()},
        )
        for entry in content["concepts"]
    )
    grammar = Grammar(**{kind: _words(languages) for kind, languages in content["grammar"].items()})
    return ConceptTable(concepts, grammar)


def _words(languages: Mapping[str, list[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(normalise(word) for words in languages.values() for word in words))


def normalise(text: str) -> str:
    """Unicode-normalised, case-folded text with words separated by single spaces.

    Everything except letters, digits and their marks separates words, so a text without any becomes "".
    Idempotent: one folding can enable another, so it is repeated until nothing changes.
    """
    while (folded := _fold_once(text)) != text:
        text = folded
    return text


def _fold_once(text: str) -> str:
    composed = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join("".join(map(_word_part, composed)).split())


@lru_cache(1 << 16)
def _word_part(character: str) -> str:
    """The character if it belongs to a word, a space if it separates words, "" if it is a mark to drop."""
    category = unicodedata.category(character)
    if category == "Cf" or ord(character) in ARABIC_MARKS or ord(character) in COMBINING_DIACRITICS:
        return ""
    return character if category[0] in "LNM" else " "


def without_accents(text: str) -> str:
    """A normalised text without accents, as typed on a foreign keyboard; of the same length."""
    return "".join(map(_plain, text)).translate(LETTERS_TYPED_PLAIN)


@lru_cache(1 << 16)
def _plain(character: str) -> str:
    base, *marks = unicodedata.normalize("NFD", character)
    return base if all(ord(mark) in COMBINING_DIACRITICS for mark in marks) else character
