"""Songs and artists that sound alike, in libraries where all angles are known."""

from typing import Any

import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.filters import parse_filter
from catalog.track import Track
from players.navidrome.finding import MAX_COUNT, Settings, Similar, path, similar_artists, similar_songs
from polymuse.errors import UserError
from polymuse.music import SCORE, StemInfo
from tests.catalog.conftest import MakeEntry
from tests.catalog.journeys.circle import at
from tests.helpers.ids import id_of, number_of

PRESENT = {"vocals": StemInfo(-20.0, present=True)}
DEGREES = range(0, 91, 10)
ANY = Settings(per_artist=0)


def fill(catalog: Catalog, entry: MakeEntry, numbers: Any = DEGREES, **fields: Any) -> None:
    """Tracks at these angles, each of an artist and an album of its own."""
    catalog.upsert(
        [entry(n, **{"mix": at(n), "artist": f"Artist {n}", "album": f"Album {n}", **fields}) for n in numbers]
    )


def tracks(catalog: Catalog, *numbers: int) -> list[Track]:
    return catalog.get([id_of(number) for number in numbers])


def between(catalog: Catalog, start: int, end: int, count: int, settings: Settings) -> list[Similar]:
    [first], [last] = tracks(catalog, start), tracks(catalog, end)
    return path(catalog, first, last, count, settings)


def numbers(found: list[Similar]) -> list[int]:
    return [number_of(each.track) for each in found]


class TestSimilarSongs:
    def test_the_nearest_come_first_with_their_cosines_and_without_the_song(
        self, catalog: Catalog, entry: MakeEntry
    ) -> None:
        fill(catalog, entry)
        found = similar_songs(catalog, tracks(catalog, 0), 3, ANY)
        assert numbers(found) == [10, 20, 30]
        assert [each.similarity for each in found] == pytest.approx(np.cos(np.radians([10, 20, 30])), abs=1e-3)
        assert numbers(similar_songs(catalog, tracks(catalog, 0), 9, ANY)) == [10, 20, 30, 40, 50, 60, 70, 80, 90]
        assert len(similar_songs(catalog, tracks(catalog, 0), MAX_COUNT + 1, ANY)) == 9
        assert similar_songs(catalog, tracks(catalog, 0), 0, ANY) == []
        assert similar_songs(catalog, tracks(catalog, 0), -1, ANY) == []
        assert similar_songs(catalog, [], 3, ANY) == []

    def test_what_is_unlike_has_no_negative_similarity(self, catalog: Catalog, entry: MakeEntry) -> None:
        fill(catalog, entry, [0, 150])
        assert [each.similarity for each in similar_songs(catalog, tracks(catalog, 0), 1, ANY)] == [0.0]

    def test_several_seeds_are_their_mean(self, catalog: Catalog, entry: MakeEntry) -> None:
        fill(catalog, entry)
        assert numbers(similar_songs(catalog, tracks(catalog, 0, 60), 2, ANY))[0] == 30
        assert numbers(similar_songs(catalog, tracks(catalog, 0, 20), 2, ANY, with_seeds=True)) == [10, 0]

    def test_no_song_comes_twice_nor_the_one_asked_about(self, catalog: Catalog, entry: MakeEntry) -> None:
        fill(catalog, entry)
        versions = {11: ("title 10 (Remastered)", "artist 10"), 2: ("Title 0 - Live", "Artist 0")}
        for number, (title, artist) in versions.items():
            fill(catalog, entry, [number], title=title, artist=artist)
        fill(catalog, entry, [201], mix=at(20.5), title="Another name")  # cos .5° = .99996: the same recording as 20
        assert numbers(similar_songs(catalog, tracks(catalog, 0), 4, ANY)) == [10, 20, 30, 40]

    def test_at_most_so_many_of_an_artist_while_there_are_others(self, catalog: Catalog, entry: MakeEntry) -> None:
        fill(catalog, entry, [10, 20, 30, 40], artist="One")
        fill(catalog, entry, [0, 50, 60])
        found = similar_songs(catalog, tracks(catalog, 0), 4, Settings(per_artist=2))
        assert numbers(found) == [10, 20, 50, 60]
        assert numbers(similar_songs(catalog, tracks(catalog, 0), 5, Settings(per_artist=2))) == [10, 20, 30, 50, 60]

    def test_without_the_artist_or_album_of_the_song(self, catalog: Catalog, entry: MakeEntry) -> None:
        fill(catalog, entry)
        fill(catalog, entry, [10], artist="Artist 0")
        fill(catalog, entry, [20], artist="Artist 0", album="Album 0")
        seeds = tracks(catalog, 0)
        assert numbers(similar_songs(catalog, seeds, 3, Settings(exclude_artist=True))) == [30, 40, 50]
        assert numbers(similar_songs(catalog, seeds, 3, Settings(exclude_album=True))) == [10, 30, 40]

    def test_a_filter_and_no_scores(self, catalog: Catalog, entry: MakeEntry) -> None:
        fill(catalog, entry)
        catalog.upsert([entry(5, mix=at(5), kind=SCORE, format="midi", duration=0.0)])
        assert numbers(similar_songs(catalog, tracks(catalog, 0), 1, ANY)) == [10]
        where = parse_filter('-artist:"Artist 10" -artist:"Artist 20"')
        assert numbers(similar_songs(catalog, tracks(catalog, 0), 2, Settings(where=where))) == [30, 40]


