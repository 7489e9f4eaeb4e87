"""Journeys over every engine, in libraries where the best one is known."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.catalog import Catalog
from catalog.filters import parse_filter
from catalog.journeys.finding import arc
from catalog.journeys.journey import FoundJourney, Journey
from catalog.store import Space
from polymuse.errors import NotFoundError, UserError
from polymuse.music import StemInfo
from tests.catalog.conftest import MakeEntry
from tests.catalog.journeys.circle import at
from tests.helpers.ids import id_of, number_of

DEGREES = range(0, 91, 10)


def fill(catalog: Catalog, entry: MakeEntry, **fields: Any) -> None:
    """Tracks 0, 10, ..., 90 at these angles, each of an artist and an album of its own."""
    catalog.upsert(
        [entry(n, **{"mix": at(n), "artist": f"Artist {n}", "album": f"Album {n}", **fields}) for n in DEGREES]
    )


def journey(catalog: Catalog, count: int, start: int = 0, end: int = 90, **options: Any) -> FoundJourney:
    return catalog.journey(Journey(id_of(start), id_of(end), count, **options))


def numbers(found: FoundJourney) -> list[int]:
    return [number_of(step.track) for step in found.steps]


def test_steps_are_even_and_say_how_similar_they_are(catalog: Catalog, entry: MakeEntry) -> None:
    fill(catalog, entry)
    found = journey(catalog, 4)
    assert numbers(found) == [0, 30, 60, 90]
    assert found.relaxed == ()
    assert found.steps[0].to_previous is None
    assert [step.to_previous for step in found.steps[1:]] == pytest.approx([np.cos(np.pi / 6)] * 3, abs=1e-3)
    assert [step.to_start for step in found.steps] == pytest.approx([1, np.cos(np.pi / 6), 0.5, 0], abs=1e-3)
    assert numbers(journey(catalog, 10)) == list(DEGREES)
    assert numbers(journey(catalog, 4, 90, 0)) == [90, 60, 30, 0]


def test_another_track_replaces_what_is_excluded_or_does_not_pass(catalog: Catalog, entry: MakeEntry) -> None:
    fill(catalog, entry)
    assert 30 not in numbers(journey(catalog, 4, exclude=frozenset([id_of(30), "no id"])))
    found = numbers(journey(catalog, 4, where=parse_filter('-artist:"Artist 30" -artist:"Artist 60"')))
    assert len(found) == 4
    assert not {30, 60} & set(found)


def test_one_track_by_each_artist_and_from_each_album(catalog: Catalog, entry: MakeEntry) -> None:
    fill(catalog, entry)
    catalog.upsert([entry(30, mix=at(30), artist="Artist 0", album="x"), entry(60, mix=at(60), album="Album 90")])
    found = journey(catalog, 4)
    assert not {30}.intersection(numbers(found))
    assert found.relaxed == ()
    assert numbers(journey(catalog, 4, per_artist=2)) == [0, 30, 60, 90]  # track 60 has no artist, so no album of 90


def test_the_stem_that_is_asked_for_is_compared(catalog: Catalog, entry: MakeEntry) -> None:
    catalog.upsert([entry(n, mix=at(90 - n), vocals=at(n)) for n in (0, 20, 45, 90)])
    catalog.upsert([entry(44, mix=at(44))])
    assert numbers(journey(catalog, 3, stem="vocals")) == [0, 45, 90]
    assert journey(catalog, 3, stem="vocals").steps[1].to_start == pytest.approx(np.sqrt(0.5), abs=1e-3)


def test_limits_are_given_up_in_their_order(catalog: Catalog, entry: MakeEntry) -> None:
    fill(catalog, entry, album="One", album_artist="Various")
    found = journey(catalog, 4)
    assert (numbers(found), found.relaxed, found.per_artist, found.per_album) == ([0, 30, 60, 90], ("album",), 1, 0)
    fill(catalog, entry, artist="One", album="One")
    found = journey(catalog, 4)
    assert (numbers(found), found.relaxed, found.per_artist) == ([0, 30, 60, 90], ("album", "artist"), 0)
    found = journey(catalog, 12)
    assert (numbers(found), found.relaxed) == (list(DEGREES), ("album", "artist", "count"))


def test_scores_are_passed_only_if_they_are_asked_for(catalog: Catalog, entry: MakeEntry) -> None:
    fill(catalog, entry)
    catalog.upsert([entry(30, mix=at(30), kind="score", duration=0.0, format="midi")])
    assert 30 not in numbers(journey(catalog, 4))
    assert numbers(journey(catalog, 3, where=parse_filter("kind:score"))) == [0, 30, 90]
    assert numbers(journey(catalog, 3, start=30)) == [30, 60, 90]  # an end may be one


def test_ends_that_cannot_be(catalog: Catalog, entry: MakeEntry) -> None:
    silent = {"vocals": StemInfo(-80.0, present=False)}
    catalog.upsert([entry(0, vocals=at(0)), entry(1, title="Quiet", stems=silent)])
    with pytest.raises(NotFoundError, match="No track nothing in the catalog"):
        catalog.journey(Journey(id_of(0), "nothing"))
    with pytest.raises(NotFoundError):
        journey(catalog, 3, 7, 0)
    with pytest.raises(UserError, match='"Quiet" has no stem "vocals"'):
        journey(catalog, 3, 0, 1, stem="vocals")
    with pytest.raises(UserError):
        journey(catalog, 2, 0, 1)


def test_libraries_of_one_track_and_of_copies(catalog: Catalog, entry: MakeEntry) -> None:
    catalog.upsert([entry(0)])
    found = journey(catalog, 5, 0, 0)
    assert (numbers(found), found.relaxed[-1]) == ([0, 0], "count")
    catalog.upsert([entry(n) for n in range(70)])
    assert numbers(journey(catalog, 5, 0, 1)) == [0, 1]


def test_from_a_track_to_itself_by_its_neighbours(catalog: Catalog, entry: MakeEntry) -> None:
    fill(catalog, entry)
    found = numbers(journey(catalog, 4, 40, 40))
    assert found[0] == found[-1] == 40
    assert len(set(found)) == 3
    assert set(found) <= {20, 30, 40, 50, 60}


def scattered(number: int) -> list[float]:
    vector = np.random.default_rng(number).normal(size=4) + np.array([1, 1, 0, 0])
    return (vector / np.linalg.norm(vector)).tolist()


def test_variety_makes_other_seeds_other_paths(entry: MakeEntry, space: Space) -> None:
    catalog = Catalog.in_memory(space)
    catalog.upsert([entry(n, mix=scattered(n), artist=f"A {n}") for n in range(80)])
    plain = numbers(journey(catalog, 8, 0, 1))
    assert numbers(journey(catalog, 8, 0, 1, seed=5)) == plain
    varied = [numbers(journey(catalog, 8, 0, 1, variety=1.0, seed=seed)) for seed in range(4)]
    assert varied[0] == numbers(journey(catalog, 8, 0, 1, variety=1.0, seed=0))
    assert len({tuple(each) for each in varied}) > 1
    assert all(each[0] == 0 and each[-1] == 1 and len(set(each)) == 8 for each in varied)


@pytest.fixture(scope="module")
def mixed(space_of_module: Space) -> Catalog:
    return Catalog.in_memory(space_of_module)


@pytest.fixture(scope="module")
def space_of_module() -> Space:
    return Space(name="test", dim=4, fingerprint="f" * 64, profile="starter")


VECTOR = st.sampled_from([at(0), at(0.5), at(180), at(90), at(45, 80), *(scattered(n) for n in range(6))])
TRACKS = st.lists(st.tuples(VECTOR, st.sampled_from(["", "A", "B"]), st.sampled_from(["", "L", "M"])), min_size=1)


@given(
    tracks=TRACKS,
    count=st.integers(3, 200),
    ends=st.tuples(st.integers(0, 99), st.integers(0, 99)),
    limits=st.tuples(st.integers(0, 3), st.integers(0, 3)),
    variety=st.sampled_from([0.0, 1.0]),
    where=st.sampled_from(["", "artist:A", "year:1990", "kind:score"]),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_there_is_always_a_journey_while_both_ends_exist(
    entry: MakeEntry,
    mixed: Catalog,
    tracks: Any,
    count: int,
    ends: tuple[int, int],
    limits: tuple[int, int],
    variety: float,
    where: str,
) -> None:
    mixed.delete([track.id for track in mixed.tracks()])
    mixed.upsert([entry(n, mix=mix, artist=artist, album=album) for n, (mix, artist, album) in enumerate(tracks)])
    start, end = (each % len(tracks) for each in ends)
    asked = {"per_artist": limits[0], "per_album": limits[1], "variety": variety, "where": parse_filter(where)}
    found = journey(mixed, count, start, end, **asked)
    passed = numbers(found)
    assert (passed[0], passed[-1]) == (start, end)
    between = passed[1:-1]
    assert len({*between, start, end}) == len(between) + len({start, end})
    assert len(passed) == count or "count" in found.relaxed
    assert all(np.isfinite(step.to_start) for step in found.steps)


def test_an_arc_between_opposite_or_equal_ends_is_finite() -> None:
    x = np.array([1.0, 0.0], np.float32)
    for end in (x, -x):
        assert np.isfinite(arc(x, end, 5)).all()
    assert arc(x, np.array([0, 1.0], np.float32), 3)[1] == pytest.approx([np.sqrt(0.5)] * 2)
