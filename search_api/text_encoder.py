"""A thread-safe, cached text encoder."""

import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

EmbedText = Callable[[Sequence[str]], np.ndarray]

CACHE_SIZE = 4096  # texts; with 768 float32 each they take 12 MB


class Usage(NamedTuple):
    """Counts of the cache."""

    hits: int
    misses: int


class TextEncoder:
    """A thread-safe `Embedder.embed_text` with an LRU cache.

    Encoders load lazily and limit threads for the whole process, so one call runs at a time. Texts are embedded one by
    one: in a batch, a vector may differ in its last bits, and scores must not depend on other requests.
    """

    def __init__(self, embed_text: EmbedText, cache_size: int = CACHE_SIZE) -> None:
        self._embed_text = embed_text
        self._lock = threading.Lock()
        self._cached = lru_cache(maxsize=cache_size)(self._embed)

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        """[n, dim] float32, L2-normalised."""
        return np.stack([self._cached(text) for text in texts])

    def probe(self, text: str) -> None:
        """Embed a text without the cache, to check that the encoder works."""
        self._embed(text)

    def usage(self) -> Usage:
        """Cache hits and misses since the start."""
        info = self._cached.cache_info()
        return Usage(info.hits, info.misses)

    def _embed(self, text: str) -> np.ndarray:
        with self._lock:
            return self._embed_text([text])[0]
