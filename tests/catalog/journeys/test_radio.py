"""Radio over every engine, in libraries where the order is known."""

from dataclasses import replace
from typing import Any

import pytest

from catalog.catalog import Catalog
from catalog.filters import parse_filter
from catalog.journeys.radio import Radio, RadioTracks, check_radio
from polymuse.errors import NotFoundError, UserError
from tests.catalog.conftest import MakeEntry
from tests.catalog.journeys.circle import at
from tests.helpers.ids import id_of, number_of

DEGREES = range(0, 91, 10)


def numbers(found: RadioTracks) -> list[int]:
    return [number_of(track) for track in found.tracks]


def ids(*numbers: int) -> tuple[str, ...]:
    return tuple(map(id_of, numbers))


def fill(catalog: Catalog, entry: MakeEntry, **fields: Any) -> None:
    catalog.upsert([entry(n, **{"mix": at(n), "artist": f"Artist {n}", **fields}) for n in DEGREES])


def test_it_moves_outwards_and_never_repeats(catalog: Catalog, entry: MakeEntry) -> None:
    fill(catalog, entry)
    asked = Radio(ids(0), count=3)
    assert sorted(numbers(catalog.radio(asked))) == [10, 20, 30]
    assert catalog.radio(asked) == catalog.radio(asked)
    played: list[int] = [0]
    while True:
        found = catalog.radio(replace(asked, exclude=frozenset(ids(*played)), recent=ids(*played)))
        played += numbers(found)
        if found.exhausted:
            break
    assert sorted(played) == list(DEGREES)
    assert max(played[1:4]) < min(played[-3:])
    again = catalog.radio(replace(asked, recent=ids(*played[-3:])))  # begins again
    assert not set(numbers(again)) & {0, *played[-3:]}


def test_likes_pull_and_dislikes_push(catalog: Catalog, entry: MakeEntry) -> None:
    fill(catalog, entry)
    assert 50 in numbers(catalog.radio(Radio(ids(40), count=2)))
    assert max(numbers(catalog.radio(Radio(ids(40), disliked=ids(60, 90), count=3)))) < 40
    assert sorted(numbers(catalog.radio(Radio(ids(0), count=4)))) == [10, 20, 30, 40]
    assert 50 in numbers(catalog.radio(Radio(ids(0), liked=ids(90), count=4)))
    assert 90 not in numbers(catalog.radio(Radio(ids(0), liked=ids(90), count=9)))


def test_versions_of_what_was_played_are_repeats(catalog: Catalog, entry: MakeEntry) -> None:
    catalog.upsert(
        [
            entry(0, title="A", artist="X", mix=at(0)),
            entry(1, title="A (live)", artist="x", mix=at(10)),
            entry(2, title="B", artist="Y", mix=at(20)),
            entry(3, title="B - Remastered", artist="Y", mix=at(30)),
            entry(4, title="copy", artist="Z", mix=at(50.5)),
            entry(5, title="played", artist="V", mix=at(50)),
            entry(6, title="C", artist="W", mix=at(80)),
        ]
    )
    found = catalog.radio(Radio(ids(0), exclude=frozenset(ids(5)), artist_gap=0, album_gap=0))
    assert len(found.tracks) == 2
    assert {2, 3} & set(numbers(found))
    assert 6 in numbers(found)
    assert found.exhausted


def test_gaps_between_tracks_by_one_artist(catalog: Catalog, entry: MakeEntry) -> None:
    catalog.upsert([entry(n, mix=at(n), artist="AB"[n >= 40]) for n in DEGREES])
    found = catalog.radio(Radio(ids(0), count=6, artist_gap=1, album_gap=0))
    by = [track.artist for track in found.tracks]
    assert found.relaxed == ()
    assert by == ["B", "A", "B", "A", "B", "A"]
    found = catalog.radio(Radio(ids(0), count=9, artist_gap=1, album_gap=0))  # there are six by B, but three by A
    assert found.relaxed == ("album", "artist")
    assert len(found.tracks) == 9
    assert not found.exhausted


def test_filters_and_scores(catalog: Catalog, entry: MakeEntry) -> None:
    fill(catalog, entry)
    catalog.upsert([entry(10, mix=at(10), kind="score", duration=0.0, format="midi")])
    assert 10 not in numbers(catalog.radio(Radio(ids(0), count=100)))
    found = catalog.radio(Radio(ids(0), where=parse_filter('artist:"Artist 90"')))
    assert (numbers(found), found.exhausted) == ([90], True)


def test_seeds_that_cannot_be(catalog: Catalog, entry: MakeEntry) -> None:
    catalog.upsert([entry(0, title="Mute")])
    assert catalog.radio(Radio(ids(0))) == RadioTracks((), True, catalog.radio(Radio(ids(0))).relaxed)
    assert catalog.radio(Radio((*ids(0, 5), "x"), liked=("y",))).exhausted
    with pytest.raises(NotFoundError, match="No track nothing"):
        catalog.radio(Radio(("nothing",)))
    with pytest.raises(UserError, match='"Mute" has no stem "vocals"'):
        catalog.radio(Radio(ids(0), stem="vocals"))


@pytest.mark.parametrize(
    "wrong", [{"seeds": ()}, {"count": 0}, {"artist_gap": -1}, {"exclude": frozenset(map(str, range(10_001)))}]
)
def test_what_no_library_can_answer(wrong: dict[str, Any]) -> None:
    with pytest.raises(UserError):
        check_radio(Radio(**{"seeds": ids(0), **wrong}))
