"""Rules of reading that a language needs: its function words, and names that are ordinary words of it as well."""

import json
import unicodedata
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import data
from models.starter.concepts import normalise

RULES_FILE = Path(data.__file__).with_name("starter_reading.json")

WIDELY_KNOWN = 3  # languages that have a name, from which on it is understood in all of them
LONG = 5  # letters of an English name that other languages have borrowed, and of a foreign one that no other word is
SCRIPTS = {  # first word of a letter's Unicode name -> languages written so; Latin script needs function words
    "CYRILLIC": {"ru"}, "ARABIC": {"ar"}, "DEVANAGARI": {"hi"}, "HANGUL": {"ko"},
    "HIRAGANA": {"ja"}, "KATAKANA": {"ja"}, "CJK": {"zh", "ja"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReadingRules:
    """The content of the file; all words are normalised."""

    function_words: Mapping[str, frozenset[str]]  # ISO 639-1 code -> words
    letters: Mapping[str, frozenset[str]]  # that occur in this language only, among those with Latin script
    ambiguous: frozenset[tuple[str, str]]  # (language, name): as often another word, so it needs support
    other_meanings: tuple[str, ...]  # phrases in which a name means something else
    music: frozenset[str]  # words for music, next to which a name is meant
    fillers: tuple[str, ...]
    negators_before: tuple[str, ...]
    negators_after: tuple[str, ...]

    def languages(self, text: str, names: Container[str]) -> frozenset[str]:
        """The languages that a normalised text may be written in; empty if nothing tells.

        With Latin script those with the most function words in it; a letter of its own counts as one. What names a
        concept in some language tells nothing: "fast techno" is not German.
        """
        found = {language for name in _scripts(text) for language in SCRIPTS.get(name, ())}
        words = text.split()
        counts = Counter(
            {
                language: sum(word in known and word not in names for word in words)
                + (not self.letters[language].isdisjoint(text))
                for language, known in self.function_words.items()
            }
        )
        most = max(counts.values())
        return frozenset(found | ({language for language, n in counts.items() if n == most} if most else set()))

    def admits(self, name: str, names_of: frozenset[str], languages: frozenset[str]) -> bool:
        """Whether a name of some languages may be meant in a text of others, or of unknown language."""
        if not languages or names_of & languages or len(names_of) >= WIDELY_KNOWN:
            return True
        if any(name in self.function_words.get(language, ()) for language in languages):
            return False
        return len(name) >= LONG

    def is_ambiguous(self, name: str, names_of: frozenset[str], languages: frozenset[str]) -> bool:
        """Whether a name is as often another word in a language of the text; if it has none of these, in its own."""
        return any((language, name) in self.ambiguous for language in (names_of & languages or names_of))


def _scripts(text: str) -> set[str]:
    return {unicodedata.name(character, "UNKNOWN").split()[0] for character in text if character.isalpha()}


@cache
def load_rules(path: Path = RULES_FILE) -> ReadingRules:
    """Reads the rules, by default the shipped ones."""
    content = json.loads(path.read_text("utf-8"))
    return ReadingRules(
        function_words={language: frozenset(_words(words)) for language, words in content["function_words"].items()},
        letters={each: frozenset(content["letters"].get(each, "")) for each in content["function_words"]},
        ambiguous=frozenset((lang, word) for lang, words in content["ambiguous"].items() for word in _words(words)),
        other_meanings=_all_words(content["other_meanings"]),
        music=frozenset(_words(content["music"])),
        fillers=_words(content["fillers"]),
        negators_before=_all_words(content["negators_before"]),
        negators_after=_all_words(content["negators_after"]),
    )


def _words(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(normalise, words)))


def _all_words(languages: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    return _words([word for words in languages.values() for word in words])
