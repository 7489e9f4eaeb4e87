"""Text vectors for many threads, remembered."""

import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

EmbedText = Callable[[Sequence[str]], np.ndarray]

REMEMBERED = 4096  # texts; of 768 float32 they take 12 MB


class Usage(NamedTuple):
    hits: int
    misses: int


class TextEncoder:
    """A thread-safe `Embedder.embed_text` that remembers the texts it was given last.

    Encoders load parts on their first call and limit threads for the whole process, so one call runs at a time.
    Texts go in one by one: next to others a text may get a vector that differs in the last bits, and a query must
    score the same whoever asks at the same time.
    """

    def __init__(self, embed_text: EmbedText, remembered: int = REMEMBERED) -> None:
        self._embed_text = embed_text
        self._lock = threading.Lock()
        self._remembered = lru_cache(maxsize=remembered)(self._embed)

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        """[n, dim] float32, L2-normalised."""
        return np.stack([self._remembered(text) for text in texts])

    def probe(self, text: str) -> None:
        """Embed a text afresh, to see that the encoder works."""
        self._embed(text)

    def usage(self) -> Usage:
        """How often a vector was remembered, and how often not, since the start."""
        info = self._remembered.cache_info()
        return Usage(info.hits, info.misses)

    def _embed(self, text: str) -> np.ndarray:
        with self._lock:
            return self._embed_text([text])[0]
