"""The concepts of the starter profile: what it can hear, and what people call it in sixteen languages."""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
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
    """Something that can be heard: a genre, a mood, an instrument or a texture."""

    slug: str
    category: str  # mood, genre, instruments or texture
    tags: Mapping[str, int]  # "mtt:guitar" or "msd:rock" -> 1, or -1 if the tag speaks against the concept
    opposite: str | None  # slug of a concept that excludes it; sentence encoders put the two side by side
    voice: str | None  # what it says about a singing voice: present, absent, needed; None: nothing
    guessed: bool  # no tag means it: its tags only go along with it, enough to rank tracks but not to tag one
    aliases: Mapping[str, tuple[str, ...]]  # ISO 639-1 code -> names, the most usual one first


@dataclass(frozen=True, slots=True)
class Grammar:
    """Words that steer how a query is read, of all languages together."""

    negators_before: tuple[str, ...]  # "without" drums
    negators_after: tuple[str, ...]  # ドラム "なし"
    conjunctions: tuple[str, ...]  # no drums "or" vocals
    fillers: tuple[str, ...]  # say nothing about how music sounds: "music", "with", "the"


@dataclass(frozen=True, slots=True)
class ConceptTable:
    """All concepts in their fixed order, which is the order of the vector's dimensions."""

    concepts: tuple[Concept, ...]
    grammar: Grammar

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self.concepts[0].aliases)

    @property
    def slugs(self) -> tuple[str, ...]:
        return tuple(concept.slug for concept in self.concepts)

    def opposites(self) -> tuple[int | None, ...]:
        """For each concept the position of its opposite."""
        position = {slug: index for index, slug in enumerate(self.slugs)}
        return tuple(None if c.opposite is None else position[c.opposite] for c in self.concepts)

    def aliases(self) -> list[tuple[str, int]]:
        """(normalised alias, position of its concept), without repetitions, grouped by concept."""
        pairs = (
            (normalise(alias), index)
            for index, concept in enumerate(self.concepts)
            for names in concept.aliases.values()
            for alias in names
        )
        return list(dict.fromkeys(pairs))


@cache
def load_concepts(path: Path = CONCEPTS_FILE) -> ConceptTable:
    """Reads the table that is shipped."""
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
    """One spelling for what looks alike: compatible letters and case folded, words separated by single spaces.

    Everything but letters, digits and the marks on them separates words, so a text without any becomes "".
    Idempotent: folding one thing can uncover another, so it goes on until nothing changes.
    """
    while (folded := _fold_once(text)) != text:
        text = folded
    return text


def _fold_once(text: str) -> str:
    composed = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join("".join(map(_word_part, composed)).split())


def _word_part(character: str) -> str:
    """The character if it belongs to a word, a space if it separates words, nothing if it is a mark left over."""
    category = unicodedata.category(character)
    if category == "Cf" or ord(character) in ARABIC_MARKS or ord(character) in COMBINING_DIACRITICS:
        return ""
    return character if category[0] in "LNM" else " "


def without_accents(text: str) -> str:
    """A normalised text with plain letters, as people type on a foreign keyboard; character by character."""
    return "".join(map(_plain, text)).translate(LETTERS_TYPED_PLAIN)


def _plain(character: str) -> str:
    base, *marks = unicodedata.normalize("NFD", character)
    return base if all(ord(mark) in COMBINING_DIACRITICS for mark in marks) else character
