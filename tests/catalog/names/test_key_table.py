"""Keys that equal parts of a text, or differ from them by few errors; against the distance to every key."""

import random

import numpy as np
import pytest
from rapidfuzz.distance import OSA

from catalog.names.key_table import Hashed, KeyTable

RANDOM = random.Random(7)
KEYS = ["".join(RANDOM.choices("abcde1", k=RANDOM.randint(1, 14))) for _ in range(1500)]
TABLE = KeyTable.of(KEYS)


def allowed(typed: str, key: str) -> int:
    return (min(len(typed), len(key)) >= 4) + (min(len(typed), len(key)) >= 8)


def found(text: str) -> dict[str, int]:
    pairs = TABLE.near(text, np.array([0]), np.array([len(text)]))
    return dict(zip(TABLE.keys(pairs.key), pairs.distance.tolist(), strict=True))


@pytest.mark.parametrize("number", range(40))
def test_near_are_all_that_differ_by_few_errors(number: int) -> None:
    text = list(KEYS[number])
    for _ in range(2):
        at = RANDOM.randrange(len(text) + 1)
        text[at : at + RANDOM.randint(0, 2)] = RANDOM.choices("abcde1", k=RANDOM.randint(0, 2))
    typed = "".join(text) or "a"
    distances = {key: OSA.distance(typed, key) for key in KEYS}
    assert found(typed) == {key: d for key, d in distances.items() if 0 < d <= allowed(typed, key)}


def test_equal_are_found_at_their_parts() -> None:
    text = "".join(KEYS[:5])
    ends = np.cumsum([len(key) for key in KEYS[:5]])
    starts = np.array([0, *ends[:-1]])
    pairs = TABLE.equal(text, starts, ends)
    assert {(part, TABLE.keys(np.array([key]))[0]) for part, key in zip(pairs.part, pairs.key, strict=True)} == set(
        enumerate(KEYS[:5])
    )


def test_hashes_of_equal_parts_are_equal() -> None:
    hashed = Hashed(np.frombuffer(b"abcxabcyabx", np.uint8))
    first, again, other = hashed.parts(np.array([0, 4, 8]), np.array([3, 7, 11])).tolist()
    assert first == again != other
    put_back = hashed.with_last(np.array([8]), np.array([11]), np.array([ord("c")], np.uint64)).tolist()
    assert put_back == [first]
    assert hashed.with_first(np.array([3]), np.array([6]), np.array([ord("y")], np.uint64)).tolist() == (
        hashed.parts(np.array([7]), np.array([10])).tolist()
    )


def test_a_table_without_keys() -> None:
    empty = KeyTable.of([])
    assert len(empty) == len(empty.of_keys(["a"]).key) == len(empty.near("abcd", np.array([0]), np.array([4])).key) == 0
