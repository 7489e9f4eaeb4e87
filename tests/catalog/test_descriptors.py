"""Tests for catalog.descriptors, over every engine."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.store import Space
from catalog.validation import InvalidEntryError
from polymuse.descriptors import DescriptorsVersion, StoredDescriptor
from tests.catalog.conftest import connect
from tests.helpers.qdrant_server import REAL_SERVER, FakeQdrant, connected

DIM = 24
WIDE = Space("wide", DIM, "d" * 64, "starter")
ENGINES = ["edge", "attached", "memory", "rest", *REAL_SERVER]


@pytest.fixture(params=ENGINES)
def catalog(request: pytest.FixtureRequest, short_folder: Path) -> Iterator[Catalog]:
    """A catalog without descriptors, once over each engine."""
    if request.param == "attached":
        with Catalog.share(short_folder, WIDE), Catalog.share(short_folder, WIDE) as made:
            assert made.attached
            yield made
        return
    openers = {
        "edge": lambda: Catalog.open(short_folder, WIDE),
        "memory": lambda: Catalog.in_memory(WIDE),
        "rest": lambda: connect(FakeQdrant(), WIDE),
        "server": lambda: connected(WIDE),
    }
    with openers[request.param]() as made:
        yield made


FIRST = np.eye(DIM, dtype=np.float32)[0]


def descriptor(slug: str, vector: np.ndarray = FIRST, **fields: object) -> StoredDescriptor:
    made = StoredDescriptor(slug, "mood", {"en": slug.title(), "zh": "平静"}, (f"{slug} music",), ("mix",), vector)
    return replace(made, **fields)  # type: ignore[arg-type]


def random_bank(number: int, seed: int = 1) -> list[StoredDescriptor]:
    """Descriptors among which a third have the vector of another one."""
    vectors = np.random.default_rng(seed).standard_normal((number, DIM)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[2::3] = vectors[1::3][: len(vectors[2::3])]
    categories = ("mood", "genre", "texture")
    return [
        descriptor(f"d{n:05}", vector, category=categories[n % 3], voice="present" if n % 5 else "")
        for n, vector in enumerate(vectors)
    ]


def brute_force(bank: list[StoredDescriptor], vector: np.ndarray) -> list[tuple[str, float]]:
    cosines = [(each.slug, float((each.vector.astype(np.float64) * vector.astype(np.float64)).sum())) for each in bank]
    return sorted(cosines, key=lambda each: (-each[1], each[0]))


def equal(one: StoredDescriptor, other: StoredDescriptor) -> bool:
    return np.array_equal(one.vector, other.vector) and replace(one, vector=other.vector) == other


class TestBank:
    def test_a_catalog_has_none_at_first(self, catalog: Catalog) -> None:
        assert catalog.descriptors() == [] == catalog.descriptors(["calm"])
        assert catalog.descriptors_version() == DescriptorsVersion()
        assert catalog.nearest_descriptors(FIRST, 5) == []
        assert not catalog.holds_bank("1", 0)
        assert catalog.remove_descriptor("calm") is False

    def test_returns_what_was_stored_to_the_bit(self, catalog: Catalog) -> None:
        bank = random_bank(160)
        catalog.put_descriptors(bank, "1")
        assert all(map(equal, catalog.descriptors(), bank))
        assert [each.slug for each in catalog.descriptors(["d00007", "nothing", "d00002"])] == ["d00002", "d00007"]
        assert catalog.holds_bank("1", 160)
        assert not catalog.holds_bank("1", 161)
        assert not catalog.holds_bank("2", 160)

    def test_the_bank_of_another_version_replaces_it(self, catalog: Catalog) -> None:
        catalog.put_descriptors(random_bank(5), "1")
        before = catalog.descriptors_version()
        catalog.put_descriptors(bank := random_bank(3, seed=2), "2")
        assert all(map(equal, catalog.descriptors(), bank))
        assert len(catalog.descriptors()) == 3
        assert catalog.descriptors_version().bank == "2"
        assert catalog.descriptors_version() != before
        assert catalog.descriptors_version() == catalog.descriptors_version()

    def test_the_nearest_are_those_of_brute_force(self, catalog: Catalog) -> None:
        bank = random_bank(160)
        catalog.put_descriptors(bank, "1")
        for seed in range(5):
            [vector] = [each.vector for each in random_bank(1, seed=100 + seed)]
            for limit in (1, 2, 7, 160, 1000):
                assert catalog.nearest_descriptors(vector, limit) == brute_force(bank, vector)[:limit]
        assert catalog.nearest_descriptors(bank[1].vector, 2) == brute_force(bank, bank[1].vector)[:2]

    def test_many_equal_ones_are_ordered_by_slug(self, catalog: Catalog) -> None:
        catalog.put_descriptors([descriptor(f"d{n}") for n in range(100)], "1")
        found = catalog.nearest_descriptors(FIRST, 3)
        assert [slug for slug, _ in found] == ["d0", "d1", "d10"]

    def test_the_nearest_of_categories(self, catalog: Catalog) -> None:
        bank = random_bank(30)
        catalog.put_descriptors(bank, "1")
        for categories in (["genre"], ["mood", "texture"], ["none"], []):
            expected = brute_force([each for each in bank if each.category in categories], bank[0].vector)
            assert catalog.nearest_descriptors(bank[0].vector, 20, categories) == expected[:20]

    def test_tracks_are_not_descriptors(self, catalog: Catalog) -> None:
        catalog.put_descriptors(random_bank(3), "1")
        assert catalog.count() == 0
        assert catalog.stats().segments == 0


class TestOwn:
    def test_is_found_among_the_others(self, catalog: Catalog) -> None:
        bank = random_bank(10)
        catalog.put_descriptors(bank, "1")
        before = catalog.descriptors_version()
        own = descriptor("rain", own=True)
        catalog.put_descriptor(own)
        assert catalog.descriptors_version().bank == "1"
        assert catalog.descriptors_version() != before
        assert catalog.nearest_descriptors(own.vector, 4) == brute_force([*bank, own], own.vector)[:4]
        [stored] = catalog.descriptors(["rain"])
        assert equal(stored, own)
        assert catalog.holds_bank("1", 10)

    def test_can_be_the_first(self, catalog: Catalog) -> None:
        catalog.put_descriptor(descriptor("rain"))
        assert [(each.slug, each.own) for each in catalog.descriptors()] == [("rain", True)]
        assert catalog.descriptors_version().bank == ""

    def test_is_replaced_and_removed(self, catalog: Catalog) -> None:
        catalog.put_descriptors(random_bank(2), "1")
        catalog.put_descriptor(descriptor("rain"))
        catalog.put_descriptor(descriptor("rain", names={"en": "Drizzle"}))
        assert [dict(each.names) for each in catalog.descriptors(["rain"])] == [{"en": "Drizzle"}]
        before = catalog.descriptors_version()
        assert catalog.remove_descriptor("rain") is True
        assert catalog.remove_descriptor("rain") is False
        assert catalog.descriptors_version() != before
        assert len(catalog.descriptors()) == 2

    def test_stays_when_the_bank_changes(self, catalog: Catalog) -> None:
        catalog.put_descriptors([descriptor("calm")], "1")
        catalog.put_descriptor(descriptor("rain", names={"en": "Mine"}))
        catalog.put_descriptors([descriptor("rain"), descriptor("dark")], "2")
        assert [(each.slug, each.own) for each in catalog.descriptors()] == [("dark", False), ("rain", True)]
        assert catalog.descriptors(["rain"])[0].names == {"en": "Mine"}
        assert catalog.holds_bank("2", 2)

    def test_the_bank_cannot_be_changed_so(self, catalog: Catalog) -> None:
        catalog.put_descriptors([descriptor("calm")], "1")
        with pytest.raises(InvalidEntryError, match="of the bank"):
            catalog.put_descriptor(descriptor("calm"))
        with pytest.raises(InvalidEntryError, match="of the bank"):
            catalog.remove_descriptor("calm")
        assert [each.own for each in catalog.descriptors()] == [False]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"slug": "Rain"}, "not a slug"),
        ({"slug": "r" * 101}, "not a slug"),
        ({"category": "a b"}, "not a name"),
        ({"voice": "a b"}, "not a name"),
        ({"stems": ("mix", "../x")}, "not a name"),
        ({"stems": ()}, "needs"),
        ({"names": {"zh": "雨"}}, "needs an English name"),
        ({"prompts": ()}, "needs"),
        ({"prompts": ("rain",) * 65}, "more than 64"),
        ({"prompts": (" ",)}, "is empty"),
        ({"names": {"en": "r" * 301}}, "longer than 300"),
        ({"vector": np.zeros(DIM, np.float32)}, "its norm is 0"),
        ({"vector": np.full(DIM, np.nan, np.float32)}, "not finite"),
        ({"vector": np.ones(3, np.float32)}, "shape"),
    ],
)
def test_refuses_what_is_not_a_descriptor(changed: dict[str, object], reason: str) -> None:
    with Catalog.in_memory(WIDE) as catalog:
        wrong = replace(descriptor("rain"), **changed)  # type: ignore[arg-type]
        with pytest.raises(InvalidEntryError, match=reason):
            catalog.put_descriptor(wrong)
        with pytest.raises(InvalidEntryError, match=reason):
            catalog.put_descriptors([descriptor("calm"), wrong], "1")
        assert catalog.descriptors() == []
        assert catalog.descriptors_version() == DescriptorsVersion()
