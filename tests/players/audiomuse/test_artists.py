"""Artists whose songs are near to those of another."""

import pytest

from catalog.catalog import Catalog
from players.audiomuse.artists import similar_artists, tracks_of_artist
from polymuse.errors import NotFoundError
from tests.catalog.conftest import SPACE, MakeEntry, entry  # noqa: F401  the fixture
from tests.catalog.journeys.circle import at
from tests.helpers.ids import number_of

PLACES = {"Ann Example": (0, 10, 20), "Bea": (32, 39, 46), "Cid": (26,), "Dan": (60, 70, 80), "Åke": (180, 190)}


def test_artists_are_ordered_by_their_nearest_songs(entry: MakeEntry) -> None:  # noqa: F811
    with Catalog.in_memory(SPACE) as library:
        library.upsert(
            [entry(n, mix=at(n), artist=artist) for artist, numbers in PLACES.items() for n in numbers]
            + [entry(12, mix=at(12), artist="Ann Example, Bea", artists=("Ann Example", "Bea"))]
        )
        tracks = tracks_of_artist(library, "ann  EXAMPLE")
        assert {number_of(track) for track in tracks} == {0, 10, 12, 20}
        found = similar_artists(library, tracks, "Ann Example", 3)
        assert [each.name for each in found] == ["Cid", "Bea", "Dan"]
        assert [number_of(song.track) for song in found[1].songs] == [32, 39, 46]
        assert found[0].distance == pytest.approx(1 - 0.964, abs=0.003)  # cos 15.5 degrees, from the middle of Ann's
        assert [number_of(track) for track in tracks_of_artist(library, "ake")] == [180, 190]
        for nobody in ("", " ", "527qlYiblYXwKrNOoRuS7c", "x" * 1000):
            with pytest.raises(NotFoundError, match="no artist"):
                tracks_of_artist(library, nobody)
