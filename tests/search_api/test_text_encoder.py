"""The cache of the text encoder."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from search_api.text_encoder import TextEncoder


class Lengths:
    """Embeds a text as [its length, 1], and records its inputs and the number of concurrent calls."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.most_at_once = 0
        self._running = 0
        self._lock = threading.Lock()

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        with self._lock:
            self._running += 1
            self.most_at_once = max(self.most_at_once, self._running)
            self.calls.append(list(texts))
        time.sleep(0.002)
        with self._lock:
            self._running -= 1
        return np.array([[len(text), 1] for text in texts], np.float32)


def test_texts_keep_their_order_and_are_embedded_one_by_one() -> None:
    lengths = Lengths()
    assert TextEncoder(lengths)(["aa", "b", "aa"]).tolist() == [[2, 1], [1, 1], [2, 1]]
    assert lengths.calls == [["aa"], ["b"]]


def test_the_least_recently_used_text_is_evicted() -> None:
    lengths = Lengths()
    encode = TextEncoder(lengths, cache_size=2)
    for text in ["a", "b", "a", "c", "a", "b"]:
        encode([text])
    assert lengths.calls == [["a"], ["b"], ["c"], ["b"]]


def test_callers_cannot_modify_the_cache() -> None:
    encode = TextEncoder(Lengths())
    encode(["aa"])[0] = 0
    assert encode(["aa"]).tolist() == [[2, 1]]


def test_one_call_runs_at_a_time() -> None:
    lengths = Lengths()
    encode = TextEncoder(lengths)
    texts = ["x" * length for length in range(1, 40)]
    with ThreadPoolExecutor(8) as pool:
        vectors = list(pool.map(lambda text: encode([text]), texts))
    assert [vector[0, 0] for vector in vectors] == [len(text) for text in texts]
    assert lengths.most_at_once == 1


def test_a_probe_bypasses_the_cache() -> None:
    lengths = Lengths()
    encode = TextEncoder(lengths)
    encode(["aa"])
    encode.probe("aa")
    assert lengths.calls == [["aa"], ["aa"]]
