"""Word-for-word English of texts in languages that the sentence encoder was not trained on: Hindi and Vietnamese."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import data
from models.starter.concepts import normalise

GLOSSES_FILE = Path(data.__file__).with_name("starter_glosses.json")
MAX_WORDS = 4  # that are looked up together
MIN_STEM = 2  # characters that a suffix leaves

DEVANAGARI = range(0x0900, 0x0980)
VIETNAMESE = {*"ăđơư", *map(chr, range(0x1EA0, 0x1EFA))}  # letters that no other language with Latin script here has


@dataclass(frozen=True, slots=True)
class Glosses:
    """The dictionary of one language."""

    words: Mapping[str, str]  # one or several normalised words -> English
    stems: Mapping[str, str]  # the same words without their suffixes
    suffixes: Sequence[str]  # the longest first
    ignored: frozenset[str]  # function words

    def english(self, text: str) -> str:
        """The English of the known words of a normalised text, in their order; "" if none is known."""
        words = [word for word in text.split() if word not in self.ignored]
        return " ".join(filter(None, self._parts(words)))

    def _parts(self, words: Sequence[str]) -> Iterator[str]:
        start = 0
        while start < len(words):
            longest = min(MAX_WORDS, len(words) - start)
            spans = (" ".join(words[start : start + length]) for length in range(longest, 0, -1))
            known = next((span for span in spans if span in self.words), None)
            yield self.stems.get(stem(words[start], self.suffixes), "") if known is None else self.words[known]
            start += 1 if known is None else known.count(" ") + 1


def stem(word: str, suffixes: Sequence[str]) -> str:
    """The word without the first of the suffixes that it ends with."""
    found = next((s for s in suffixes if word.endswith(s) and len(word) - len(s) >= MIN_STEM), "")
    return word.removesuffix(found)


def in_english(text: str) -> str:
    """A normalised text that the sentence encoder can read: glossed, or as it is if the language needs no gloss.

    A text without any known word stays as it is, too.
    """
    language = _language(text)
    return (load_glosses()[language].english(text) if language else "") or text


def _language(text: str) -> str | None:
    if any(ord(character) in DEVANAGARI for character in text):
        return "hi"
    return "vi" if not VIETNAMESE.isdisjoint(text) else None


@cache
def load_glosses(path: Path = GLOSSES_FILE) -> Mapping[str, Glosses]:
    """{ISO 639-1 code: dictionary}, by default the shipped ones."""
    languages = json.loads(path.read_text("utf-8"))["languages"]
    return {language: _glosses(**content) for language, content in languages.items()}


def _glosses(words: Mapping[str, str], suffixes: Sequence[str], ignored: Sequence[str]) -> Glosses:
    known = {normalise(word): english for word, english in words.items()}
    longest_first = sorted(suffixes, key=len, reverse=True)
    stems: dict[str, str] = {}
    for word, english in known.items():
        stems.setdefault(stem(word, longest_first), english)
    return Glosses(known, stems if suffixes else {}, longest_first, frozenset(map(normalise, ignored)))
