"""Tests for catalog.descriptors, over every engine."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.query import DescriptorTerm, Query
from catalog.server import Server
from catalog.server_collections import promote, unused
from catalog.store import Space
from catalog.track import Entry, FileRef, Track
from catalog.validation import InvalidEntryError
from polymuse.descriptors import DescriptorsVersion, StoredDescriptor
from polymuse.errors import NotFoundError, UnavailableError
from tests.catalog.conftest import connect, status
from tests.helpers.ids import id_of
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


class TestEmbedded:
    def test_stands_beside_the_tracks_from_the_first_write_on(self, short_folder: Path) -> None:
        """A store of a version without descriptors is one without the folder."""
        own = descriptor("rain", own=True)
        with Catalog.open(short_folder, WIDE) as catalog:
            assert catalog.descriptors() == []
        folder = short_folder / "tracks__wide" / "descriptors"
        assert not folder.exists()
        with Catalog.open(short_folder, WIDE) as catalog:
            catalog.put_descriptors(bank := random_bank(20), "1")
            catalog.put_descriptor(own)
        assert folder.is_dir()
        with Catalog.open(short_folder, WIDE) as catalog:
            assert all(map(equal, catalog.descriptors(), [*bank, own]))
            assert catalog.holds_bank("1", 20)

    @pytest.mark.slow
    def test_a_kill_loses_nothing_that_was_reported(self, short_folder: Path) -> None:
        banks = {version: random_bank(number, seed=number) for version, number in (("1", 40), ("2", 55))}
        reported: list[str] = []
        for seed in range(4):
            with subprocess.Popen(
                [sys.executable, "-c", WRITER, str(short_folder), str(seed)], stdout=subprocess.PIPE, text=True
            ) as process:
                assert process.stdout is not None
                lines = [process.stdout.readline().strip() for _ in range(2 + 3 * seed)]
                process.kill()
                lines += process.stdout.read().split("\n")[:-1]
            reported += [line for line in lines if line.startswith("own")]
            with Catalog.open(short_folder, WIDE) as catalog:
                found = {each.slug: each for each in catalog.descriptors()}
                assert {slug for slug, each in found.items() if each.own} >= set(reported)
                for slug, each in found.items():
                    alike = [one for bank in banks.values() for one in bank if one.slug == slug]
                    assert each.own or any(equal(each, one) for one in alike)
                version = catalog.descriptors_version().bank
                if version:
                    assert catalog.holds_bank(version, len(banks[version]))
                catalog.put_descriptors(banks["1"], "1")
                assert all(map(equal, [each for each in catalog.descriptors() if not each.own], banks["1"]))


WRITER = """
import sys
from pathlib import Path
from catalog.catalog import Catalog
from tests.catalog.test_descriptors import WIDE, descriptor, random_bank

with Catalog.open(Path(sys.argv[1]), WIDE) as catalog:
    for number in range(1000):
        version, size = ("1", 40) if number % 2 else ("2", 55)
        catalog.put_descriptors(random_bank(size, seed=size), version)
        print("bank", flush=True)
        slug = f"own{sys.argv[2]}-{number}"
        catalog.put_descriptor(descriptor(slug))
        print(slug, flush=True)
