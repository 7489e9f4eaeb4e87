"""Songs like others on a circle, where distances are known: 1 - cos of the angle between two."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.marks import MarkChange
from catalog.track import Track
from players.audiomuse.songs import (
    Song,
    distance,
    farthest,
    mixed_songs,
    path_between,
    songs_like,
    songs_of_taste,
)
from polymuse.errors import NotFoundError
from polymuse.music import SCORE
from tests.catalog.conftest import SPACE, MakeEntry, entry  # noqa: F401  the fixture
from tests.catalog.journeys.circle import at
from tests.helpers.ids import id_of, number_of


@pytest.fixture
def circle(entry: MakeEntry) -> Iterator[Catalog]:  # noqa: F811
    """Songs at 0, 10, ..., 90 degrees; those below 50 are Ann's."""
    with Catalog.in_memory(SPACE) as made:
        made.upsert(
            [entry(n, mix=at(n), artist="Ann" if n < 50 else f"B{n}", album=f"A{n}") for n in range(0, 100, 10)]
        )
        yield made


def song(catalog: Catalog, number: int) -> Track:
    return catalog.get([id_of(number)])[0]


def numbers(songs: Any) -> list[int]:
    return [number_of(each.track) for each in songs]


def test_the_nearest_come_first_with_their_distance(circle: Catalog) -> None:
    found = songs_like(circle, song(circle, 0), 3)
    assert numbers(found) == [10, 20, 30]
    assert [each.distance for each in found] == pytest.approx(
        [1 - math.cos(math.radians(n)) for n in (10, 20, 30)], abs=1e-3
    )


def test_further_songs_of_an_artist_come_last(circle: Catalog) -> None:
    assert numbers(songs_like(circle, song(circle, 0), 9, per_artist=3)) == [10, 20, 30, 50, 60, 70, 80, 90, 40]
    assert numbers(songs_like(circle, song(circle, 0), 4, per_artist=1)) == [10, 50, 60, 70]


def test_versions_of_a_song_and_scores_are_left_out(circle: Catalog, entry: MakeEntry) -> None:  # noqa: F811
    circle.upsert(
        [
            entry(101, mix=at(112), artist="B90", title="Title 90 (Live)"),
            entry(102, mix=at(97), artist="Bob", title="Other"),
            entry(103, mix=at(104), artist="Bob", title="Other (Remastered 2011)"),
            entry(104, mix=at(94), kind=SCORE, duration=0.0, format="midi"),
            entry(105, mix=at(91), artist="Cora", title="Renamed"),  # nearly the same vector
        ]
    )
    assert numbers(songs_like(circle, song(circle, 90), 3)) == [102, 80, 70]


def test_a_path_has_both_ends_and_says_how_far_it_is(circle: Catalog) -> None:
    path = path_between(circle, song(circle, 50), song(circle, 80), 4)
    assert numbers(path.songs) == [50, 60, 70, 80]
    assert path.length == pytest.approx(3 * (1 - math.cos(math.radians(10))), abs=1e-3)
    assert path.songs[-1].distance == pytest.approx(1 - math.cos(math.radians(30)), abs=1e-3)
    assert numbers(path_between(circle, song(circle, 50), song(circle, 80), 1).songs)[::2] == [50, 80]
    assert numbers(path_between(circle, song(circle, 50), song(circle, 50), 9).songs) == [50]


def test_the_farthest_song(circle: Catalog) -> None:
    other = farthest(circle, song(circle, 0))
    assert (number_of(other.track), other.distance) == (90, pytest.approx(1, abs=1e-3))
    circle.delete([id_of(n) for n in range(10, 100, 10)])
    with pytest.raises(NotFoundError, match="no other song"):
        farthest(circle, song(circle, 0))


def test_taste_follows_what_was_played(circle: Catalog) -> None:
    with pytest.raises(NotFoundError, match="played"):
        songs_of_taste(circle, 5)
    circle.mark([id_of(80)], MarkChange(played_at="2026-01-01T00:00:00+00:00"))
    circle.mark([id_of(80)], MarkChange(played_at="2026-01-02T00:00:00+00:00"))
    assert {*numbers(songs_of_taste(circle, 2))} == {70, 90}
    circle.mark([id_of(60)], MarkChange(hidden=True))
    assert numbers(songs_of_taste(circle, 3))[2:] == [50]


def test_mixes_go_away_from_what_is_unwanted(circle: Catalog) -> None:
    kept, left_out = mixed_songs(circle, {id_of(30): 1.0}, {id_of(0): 1.0}, 3)
    assert numbers(kept)[0] > 30
    assert left_out == []
    kept, left_out = mixed_songs(circle, {id_of(30): 1.0}, {id_of(50): 1.0}, 9, least_distance=0.1)  # 26 degrees
    assert {*numbers(kept)} == {0, 10, 20, 80, 90}
    assert {*numbers(left_out)} == {40, 60, 70}


def test_distances_are_never_negative() -> None:
    assert distance(float(np.float32(1.0000001))) == 0.0
    assert distance(-1.1) == 2.0
    assert Song(Track("x", (), "t", 1.0, "vorbis"), 0.0).distance == 0.0
