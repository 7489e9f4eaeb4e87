"""The function words of all languages (`data/query_words`), ready to be looked for.

Each file holds one language. Lists of templates (`catalog.understanding.templates`) say what steers a text, tables what
times, lengths and tempos are called. `any.json` holds what is written alike in all languages. What keys are called
stands in `polymuse.key_names`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import data
from catalog.understanding.keys_in_text import FLATS, GERMAN, KeyWords
from catalog.understanding.numbers import CHINESE, CYRILLIC_ROMAN, ROMAN
from catalog.understanding.templates import Meaning, Templates
from catalog.understanding.tokens import tokenise
from polymuse.key_names import KEY_NAMES, LETTERS, KeyNames

FOLDER = Path(data.__file__).with_name("query_words")
TRIGGERS = (  # lists of words that steer how their neighbours are read
    "and", "or", "but", "no", "without", "no_after", "plain", "more", "more_after", "less", "less_after",
    "like", "like_after", "by", "by_after", "from", "degrees", "boundaries", "fillers", "also", "articles", "of_after",
    "sung",
)  # fmt: skip
LIMITS = ("when", "lengths", "tempo", "keys", "camelots", "folders")
SLOTS = ("decade", "century", "when", "length", "unit", "bpm")


@dataclass(frozen=True, slots=True)
class QueryWords:
    """The templates of all languages."""

    phrases: Templates = field(default_factory=Templates)  # triggers and limits
    slots: Mapping[str, Templates] = field(default_factory=lambda: {name: Templates() for name in SLOTS})
    numbers: dict[tuple[str, ...], int] = field(default_factory=dict)  # tokens -> value
    keys: KeyWords = field(default_factory=lambda: KeyWords({}, {}, {}))
    suffixes: list[str] = field(default_factory=list)  # that negate the word they end, longest first
    common: set[str] = field(default_factory=set)  # folded words that are no names by themselves
    places: set[str] = field(default_factory=set)  # folded names of places that say what music sounds like
    languages: list[str] = field(default_factory=list)
    starts: set[str] = field(default_factory=set)  # tokens that the value of a slot may start with, beside digits


@cache
def query_words() -> QueryWords:
    """The words of all languages, read once: 0.1 s."""
    words = QueryWords()
    for path in sorted(FOLDER.glob("*.json")):
        _add(words, json.loads(path.read_text("utf-8")))
    for names_of_keys in KEY_NAMES.values():
        _add_keys(words.keys, names_of_keys)
    words.suffixes.sort(key=len, reverse=True)
    names = (words.numbers, words.keys.notes, words.keys.accidentals)
    words.starts.update(
        CHINESE, ROMAN, CYRILLIC_ROMAN, LETTERS, GERMAN, FLATS, *(slot.first for slot in words.slots.values())
    )
    words.starts.update(f"{letter}m" for letter in (*LETTERS, *FLATS))
    words.starts.update(name[0] for each in names for name in each)
    return words


def _add(words: QueryWords, source: Mapping[str, Any]) -> None:
    language: str = source["language"]
    words.languages.append(language)
    for role in TRIGGERS:
        for template in source.get(role, ()):
            words.phrases.add(template, Meaning(role, language))
    for field_name, templates in source.get("named", {}).items():
        for template in templates:
            words.phrases.add(template, Meaning("named", language, field_name))
    for base, templates in source.get("comparatives", {}).items():
        for template in templates:
            words.phrases.add(template, Meaning("comparative", language, base))
    for role in LIMITS:
        for detail, templates in _by_detail(source.get(role, {})):
            for template in templates:
                words.phrases.add(template, Meaning(role, language, detail))
    _add_slots(words, source, language)
    _add_names(words, source)


def _by_detail(templates: Any) -> Iterator[tuple[str, list[str]]]:
    yield from templates.items() if isinstance(templates, dict) else [("", templates)]


def _add_slots(words: QueryWords, source: Mapping[str, Any], language: str) -> None:
    """Expressions for times and lengths, which the templates of limits contain."""

    def add(slot: str, templates: list[str], role: str, detail: Any = None) -> None:
        for template in templates:
            words.slots[slot].add(template, Meaning(role, language, detail))

    add("decade", source.get("decades", []), "decade")
    for start, templates in source.get("decade_words", {}).items():
        add("decade", templates, "years", (int(start), int(start) + 9))
    add("century", source.get("centuries", []), "century")
    for number, templates in source.get("century_words", {}).items():
        add("century", templates, "years", (int(number) * 100 - 99, int(number) * 100))
    for part in ("early", "mid", "late"):
        add("when", source.get(part, []), part)
    for seconds, templates in source.get("units", {}).items():
        add("unit", templates, "seconds", int(seconds))
    for seconds, templates in source.get("length_words", {}).items():
        add("length", templates, "seconds", int(seconds))
    add("bpm", source.get("bpm", []), "bpm")


def _add_names(words: QueryWords, source: Mapping[str, Any]) -> None:
    """Names of numbers, and words that are no names by themselves or negate a word that they end."""
    for value, names in source.get("numbers", {}).items():
        words.numbers.update({_tokens(name): int(value) for name in names})
    words.common.update("".join(_tokens(word)) for word in source.get("common", ()))
    words.places.update("".join(_tokens(word)) for word in source.get("places", ()))
    words.suffixes.extend(re.sub(r"\s", "", suffix) for suffix in source.get("negating_suffixes", ()))


def _add_keys(keys: KeyWords, names: KeyNames) -> None:
    keys.notes.update({_tokens(name): pitch for name, pitch in names.pitches.items()})
    for value, accidentals in ((1, names.sharps), (-1, names.flats)):
        keys.accidentals.update({_tokens(name): value for name in accidentals})
    for minor, modes in ((0, names.major), (1, names.minor)):
        keys.modes.update({_tokens(name): minor for name in modes})


def _tokens(text: str) -> tuple[str, ...]:
    return tuple(token.text for token in tokenise(text))
