import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.chance import ChanceLevel, LibraryChance, chance_level, unrelated_texts
from catalog.store import Space
from polymuse.errors import UserError
from tests.catalog.conftest import MakeEntry


@pytest.fixture
def catalog(space: Space) -> Catalog:
    return Catalog.in_memory(space)


def test_the_levels_are_quantiles_of_the_best_hits_of_unrelated_texts(catalog: Catalog, entry: MakeEntry) -> None:
    catalog.upsert([entry(1, mix=[1, 0, 0, 0]), entry(2, mix=[0, 1, 0, 0])])
    number = len(unrelated_texts())
    angles = iter(np.linspace(0.8, 0.1, number))  # the best cosine of each text: cos of its angle with "a"

    def embed(texts: Sequence[str]) -> np.ndarray:
        return np.array([[np.cos(a), -np.sin(a), 0, 0] for _, a in zip(texts, angles, strict=False)], np.float32)

    level = chance_level(catalog, embed)
    best = np.cos(np.linspace(0.8, 0.1, number))
    assert level is not None
    assert (level.weak, level.chance) == pytest.approx((np.quantile(best, 0.95), np.quantile(best, 0.75)), abs=1e-5)


def test_texts_that_the_encoder_refuses_are_left_out(catalog: Catalog, entry: MakeEntry) -> None:
    catalog.upsert([entry(1, mix=[1, 0, 0, 0])])

    def embed(texts: Sequence[str]) -> np.ndarray:
        if not texts[0].isascii():
            raise UserError("unknown script")
        return np.array([[0.6, 0.8, 0, 0]], np.float32)

    level = chance_level(catalog, embed)
    assert level is not None
    assert level.weak == level.chance == pytest.approx(0.6, abs=1e-6)


def test_a_library_without_tracks_has_no_level(catalog: Catalog) -> None:
    assert chance_level(catalog, lambda texts: np.array([[1, 0, 0, 0]] * len(texts), np.float32)) is None


def test_a_best_hit_is_good_weak_or_by_chance() -> None:
    level = ChanceLevel(weak=0.4, chance=0.3)
    assert [level.match(score) for score in (0.41, 0.4, 0.31, 0.3, -1)] == ["good", "weak", "weak", "chance", "chance"]


class CountingEncoder:
    """All texts are near to the first axis."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        self.calls += 1
        return np.array([[0.6, 0.8, 0, 0]] * len(texts), np.float32)


def test_the_level_is_kept_in_a_file_for_the_same_vectors(catalog: Catalog, entry: MakeEntry, tmp_path: Path) -> None:
    catalog.upsert([entry(number, mix=[1, 0, 0, 0]) for number in range(10)])
    first, second, other = CountingEncoder(), CountingEncoder(), CountingEncoder()
    level = LibraryChance(catalog, first, "v1", tmp_path).level()
    assert first.calls == len(unrelated_texts())
    assert LibraryChance(catalog, second, "v1", tmp_path).level() == level
    assert LibraryChance(catalog, other, "v2", tmp_path).level() == level
    assert (second.calls, other.calls) == (0, len(unrelated_texts()))


@pytest.mark.parametrize("content", [b"", b"[" * 10_000, b"[]", b'{"key": "v1", "tracks": "x"}'])
def test_a_damaged_file_is_measured_anew(catalog: Catalog, entry: MakeEntry, tmp_path: Path, content: bytes) -> None:
    catalog.upsert([entry(1)])
    (tmp_path / "chance.json").write_bytes(content)
    assert LibraryChance(catalog, CountingEncoder(), "v1", tmp_path).level() is not None


def test_a_library_that_has_grown_by_a_fifth_is_measured_anew(
    catalog: Catalog, entry: MakeEntry, tmp_path: Path
) -> None:
    catalog.upsert([entry(number) for number in range(10)])
    LibraryChance(catalog, CountingEncoder(), "v1", tmp_path).level()
    catalog.upsert([entry(number) for number in range(10, 13)])
    grown = CountingEncoder()
    LibraryChance(catalog, grown, "v1", tmp_path).level()
    assert grown.calls == len(unrelated_texts())


def test_whoever_cannot_wait_gets_the_level_later(catalog: Catalog, entry: MakeEntry, tmp_path: Path) -> None:
    catalog.upsert([entry(1)])
    chance = LibraryChance(catalog, CountingEncoder(), "v1", tmp_path)
    found = chance.latest()
    while found is None:
        time.sleep(0.01)
        found = chance.latest()
    assert found == chance.level()


def test_closing_ends_the_measuring(catalog: Catalog, entry: MakeEntry, tmp_path: Path) -> None:
    catalog.upsert([entry(1)])
    started, go = threading.Event(), threading.Event()

    def slow(texts: Sequence[str]) -> np.ndarray:
        started.set()
        go.wait()
        return np.array([[0.6, 0.8, 0, 0]] * len(texts), np.float32)

    chance = LibraryChance(catalog, slow, "v1", tmp_path)
    assert chance.latest() is None
    started.wait()
    threading.Timer(0.05, go.set).start()
    chance.close()
    assert not (tmp_path / "chance.json").exists()
    assert "chance level" not in {thread.name for thread in threading.enumerate()}
