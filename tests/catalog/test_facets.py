"""Counts by field; test_catalog.py counts over every engine."""

from typing import Any

import pytest

from catalog.client import ClientEngine
from catalog.engine import ANYTHING, Engine, Match, Point
from catalog.engine import Conditions as Where
from catalog.facets import FacetQuery, count_facet, facet_page
from polymuse.errors import UserError
from tests.helpers.ids import id_of

ARTISTS = ["Can", "CAN", "Can", "Neu!", "Air", "Air"]


@pytest.fixture(scope="module")
def engine() -> Engine:
    engine = ClientEngine.in_memory(4)
    payloads = [{"artists": [name], "artist_key": [name.casefold()], "year": 1970} for name in ARTISTS]
    engine.upsert([Point(id_of(number), payload) for number, payload in enumerate(payloads, 1)])
    return engine


def test_spellings_of_one_name_count_together_under_the_usual_one(engine: Engine) -> None:
    assert list(count_facet(engine, "artist", ANYTHING, 10).items()) == [("Can", 3), ("Air", 2), ("Neu!", 1)]


def test_the_artists_of_one_track_count_each() -> None:
    engine = ClientEngine.in_memory(4)
    engine.upsert(
        [Point(id_of(1), {"artist": "Can & Air", "artists": ["Can", "Air"]}), Point(id_of(2), {"artists": ["Air"]})]
    )
    assert count_facet(engine, "artist", ANYTHING, 10) == {"Air": 2, "Can": 1}


def test_only_the_most_frequent(engine: Engine) -> None:
    assert count_facet(engine, "artist", ANYTHING, 1) == {"Can": 3}


def test_numbers_are_texts(engine: Engine) -> None:
    assert count_facet(engine, "year", Where(must=(Match("artist_key", ("air",)),)), 10) == {"1970": 2}


@pytest.mark.parametrize(("name", "limit", "complaint"), [("title", 1, "is not a facet"), ("artist", 0, "at least 1")])
def test_refusals(engine: Engine, name: str, limit: int, complaint: str) -> None:
    with pytest.raises(UserError, match=complaint):
        count_facet(engine, name, ANYTHING, limit)


def test_values_are_searched_paged_and_ordered_by_name() -> None:
    engine = ClientEngine.in_memory(4)
    names = ["The Beatles", "Beethoven", "Björk", "10cc", "Roll Over, BEETHOVEN", "贝多芬", "Beethoven"]
    engine.upsert([Point(id_of(number), {"artists": [name]}) for number, name in enumerate(names, 1)])

    def values(**about: Any) -> list[str]:
        return list(facet_page(engine, FacetQuery("artist", **about), ANYTHING).values)

    assert values(search="beet") == ["Beethoven", "Roll Over, BEETHOVEN"]
    assert values(search="over beeth") == ["Roll Over, BEETHOVEN"]
    assert values(search="bjor") == ["Björk"]
    assert values(search="多芬") == ["贝多芬"]
    assert values(search="eethoven") == []
    assert values(by_name=True, limit=2, offset=1) == ["The Beatles", "Beethoven"]
    assert values(by_name=True, initial="B") == ["The Beatles", "Beethoven", "Björk"]
    page = facet_page(engine, FacetQuery("artist", by_name=True, initial="#"), ANYTHING)
    assert (dict(page.values), page.total) == ({"10cc": 1}, 1)
    assert dict(page.initials) == {"#": 1, "B": 3, "R": 1, "贝": 1}