"""


class TestServer:
    COLLECTION = "descriptors__wide__dddddddddddd"

    def test_a_collection_is_made_with_the_first_of_them(self, fake: FakeQdrant) -> None:
        with connect(fake, WIDE) as catalog:
            assert catalog.descriptors() == []
            assert catalog.nearest_descriptors(FIRST, 3) == []
            assert not fake.sent(f"PUT /collections/{self.COLLECTION}.*")
            catalog.put_descriptors(random_bank(3), "1")
            [made] = fake.sent(f"PUT /collections/{self.COLLECTION}")
            assert made["metadata"]["polymuse"]["fingerprint"] == WIDE.fingerprint
            assert "quantization_config" not in made
            assert aliases(fake)["descriptors__wide"] == self.COLLECTION
            catalog.nearest_descriptors(FIRST, 3)
            [query] = fake.sent(f"POST /collections/{self.COLLECTION}/points/query")
            assert query["params"]["exact"] is True

    def test_another_process_finds_it_later(self, fake: FakeQdrant) -> None:
        with connect(fake, WIDE) as one, connect(fake, WIDE) as other:
            assert other.descriptors() == []
            one.put_descriptor(descriptor("rain"))
            assert [each.slug for each in other.descriptors()] == ["rain"]

    def test_a_new_model_has_its_own(self, fake: FakeQdrant) -> None:
        new = replace(WIDE, fingerprint="e" * 64)
        with connect(fake, WIDE) as old, connect(fake, new, staged=True) as staged:
            old.put_descriptor(descriptor("rain"))
            staged.put_descriptor(descriptor("sea"))
            assert aliases(fake)["descriptors__wide"] == self.COLLECTION
            promote(fake_server(fake), new)
            assert aliases(fake)["descriptors__wide"] == "descriptors__wide__eeeeeeeeeeee"
            assert [each.slug for each in old.descriptors()] == ["rain"]
            assert [each.slug for each in staged.descriptors()] == ["sea"]
        assert unused(fake_server(fake), new) == [
            self.COLLECTION,
            "segments__wide__dddddddddddd",
            "tracks__wide__dddddddddddd",
        ]

    def test_a_new_model_without_any(self, fake: FakeQdrant) -> None:
        """As by a version that knows no descriptors."""
        new = replace(WIDE, fingerprint="e" * 64)
        with connect(fake, WIDE) as old, connect(fake, new, staged=True):
            old.put_descriptor(descriptor("rain"))
            promote(fake_server(fake), new)
        with connect(fake, new) as catalog:
            assert catalog.descriptors() == []
            catalog.put_descriptor(descriptor("sea"))
            assert [each.slug for each in catalog.descriptors()] == ["sea"]

    def test_an_interrupted_bank_has_no_version(self, fake: FakeQdrant) -> None:
        with connect(fake, WIDE) as catalog:
            catalog.put_descriptors(random_bank(5), "1")
            catalog.put_descriptor(descriptor("rain"))
            fake.faults.append(status(400, "/points/delete"))
            with pytest.raises(UnavailableError):
                catalog.put_descriptors(random_bank(3), "2")
            assert catalog.descriptors_version().bank == ""
            assert not catalog.holds_bank("1", 5)
            assert not catalog.holds_bank("2", 3)
            catalog.put_descriptors(random_bank(3), "2")
            assert [each.slug for each in catalog.descriptors()] == ["d00000", "d00001", "d00002", "rain"]

    def test_two_banks_at_once_end_with_one(self, fake: FakeQdrant) -> None:
        """Each removes descriptors of the other one; the next that starts writes its own again."""
        with connect(fake, WIDE) as one, connect(fake, WIDE) as other:
            bank = [descriptor(f"a{n}") for n in range(3)]

            def interrupt(request: httpx.Request) -> httpx.Response | None:
                if request.url.path.endswith("/points/delete"):
                    fake.faults.clear()
                    other.put_descriptors([descriptor("b")], "2")
                return None

            one.put_descriptors(random_bank(2), "0")
            fake.faults.append(interrupt)
            one.put_descriptors(bank, "1")
            complete = one.holds_bank("1", 3) or one.holds_bank("2", 1)
            assert complete == (len(one.descriptors()) == {"1": 3, "2": 1}[one.descriptors_version().bank])
            one.put_descriptors(bank, "1")
            assert one.holds_bank("1", 3)
            assert [each.slug for each in other.descriptors()] == ["a0", "a1", "a2"]


def fake_server(fake: FakeQdrant) -> Server:
    return Server("http://qdrant:6333", transport=fake.transport)


def aliases(fake: FakeQdrant) -> dict[str, str]:
    return {each.alias_name: each.collection_name for each in fake_server(fake).client.get_aliases().aliases}


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["edge", "memory"])
def test_ten_thousand_are_ranked_like_brute_force(engine: str, short_folder: Path) -> None:
    bank = random_bank(10_000)
    with Catalog.open(short_folder, WIDE) if engine == "edge" else Catalog.in_memory(WIDE) as catalog:
        catalog.put_descriptors(bank, "1")
        assert catalog.nearest_descriptors(bank[0].vector, 500) == brute_force(bank, bank[0].vector)[:500]
        with pytest.raises(InvalidEntryError, match="too large"):
            catalog.put_descriptors([*bank, descriptor("one-more")], "2")
        assert catalog.holds_bank("1", 10_000)


def test_a_user_has_a_bounded_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.descriptors.MAX_OWN", 2)
    with Catalog.in_memory(WIDE) as catalog:
        for slug in ("a", "b", "b"):
            catalog.put_descriptor(descriptor(slug))
        with pytest.raises(InvalidEntryError, match="2 descriptors of your own already"):
            catalog.put_descriptor(descriptor("c"))


class TestAsQuery:
    @pytest.fixture
    def filled(self, catalog: Catalog) -> Catalog:
        """Three tracks at right angles, and a descriptor for each of two of them."""
        axes = np.eye(DIM, dtype=np.float32)
        catalog.upsert([Entry(track(n), {"mix": axes[n]}) for n in range(3)])
        catalog.put_descriptors([descriptor("calm", axes[0]), descriptor("happy", axes[1])], "1")
        return catalog

    def test_finds_tracks_by_the_stored_vector(self, filled: Catalog) -> None:
        query = Query(descriptors=(DescriptorTerm("calm", 4.0),), not_descriptors=(DescriptorTerm("happy", 3.0),))
        hits = filled.search(replace(query, explain=True), no_text)
        # (4, -3, 0) / 5
        assert [round(hit.score, 5) for hit in hits] == [0.8, 0.0, -0.6]
        assert [(part.kind, part.label) for part in hits[0].parts] == [
            ("descriptor", "calm"),
            ("not_descriptor", "happy"),
        ]

    def test_an_unknown_one_is_an_error_that_names_similar_ones(self, filled: Catalog) -> None:
        with pytest.raises(NotFoundError) as caught:
            filled.search(Query(descriptors=(DescriptorTerm("happpy"),)), no_text)
        assert "happpy" in caught.value.message
        assert "happy" in str(caught.value.advice)

    def test_in_an_empty_catalog(self, catalog: Catalog) -> None:
        assert catalog.search(Query(descriptors=(DescriptorTerm("calm"),)), no_text) == []


def no_text(texts: Sequence[str]) -> np.ndarray:
    raise AssertionError(f"no text is embedded, but {texts}")


def track(number: int) -> Track:
    return Track(id_of(number), (FileRef(f"/music/{number}.flac", 1, 1),), f"Track {number}", 1.0, "flac")