class TestStems:
    def test_the_stem_is_compared(self, catalog: Catalog, entry: MakeEntry) -> None:
        for number in DEGREES:
            fill(catalog, entry, [number], mix=at(number, 10), vocals=at(90 - number), stems=PRESENT)
        assert numbers(similar_songs(catalog, tracks(catalog, 90), 2, Settings("vocals"))) == [80, 70]

    def test_a_song_without_the_stem_has_a_definite_nothing(self, catalog: Catalog, entry: MakeEntry) -> None:
        fill(catalog, entry, [0, 10])
        fill(catalog, entry, [20], vocals=at(0), stems=PRESENT)
        settings = Settings("vocals")
        assert similar_songs(catalog, tracks(catalog, 0), 3, settings) == []
        assert between(catalog, 0, 20, 3, settings) == []
        assert similar_artists(catalog, tracks(catalog, 0), "Artist 0", 3, "vocals") == []

    def test_a_stem_that_no_song_has_is_an_error_of_the_settings(self, catalog: Catalog, entry: MakeEntry) -> None:
        fill(catalog, entry, [0, 10])
        for settings in (Settings("drums"), Settings("kazoo")):
            with pytest.raises(UserError, match="No track has a stem"):
                similar_songs(catalog, tracks(catalog, 0), 3, settings)


class TestPath:
    def test_from_the_start_to_the_end_with_similarities_to_the_start(self, catalog: Catalog, entry: MakeEntry) -> None:
        fill(catalog, entry)
        found = between(catalog, 0, 90, 4, ANY)
        assert numbers(found) == [0, 30, 60, 90]
        assert [each.similarity for each in found] == pytest.approx([1, np.cos(np.pi / 6), 0.5, 0], abs=1e-3)
        assert len(between(catalog, 0, 90, MAX_COUNT, ANY)) == 10

    @pytest.mark.parametrize("count", [-1, 0, 1, 2])
    def test_both_ends_whatever_the_count(self, catalog: Catalog, entry: MakeEntry, count: int) -> None:
        fill(catalog, entry)
        found = between(catalog, 0, 60, count, ANY)
        assert numbers(found) == [0, 60]
        assert [each.similarity for each in found] == pytest.approx([1, 0.5], abs=1e-3)

    def test_to_itself(self, catalog: Catalog, entry: MakeEntry) -> None:
        fill(catalog, entry)
        assert between(catalog, 0, 0, 5, ANY) == [Similar(tracks(catalog, 0)[0], 1.0)]


class TestSimilarArtists:
    def test_those_of_the_nearest_songs_but_not_for_a_single_one(self, catalog: Catalog, entry: MakeEntry) -> None:
        """To the song at 0°: Once has .996 and then the last of all, Often .985, .975 and .966."""
        fill(catalog, entry, [0, 2], artist="One")
        fill(catalog, entry, [5], artist="Once", musicbrainz={"artist": ("an-id",)})
        fill(catalog, entry, [10, 13, 15], artist="Often")
        fill(catalog, entry, [60], artist="Far")
        found = similar_artists(catalog, tracks(catalog, 0, 2), "one", 10, "mix")
        assert [(each.name, each.mbid) for each in found] == [("Often", ""), ("Once", "an-id"), ("Far", "")]
        assert [each.name for each in similar_artists(catalog, tracks(catalog, 0), "One", 1, "mix")] == ["Often"]
        assert similar_artists(catalog, tracks(catalog, 0), "One", 0, "mix") == []

    def test_various_artists_are_nobody_and_several_are_each_one(self, catalog: Catalog, entry: MakeEntry) -> None:
        fill(catalog, entry, [0], artist="One")
        fill(catalog, entry, [10], artist="Various Artists")
        fill(catalog, entry, [20], artist="Two & Three", artists=("Two", "Three"))
        assert [each.name for each in similar_artists(catalog, tracks(catalog, 0), "One", 9, "mix")] == ["Three", "Two"]
