import numpy as np

from catalog.catalog import Catalog
from catalog.engine import ANYTHING, Engine
from catalog.journeys.candidates import Candidates, candidates, distinct, neighbours
from tests.catalog.conftest import MakeEntry
from tests.catalog.journeys.circle import at
from tests.helpers.ids import id_of


def engine_of(catalog: Catalog) -> Engine:
    return catalog._storage._engine  # type: ignore[attr-defined]


def test_neighbours_are_ordered_by_how_near_they_are_to_any(entry: MakeEntry, space) -> None:
    catalog = Catalog.in_memory(space)
    catalog.upsert([entry(degrees, mix=at(degrees)) for degrees in (0, 10, 30, 80, 90)])
    queries = np.array([at(0), at(90)], np.float32)
    found, more = neighbours(engine_of(catalog), "mix", queries, 2, 10, ANYTHING)
    assert found == [id_of(0), id_of(90), id_of(10), id_of(80)]
    assert more
    assert neighbours(engine_of(catalog), "mix", queries, 9, 10, ANYTHING)[1] is False
    assert neighbours(engine_of(catalog), "mix", queries, 2, 3, ANYTHING) == (found[:3], True)


def test_versions_are_one_candidate_and_the_ends_stay(entry: MakeEntry, space) -> None:
    catalog = Catalog.in_memory(space)
    tracks = [
        entry(0, mix=at(0), title="A", artist="X"),
        entry(1, mix=at(90), title="A (live)", artist="X"),  # a version of the start, but the end
        entry(2, mix=at(30), title="A - Remastered", artist="X"),
        entry(3, mix=at(45), title="B", artist="Y"),
        entry(4, mix=at(46), title="C", artist="Z"),  # cos 1 degree = 0.9998
        entry(5, mix=at(60), title="D", artist=""),
        entry(6, mix=at(70), title="D", artist=""),
    ]
    catalog.upsert(tracks)
    points = {p.id: p for p in engine_of(catalog).retrieve([each.track.id for each in tracks], ["mix"])}
    found = candidates("mix", [points[id_of(0)], points[id_of(1)]], [points[id_of(n)] for n in range(2, 7)])
    assert found.ids == [id_of(n) for n in (0, 1, 3, 5, 6)]
    assert found.cosines.shape == (5, 5)


def test_artists_and_albums_are_numbered() -> None:
    rows = [{"artist": "A", "album": "L"}, {"artist": "B"}, {"artists": ["B", "A"], "artist": "B & A", "album": "L"}]
    found = Candidates(["1", "2", "3"], rows, np.eye(3), np.eye(3))
    assert found.artists() == [(0,), (1,), (1, 0)]
    assert found.albums() == [(0,), (), (1,)]  # of other artists


def test_distinct_compares_with_those_that_are_kept_only() -> None:
    chain = np.array([[1, 0.996, 0.99], [0.996, 1, 0.996], [0.99, 0.996, 1]])
    assert distinct(["", "", ""], chain) == [0, 2]
