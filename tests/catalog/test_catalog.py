"""What a catalog does over either engine: writing, reading, filters, facets and pages."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.filters import parse_filter
from catalog.query import Audio, Query, Text
from catalog.track import Entry, FileRef
from catalog.validation import InvalidEntryError
from polymuse.errors import NotFoundError, UserError
from polymuse.music import StemInfo, Tag
from tests.helpers.ids import id_of, number_of

MakeEntry = Callable[..., Entry]


def _no_texts(texts: Sequence[str]) -> np.ndarray:
    raise AssertionError(texts)


class TestWritingAndReading:
    def test_everything_about_a_track_comes_back(self, catalog: Catalog, entry: MakeEntry) -> None:
        stored = entry(
            1,
            mix=[0.6, 0.8, 0, 0],
            vocals=[0, 0, 1, 0],
            paths=("/music/b\udce4ch.ogg", "/music/坂本.ogg"),
            title="戦場のメリークリスマス",
            artist="Ryuichi Sakamoto",
            album="Merry Christmas, Mr. Lawrence",
            year=1983,
            genres=("Soundtrack", "Ambient"),
            duration=287.125,
            stems={"vocals": StemInfo(-31.5, True), "drums": StemInfo(-math.inf, False)},
            tags=(Tag("calm", "mood", 0.75), Tag("piano", "instruments", 0.25)),
            models={"embedder": "ab" * 32},
            indexed_at="2026-11-22T10:00:00+00:00",
        )
        catalog.upsert([stored])
        assert catalog.get([stored.track.id]) == [stored.track]
        vectors = catalog.vectors([stored.track.id])[stored.track.id]
        assert sorted(vectors) == ["mix", "vocals"]
        assert vectors["mix"].dtype == np.float32
        np.testing.assert_allclose(vectors["mix"], [0.6, 0.8, 0, 0], atol=1e-6)

    def test_a_bare_track_comes_back(self, catalog: Catalog, entry: MakeEntry) -> None:
        catalog.upsert([entry(1, title="")])
        assert catalog.get([id_of(1)]) == [entry(1, title="").track]

    def test_numbers_keep_six_decimals(self, catalog: Catalog, entry: MakeEntry) -> None:
        third = 1 / 3  # Edge would read 117.66716656800544 back as 117.66716656800543
        tags, stems = (Tag("calm", "mood", third),), {"vocals": StemInfo(-third, True)}
        catalog.upsert([entry(1, duration=117.66716656800544, tags=tags, stems=stems)])
        [track] = catalog.get([id_of(1)])
        assert (track.duration, track.tags[0].confidence, track.stems["vocals"].level_db) == (
            117.667167,
            0.333333,
            -0.333333,
        )

    def test_a_title_that_is_not_utf8_is_made_readable(self, catalog: Catalog, entry: MakeEntry) -> None:
        catalog.upsert([entry(1, title="b\udce4ch")])
        assert catalog.get([id_of(1)])[0].title == "b\ufffdch"

    def test_tracks_come_in_the_order_of_the_ids(self, catalog: Catalog, entry: MakeEntry) -> None:
        catalog.upsert([entry(n) for n in (1, 2, 3)])
        assert [number_of(t) for t in catalog.get([id_of(3), id_of(1), id_of(3)])] == [3, 1, 3]

    @pytest.mark.parametrize("missing", [id_of(9), "not-an-id", "", "\udce4"])
    def test_an_unknown_id_is_not_found(self, catalog: Catalog, entry: MakeEntry, missing: str) -> None:
        catalog.upsert([entry(1)])
        with pytest.raises(NotFoundError, match="No track"):
            catalog.get([id_of(1), missing])
        with pytest.raises(NotFoundError, match="No track"):
            catalog.vectors([missing])

    def test_storing_a_track_again_replaces_it_whole(self, catalog: Catalog, entry: MakeEntry) -> None:
        catalog.upsert([entry(1, vocals=[0, 1, 0, 0], artist="Bach", year=1999)])
        catalog.upsert([entry(1, mix=[0, 0, 1, 0], title="New")])
        assert catalog.count() == 1
        assert catalog.get([id_of(1)]) == [entry(1, title="New").track]
        assert list(catalog.vectors([id_of(1)])[id_of(1)]) == ["mix"]

    def test_entries_of_one_id_unite_their_files(self, catalog: Catalog, entry: MakeEntry) -> None:
        catalog.upsert([entry(1, paths=("/a.ogg",), title="First"), entry(1, paths=("/b.ogg",), title="Last")])
        [track] = catalog.get([id_of(1)])
        assert [file.path for file in track.files] == ["/a.ogg", "/b.ogg"]
        assert track.title == "Last"

    def test_no_entries_are_no_work(self, catalog: Catalog) -> None:
        catalog.upsert([])
        assert catalog.count() == 0

    def test_update_leaves_the_vectors(self, catalog: Catalog, entry: MakeEntry) -> None:
        stored = entry(1, vocals=[0, 1, 0, 0], artist="Bach", tags=(Tag("calm", "mood", 0.9),))
        catalog.upsert([stored])
        before = catalog.vectors([id_of(1)])[id_of(1)]
        changed = replace(stored.track, artist="Händel", artists=("Händel",), tags=())
        catalog.update(changed)
        assert catalog.get([id_of(1)])[0] == changed
        after = catalog.vectors([id_of(1)])[id_of(1)]
        assert sorted(after) == ["mix", "vocals"]
        assert all((after[stem] == before[stem]).all() for stem in after)
        assert catalog.count(parse_filter("artist:händel has:vocals")) == 1
        assert catalog.count(parse_filter("artist:bach")) == catalog.count(parse_filter("tag:calm")) == 0

    def test_update_of_an_unknown_track_is_not_found(self, catalog: Catalog, entry: MakeEntry) -> None:
        with pytest.raises(NotFoundError):
            catalog.update(entry(1).track)
        assert catalog.count() == 0

    def test_delete_counts_what_was_there(self, catalog: Catalog, entry: MakeEntry) -> None:
        catalog.upsert([entry(n) for n in (1, 2, 3)])
        assert catalog.delete([id_of(1), id_of(2), id_of(2), id_of(9), "no-id"]) == 2
        assert [number_of(t) for t in catalog.scroll().tracks] == [3]

    def test_stats(self, catalog: Catalog, entry: MakeEntry) -> None:
        one, two = entry(1, vocals=[0, 1, 0, 0], duration=1800.0), entry(2, duration=5400.0)
        catalog.upsert([one, two])
        stats = catalog.stats()
        assert (stats.tracks, stats.hours, stats.stems) == (2, 2.0, {"mix": 2, "vocals": 1})


class TestPaths:
    def test_each_file_finds_its_track(self, catalog: Catalog, entry: MakeEntry) -> None:
        catalog.upsert([entry(1, paths=("/music/b\udce4ch.ogg", "/music/copy.ogg")), entry(2)])
        for path in ("/music/b\udce4ch.ogg", "/music/copy.ogg"):
            found = catalog.find_by_path(path)
            assert found is not None
            assert number_of(found) == 1
        for path in ("/music/b%E4ch.ogg", "/music", "copy.ogg", "/music/\ud800.ogg"):
            assert catalog.find_by_path(path) is None

    def test_a_track_goes_with_its_last_file(self, catalog: Catalog, entry: MakeEntry) -> None:
        catalog.upsert([entry(1, paths=("/a.ogg", "/b.ogg"))])
        assert catalog.remove_path("/a.ogg")
        [track] = catalog.get([id_of(1)])
        assert [file.path for file in track.files] == ["/b.ogg"]
        assert catalog.vectors([id_of(1)])
        assert not catalog.remove_path("/a.ogg")
        assert catalog.remove_path("/b.ogg")
        assert catalog.count() == 0

    def test_a_file_with_new_content_leaves_its_old_track(self, catalog: Catalog, entry: MakeEntry) -> None:
        catalog.upsert([entry(1, paths=("/a.ogg", "/b.ogg")), entry(2, paths=("/c.ogg",))])
        catalog.upsert([entry(3, paths=("/b.ogg", "/c.ogg"))])
        assert [number_of(t) for t in catalog.scroll().tracks] == [1, 3]
        assert [file.path for file in catalog.get([id_of(1)])[0].files] == ["/a.ogg"]

    def test_update_takes_a_file_over_too(self, catalog: Catalog, entry: MakeEntry) -> None:
        one, two = entry(1, paths=("/a.ogg",)), entry(2, paths=("/b.ogg",))
        catalog.upsert([one, two])
        catalog.update(replace(one.track, files=(FileRef("/a.ogg", 1, 1), FileRef("/b.ogg", 1, 1))))
        assert [number_of(t) for t in catalog.scroll().tracks] == [1]

    def test_two_tracks_of_a_batch_cannot_share_a_file(self, catalog: Catalog, entry: MakeEntry) -> None:
        with pytest.raises(InvalidEntryError, match=r"/a\.ogg"):
            catalog.upsert([entry(1, paths=("/a.ogg",)), entry(2, paths=("/a.ogg",))])
        assert catalog.count() == 0


class TestFilters:
    @pytest.fixture(autouse=True)
    def library(self, catalog: Catalog, entry: MakeEntry) -> None:
        calm = (Tag("calm", "mood", 0.6), Tag("piano", "instruments", 0.3))
        lively = (Tag("calm", "mood", 0.5), Tag("trip-hop", "genre", 0.9))
        catalog.upsert(
            [
                entry(1, artist="Björk", album="Début", year=1993, genres=("Pop", "Art"), duration=60.0, tags=calm),
                entry(2, artist="BJO\u0308RK", album="Post", year=1995, genres=("pop",), duration=120.0, tags=lively),
                entry(3, artist="Massive Attack", year=1998, genres=("Trip Hop",), vocals=[0, 1, 0, 0]),
                entry(4, paths=("/music/ab/4.ogg", "/other/b\udce4/4.ogg"), title="Straße nach Ärzten", year=0),
                entry(5, paths=("/music/a/5.ogg",), title='50% "off"', vocals=[0, 1, 0, 0], drums=[0, 1, 0, 0]),
            ]
        )

    @pytest.mark.parametrize(
        ("where", "expected"),
        [
            ("", [1, 2, 3, 4, 5]),
            ("artist:björk", [1, 2]),
            ('artist:BJÖRK artist:"massive  ATTACK"', [1, 2, 3]),
            ("artist:bjork", []),
            ("artist:björk album:post", [2]),
            ("genre:POP", [1, 2]),
            ("genre:art", [1]),
            ('genre:"trip hop"', [3]),
            ("title:strasse", [4]),
            ('title:"% \\"o"', [5]),
            ("title:straße title:50%", [4, 5]),
            ("year:1995", [2]),
            ("year:1993..1995", [1, 2]),
            ("year:1995..", [2, 3]),
            ("year:..1993", [1, 4]),  # track 5 has no year
            ("year:1993 year:1998", [1, 3]),
            ("duration:60..99.9", [1]),
            ("duration:100.5..", [2]),
            ("tag:calm", [1, 2]),  # 0.5 counts
            ("tag:calm>0.55", [1]),
            ("tag:calm>0.6", [1]),  # at least
            ("tag:calm>0.61", []),
            ("tag:piano", []),
            ("tag:piano>0.3", [1]),
            ("tag:calm tag:trip-hop", [2]),  # both
            ("tag:trip-hop>0.85", [2]),
            ("has:vocals", [3, 5]),
            ("has:vocals has:drums", [5]),  # both
            ("has:theremin", []),
            ("path:/music/a", [5]),  # not /music/ab
            ("path:/music/a/", [5]),
            ("path:/music/a/5.ogg", [5]),
            ("path:/music/ab path:/music/a", [4, 5]),
            ("path:/", [1, 2, 3, 4, 5]),
            ("path:/other/b\udce4", [4]),
            ("-artist:björk", [3, 4, 5]),
            ("-artist:björk -has:drums", [3, 4]),
            ("-tag:calm>0.55", [2, 3, 4, 5]),
            ("-year:1994..", [1, 4, 5]),
            ("artist:björk -genre:art", [2]),
            ("-path:/music", []),
        ],
    )
    def test_which_tracks_pass(self, catalog: Catalog, where: str, expected: list[int]) -> None:
        assert [number_of(t) for t in catalog.scroll(parse_filter(where)).tracks] == expected
        assert catalog.count(parse_filter(where)) == len(expected)

    def test_a_search_obeys_the_filter(self, catalog: Catalog) -> None:
        query = Query(texts=(Text("x"),), where=parse_filter("artist:björk -genre:art"))
        hits = catalog.search(query, lambda _: np.array([[1, 0, 0, 0]], dtype=np.float32))
        assert [number_of(hit.track) for hit in hits] == [2]


class TestFacets:
    @pytest.fixture(autouse=True)
    def library(self, catalog: Catalog, entry: MakeEntry) -> None:
        calm = (Tag("calm", "mood", 0.5), Tag("sad", "mood", 0.4))
        catalog.upsert(
            [
                entry(1, artist="Björk", year=1993, genres=("Pop", "POP"), tags=calm),
                entry(2, artist="BJÖRK", year=1995, genres=("pop", "Art")),
                entry(3, artist="Björk", year=1995, vocals=[0, 1, 0, 0], tags=calm),
                entry(4, artist="ABBA", album="Arrival", genres=("Pop",)),
            ]
        )

    @pytest.mark.parametrize(
        ("field", "expected"),
        [
            ("artist", {"Björk": 3, "ABBA": 1}),  # in the spelling of most tracks
            ("album", {"Arrival": 1}),
            ("genre", {"Pop": 3, "Art": 1}),
            ("year", {"1995": 2, "1993": 1}),
            ("tag", {"calm": 2}),
            ("stem", {"mix": 4, "vocals": 1}),
        ],
    )
    def test_counts_by_field(self, catalog: Catalog, field: str, expected: dict[str, int]) -> None:
        assert list(catalog.facets(field).items()) == list(expected.items())

    def test_counts_within_a_filter(self, catalog: Catalog) -> None:
        assert catalog.facets("year", parse_filter("tag:calm")) == {"1993": 1, "1995": 1}

    def test_only_the_most_frequent(self, catalog: Catalog) -> None:
        assert catalog.facets("artist", limit=1) == {"Björk": 3}

    def test_an_unknown_field_lists_the_known_ones(self, catalog: Catalog) -> None:
        with pytest.raises(UserError, match="artist, album, genre, albumartist, composer, year, kind, bpm, key"):
            catalog.facets("mood")


class TestScores:
    def test_the_same_search_gives_the_same_scores_to_the_last_bit(self, catalog: Catalog, entry: MakeEntry) -> None:
        """Or the pages of one query would not be those of one order."""
        vectors = np.random.default_rng(7).normal(size=(400, 4))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        catalog.upsert([entry(n, mix=vector) for n, vector in enumerate(vectors, 1)])
        query = Query(audio=(Audio({"mix": vectors[0].astype(np.float32)}),), limit=400)
        first = catalog.search(query, _no_texts)
        assert all(catalog.search(query, _no_texts) == first for _ in range(5))
        pages = [catalog.search(replace(query, limit=70, offset=offset), _no_texts) for offset in range(0, 400, 70)]
        assert [hit for page in pages for hit in page] == first


class TestPages:
    def test_pages_hold_every_track_once_in_order(self, catalog: Catalog, entry: MakeEntry) -> None:
        catalog.upsert([entry(n, title="even" if n % 2 == 0 else "odd") for n in range(1, 24)])
        numbers, cursor, pages = [], None, 0
        while True:
            page = catalog.scroll(parse_filter("title:odd"), limit=5, cursor=cursor)
            numbers += [number_of(track) for track in page.tracks]
            pages += 1
            cursor = page.cursor
            if cursor is None:
                break
        assert numbers == list(range(1, 24, 2))  # 12 tracks
        assert pages == 3

    def test_all_tracks_come_once_in_order(
        self, catalog: Catalog, entry: MakeEntry, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("catalog.engine.PAGE", 5)
        catalog.upsert([entry(n, title="even" if n % 2 == 0 else "odd") for n in range(1, 24)])
        assert [number_of(track) for track in catalog.tracks()] == list(range(1, 24))
        assert [number_of(track) for track in catalog.tracks(parse_filter("title:odd"))] == list(range(1, 24, 2))
        assert list(catalog.tracks(parse_filter("title:neither"))) == []

    def test_a_track_deleted_under_the_cursor_does_no_harm(self, catalog: Catalog, entry: MakeEntry) -> None:
        catalog.upsert([entry(n) for n in range(1, 6)])
        cursor = catalog.scroll(limit=2).cursor
        catalog.delete([id_of(3)])
        assert [number_of(t) for t in catalog.scroll(limit=9, cursor=cursor).tracks] == [4, 5]

    @pytest.mark.parametrize("limit", [0, -1, 1001])
    def test_impossible_page_sizes(self, catalog: Catalog, limit: int) -> None:
        with pytest.raises(UserError, match="1 to 1000"):
            catalog.scroll(limit=limit)

    def test_an_invalid_cursor(self, catalog: Catalog) -> None:
        with pytest.raises(UserError, match="not a cursor"):
            catalog.scroll(cursor="abc")


class TestMissing:
    """A track whose files are gone is kept, but found only on request."""

    SINCE = "2026-11-30T10:00:00+00:00"
    MISSING = parse_filter("missing:yes")

    def test_the_last_file_stays_with_a_missing_track(self, catalog: Catalog, entry: MakeEntry) -> None:
        stored = entry(1, paths=("/a.ogg", "/b.ogg"), vocals=[0, 0, 1, 0], compilation=True)
        catalog.upsert([stored, entry(2)])
        assert catalog.remove_path("/a.ogg", self.SINCE)
        assert catalog.get([id_of(1)])[0].missing_since == ""
        assert catalog.remove_path("/b.ogg", self.SINCE)
        [track] = catalog.tracks(self.MISSING)
        assert track == replace(stored.track, files=stored.track.files[1:], missing_since=self.SINCE)
        assert sorted(catalog.vectors([id_of(1)])[id_of(1)]) == ["mix", "vocals"]
        assert not catalog.remove_path("/a.ogg", self.SINCE)

    def test_a_missing_track_is_found_only_on_request(self, catalog: Catalog, entry: MakeEntry) -> None:
        catalog.upsert([entry(1, artist="Bach", missing_since=self.SINCE), entry(2, artist="Bach")])
        query = Query(audio=(Audio({"mix": np.array([1, 0, 0, 0], np.float32)}),))
        assert [hit.track.id for hit in catalog.search(query, _no_texts)] == [id_of(2)]
        asked = replace(query, where=self.MISSING)
        assert [hit.track.id for hit in catalog.search(asked, _no_texts)] == [id_of(1)]
        assert [track.id for track in catalog.tracks()] == [id_of(2)]
        assert [track.id for track in catalog.scroll(parse_filter("artist:bach")).tracks] == [id_of(2)]
        assert [track.id for track in catalog.scroll(parse_filter("-missing:yes")).tracks] == [id_of(2)]
        assert catalog.count() == catalog.count(self.MISSING) == 1
        assert catalog.facets("artist") == {"Bach": 1}
        assert (catalog.stats().tracks, catalog.stats().missing) == (1, 1)
        assert sorted(each.track.id for page in catalog.entries() for each in page) == sorted([id_of(1), id_of(2)])

    def test_a_track_comes_back(self, catalog: Catalog, entry: MakeEntry) -> None:
        catalog.upsert([entry(1, missing_since=self.SINCE)])
        [track] = catalog.tracks(self.MISSING)
        catalog.update(replace(track, missing_since=""))
        assert catalog.count() == 1
        assert catalog.count(self.MISSING) == 0
