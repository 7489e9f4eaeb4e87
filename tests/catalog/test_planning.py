"""Searches worked out by hand, over either engine.

The texts "x", "y", "z", "w" stand for the four axes of the space.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.filters import parse_filter
from catalog.query import Audio, Hit, Moment, Part, Query, Seed, Shared, Text
from catalog.track import Entry
from polymuse.errors import NotFoundError, UserError
from polymuse.music import Segment, StemInfo
from tests.helpers.ids import id_of, number_of

MakeEntry = Callable[..., Entry]

X, Y, Z = np.eye(4, dtype=np.float32)[:3]


def embed_text(texts: Sequence[str]) -> np.ndarray:
    return np.stack([np.eye(4, dtype=np.float32)["xyzw".index(text)] for text in texts])


def found(catalog: Catalog, query: Query) -> list[tuple[int, Any]]:
    """The numbers of the hits, and their scores as pytest.approx."""
    return [(number_of(hit.track), pytest.approx(hit.score, abs=1e-6)) for hit in hits(catalog, query)]


def hits(catalog: Catalog, query: Query) -> list[Hit]:
    return catalog.search(query, embed_text)


@pytest.fixture
def library(catalog: Catalog, entry: MakeEntry) -> Catalog:
    catalog.upsert(
        [
            entry(1, mix=[1, 0, 0, 0], vocals=[0, 1, 0, 0]),
            entry(2, mix=[0.6, 0.8, 0, 0], vocals=[1, 0, 0, 0]),
            entry(3, mix=[0, 1, 0, 0], stems={"vocals": StemInfo(-80.0, present=False)}),
            entry(4, mix=[0, 0, 1, 0]),  # never separated
        ]
    )
    return catalog


class TestOneStem:
    def test_nearest_to_a_text(self, library: Catalog) -> None:
        assert found(library, Query(texts=(Text("x"),))) == [(1, 1.0), (2, 0.6), (3, 0.0), (4, 0.0)]

    def test_tracks_without_the_stem_are_not_found(self, library: Catalog) -> None:
        assert found(library, Query(texts=(Text("x"),), stems={"vocals": 2.0})) == [(2, 1.0), (1, 0.0)]

    def test_weights_of_texts(self, library: Catalog) -> None:
        # 3 x + 4 y, normalised: (0.6, 0.8): 1 -> 0.6, 2 -> 0.36 + 0.64, 3 -> 0.8
        query = Query(texts=(Text("x", 3.0), Text("y", 4.0)))
        assert found(library, query) == [(2, 1.0), (3, 0.8), (1, 0.6), (4, 0.0)]

    def test_away_from_a_text(self, library: Catalog) -> None:
        # (x - y) / sqrt 2: 1 -> 0.7071, 2 -> -0.2 / sqrt 2 = -0.1414, 3 -> -0.7071
        half = math.sqrt(0.5)
        query = Query(texts=(Text("x"),), not_texts=(Text("y"),))
        assert found(library, query) == [(1, half), (4, 0.0), (2, -0.2 * half), (3, -half)]

    def test_only_away(self, library: Catalog) -> None:
        assert found(library, Query(not_texts=(Text("x"),))) == [(3, 0.0), (4, 0.0), (2, -0.6), (1, -1.0)]

    def test_like_a_track_that_is_not_its_own_hit(self, library: Catalog) -> None:
        assert found(library, Query(tracks=(Seed(id_of(1)),))) == [(2, 0.6), (3, 0.0), (4, 0.0)]

    def test_unlike_a_track(self, library: Catalog) -> None:
        # (y - x) / sqrt 2; neither 1 nor 3 is a hit
        query = Query(tracks=(Seed(id_of(3)),), not_tracks=(Seed(id_of(1)),))
        assert found(library, query) == [(2, 0.2 * math.sqrt(0.5)), (4, 0.0)]

    def test_the_same_stem_of_a_track(self, library: Catalog) -> None:
        # the vocals of 1 are y; those of 2 are x
        assert found(library, Query(tracks=(Seed(id_of(1)),), stems={"vocals": 1.0})) == [(2, 0.0)]

    def test_the_mix_of_a_track_that_was_never_separated(self, library: Catalog) -> None:
        # the mix of 4 is z, with x added: (x + z) / sqrt 2
        query = Query(tracks=(Seed(id_of(4)),), texts=(Text("x"),), stems={"vocals": 1.0})
        assert found(library, query) == [(2, math.sqrt(0.5)), (1, 0.0)]

    def test_a_silent_stem_is_rejected(self, library: Catalog) -> None:
        with pytest.raises(UserError, match='"vocals" of "Title 3" is silent'):
            hits(library, Query(tracks=(Seed(id_of(3)),), stems={"vocals": 1.0}))

    def test_audio_speaks_by_its_stem_or_its_mix(self, library: Catalog) -> None:
        with_vocals, without = Audio({"mix": Z, "vocals": X}), Audio({"mix": Y})
        assert found(library, Query(audio=(with_vocals,), stems={"vocals": 1.0})) == [(2, 1.0), (1, 0.0)]
        assert found(library, Query(audio=(without,), stems={"vocals": 1.0})) == [(1, 1.0), (2, 0.0)]

    def test_away_from_audio(self, library: Catalog) -> None:
        query = Query(texts=(Text("x"),), not_audio=(Audio({"mix": Y}),))
        assert [number for number, _ in found(library, query)] == [1, 4, 2, 3]

    def test_stem_of_the_hit(self, library: Catalog) -> None:
        [hit, *_] = hits(library, Query(texts=(Text("x"),)))
        assert (hit.stem, list(hit.stem_scores)) == ("mix", ["mix"])

    def test_texts_are_embedded_once_and_together(self, library: Catalog) -> None:
        calls = []

        def spy(texts: Sequence[str]) -> np.ndarray:
            calls.append(list(texts))
            return embed_text(texts)

        library.search(
            Query(texts=(Text("x"), Text("y")), not_texts=(Text("z"),), stems={"mix": 1.0, "vocals": 1.0}), spy
        )
        assert calls == [["x", "y", "z"]]


class TestSeveralStems:
    def test_weighted_mean_in_which_a_missing_stem_counts_0(self, library: Catalog) -> None:
        # weights 1 and 3: 1 -> (1 + 0) / 4, 2 -> (0.6 + 3) / 4, 3 -> 0 / 4, 4 -> 0 / 4
        query = Query(texts=(Text("x"),), stems={"mix": 1.0, "vocals": 3.0})
        assert found(library, query) == [(2, 0.9), (1, 0.25), (3, 0.0), (4, 0.0)]

    def test_what_each_stem_gave(self, library: Catalog) -> None:
        first, second, third, _ = hits(library, Query(texts=(Text("x"),), stems={"mix": 1.0, "vocals": 3.0}))
        assert first.stem == "vocals"  # 3 * 1 against 1 * 0.6
        assert first.stem_scores == pytest.approx({"mix": 0.6, "vocals": 1.0}, abs=1e-6)
        assert second.stem == "mix"
        assert list(third.stem_scores) == ["mix"]

    def test_each_stem_of_a_track_asks_for_its_own(self, library: Catalog) -> None:
        # seed 1: mix x, vocals y. Track 2: mix 0.6, vocals 0 -> 0.3
        query = Query(tracks=(Seed(id_of(1)),), stems={"mix": 1.0, "vocals": 1.0})
        assert found(library, query) == [(2, 0.3), (3, 0.0), (4, 0.0)]

    def test_a_stem_seen_for_the_first_time_becomes_searchable(self, library: Catalog, entry: MakeEntry) -> None:
        library.upsert([entry(5, mix=[0, 0, 0, 1], choir=[0.8, 0, 0, 0.6])])
        assert found(library, Query(texts=(Text("x"),), stems={"choir": 1.0})) == [(5, 0.8)]


class TestDiversity:
    @pytest.fixture
    def twins(self, catalog: Catalog, entry: MakeEntry) -> Catalog:
        # scores for x: 0.8, 0.8, 0.6; 1 and 2 are the same, 3 is 0.48 like them
        mixes = {1: [0.8, 0.6, 0, 0], 2: [0.8, 0.6, 0, 0], 3: [0.6, 0, 0.8, 0]}
        catalog.upsert([entry(number, mix=mix) for number, mix in mixes.items()])
        return catalog

    def test_without_it_twins_follow_each_other(self, twins: Catalog) -> None:
        assert found(twins, Query(texts=(Text("x"),))) == [(1, 0.8), (2, 0.8), (3, 0.6)]

    def test_the_different_one_comes_before_the_twin(self, twins: Catalog) -> None:
        # after 1: 2 -> 0.5 * 0.8 - 0.5 * 1 = -0.1; 3 -> 0.5 * 0.6 - 0.5 * 0.48 = 0.06
        assert found(twins, Query(texts=(Text("x"),), diversity=0.5)) == [(1, 0.8), (3, 0.6), (2, 0.8)]

    def test_a_little_is_not_enough(self, twins: Catalog) -> None:
        # d = 0.2: 2 -> 0.64 - 0.2 = 0.44; 3 -> 0.48 - 0.096 = 0.384
        assert [n for n, _ in found(twins, Query(texts=(Text("x"),), diversity=0.2))] == [1, 2, 3]

    def test_all_of_it_still_starts_with_the_best(self, twins: Catalog) -> None:
        assert [n for n, _ in found(twins, Query(texts=(Text("z"),), diversity=1.0))] == [3, 1, 2]

    def test_stems_count_as_in_the_score(self, catalog: Catalog, entry: MakeEntry) -> None:
        # weights mix 1, vocals 3. All mixes x, so that only vocals tell tracks apart. Text x.
        # scores: 1 -> (1 + 2.4) / 4 = 0.85, 2 -> 0.85, 3 -> (1 + 1.8) / 4 = 0.7
        # after 1: sim(2) = 1, sim(3) = (1 + 3 * 0.48) / 4 = 0.61; d = 0.5: 2 -> -0.075, 3 -> 0.045
        vocals = {1: [0.8, 0.6, 0, 0], 2: [0.8, 0.6, 0, 0], 3: [0.6, 0, 0.8, 0]}
        catalog.upsert([entry(number, mix=[1, 0, 0, 0], vocals=vector) for number, vector in vocals.items()])
        query = Query(texts=(Text("x"),), stems={"mix": 1.0, "vocals": 3.0}, diversity=0.5)
        assert found(catalog, query) == [(1, 0.85), (3, 0.7), (2, 0.85)]

    def test_pages_of_one_ranking(self, twins: Catalog) -> None:
        pages = [found(twins, Query(texts=(Text("x"),), diversity=0.5, limit=1, offset=n))[0][0] for n in range(3)]
        assert pages == [1, 3, 2]


class TestPagesAndScores:
    def test_equal_scores_come_by_id(self, catalog: Catalog, entry: MakeEntry) -> None:
        catalog.upsert([entry(number) for number in (7, 3, 9, 1, 5)])
        assert [n for n, _ in found(catalog, Query(texts=(Text("x"),)))] == [1, 3, 5, 7, 9]
        assert [n for n, _ in found(catalog, Query(texts=(Text("x"),), limit=2, offset=2))] == [5, 7]

    def test_a_page_after_the_last_is_empty(self, library: Catalog) -> None:
        assert found(library, Query(texts=(Text("x"),), offset=4)) == []

    @pytest.mark.parametrize("stems", [{"mix": 1.0}, {"mix": 1.0, "vocals": 1.0}])
    def test_minimum_score(self, library: Catalog, stems: dict[str, float]) -> None:
        # mix alone: 1.0 and 0.6; with vocals (1 + 0) / 2 and (0.6 + 1) / 2
        scores = [hit.score for hit in hits(library, Query(texts=(Text("x"),), stems=stems, min_score=0.5))]
        assert len(scores) == 2
        assert min(scores) >= 0.5

    def test_an_empty_catalog_has_no_hits(self, catalog: Catalog) -> None:
        assert hits(catalog, Query(texts=(Text("x"),), stems={"vocals": 1.0})) == []

    def test_a_filter_that_lets_nothing_through(self, library: Catalog) -> None:
        query = Query(texts=(Text("x"),), where=parse_filter("artist:nobody"), diversity=0.5)
        assert hits(library, query) == []


class TestRefusals:
    @pytest.mark.parametrize(
        ("query", "complaint"),
        [
            (Query(), "empty"),
            (Query(texts=(Text("x"),), stems={}), "names no stem"),
            (Query(texts=(Text("x"),), stems={"theremin": 1.0}), '"theremin".*mix, vocals'),
            (Query(texts=(Text("x", 0.0),)), "weight"),
            (Query(texts=(Text("x", -1.0),)), "weight"),
            (Query(texts=(Text("x"),), not_texts=(Text("y", math.nan),)), "weight"),
            (Query(texts=(Text("x"),), stems={"mix": math.inf}), "weight"),
            (Query(texts=(Text("x"),), not_texts=(Text("x"),)), "cancel"),
            (Query(texts=(Text("x"),), limit=0), "limit"),
            (Query(texts=(Text("x"),), offset=-1), "limit"),
            (Query(texts=(Text("x"),), limit=1000, offset=1), "1000"),
            (Query(texts=(Text("x"),), diversity=1.5), "diversity"),
            (Query(texts=(Text("x"),), min_score=math.nan), "minimum score"),
            (Query(audio=(Audio({"vocals": X}),)), 'no "mix"'),
            (Query(audio=(Audio({"mix": np.zeros(4, dtype=np.float32)}),)), "norm is 0"),
            (Query(audio=(Audio({"mix": np.ones(3, dtype=np.float32)}),)), r"shape \[3\]"),
        ],
    )
    def test_a_query_that_makes_no_sense(self, library: Catalog, query: Query, complaint: str) -> None:
        with pytest.raises(UserError, match=complaint):
            hits(library, query)

    @pytest.mark.parametrize("missing", [id_of(99), "no-id"])
    def test_an_unknown_track(self, library: Catalog, missing: str) -> None:
        with pytest.raises(NotFoundError, match=missing):
            hits(library, Query(texts=(Text("x"),), not_tracks=(Seed(missing),)))

    def test_an_unknown_track_of_an_empty_catalog(self, catalog: Catalog) -> None:
        with pytest.raises(NotFoundError):
            hits(catalog, Query(tracks=(Seed(id_of(1)),)))

    def test_texts_of_another_model(self, library: Catalog) -> None:
        with pytest.raises(UserError, match=r"shape \[768\].*the model that the catalog was made with"):
            library.search(Query(texts=(Text("x"),)), lambda texts: np.ones((len(texts), 768), dtype=np.float32))


class TestAcrossStems:
    def test_vocals_against_mixes(self, library: Catalog) -> None:
        # the vocals of 1 are y: mixes of 2 -> 0.8, 3 -> 1, 4 -> 0
        assert found(library, Query(tracks=(Seed(id_of(1), stem="vocals"),))) == [(3, 1.0), (2, 0.8), (4, 0.0)]

    def test_mix_against_vocals(self, library: Catalog) -> None:
        # the mix of 2 is (0.6, 0.8); vocals of 1: y
        assert found(library, Query(tracks=(Seed(id_of(2), stem="mix"),), stems={"vocals": 1.0})) == [(1, 0.8)]

    def test_one_stem_speaks_for_all(self, library: Catalog) -> None:
        # the vocals of 1, y, against mix and vocals alike: 2 -> (0.8 + 0) / 2, 3 -> (1 + 0) / 2
        query = Query(tracks=(Seed(id_of(1), stem="vocals"),), stems={"mix": 1.0, "vocals": 1.0})
        assert found(library, query) == [(3, 0.5), (2, 0.4), (4, 0.0)]

    def test_away_from_the_vocals_of_a_track(self, library: Catalog) -> None:
        # x - y as a text and the vocals of 1: neither 1 nor its twin are nearer than -0.2 / sqrt 2 and -1 / sqrt 2
        half = math.sqrt(0.5)
        query = Query(texts=(Text("x"),), not_tracks=(Seed(id_of(1), stem="vocals"),))
        assert found(library, query) == [(4, 0.0), (2, -0.2 * half), (3, -half)]

    @pytest.mark.parametrize(
        ("number", "stem", "complaint"),
        [
            (3, "vocals", 'The stem "vocals" of "Title 3" is silent'),
            (4, "vocals", '"Title 4" has no stem "vocals". It has mix.'),
            (1, "theremin", 'No track has a stem "theremin". The catalog has mix, vocals.'),
        ],
    )
    def test_a_stem_that_the_track_has_not(self, library: Catalog, number: int, stem: str, complaint: str) -> None:
        with pytest.raises(UserError, match=complaint):
            hits(library, Query(tracks=(Seed(id_of(number), stem=stem),)))


class TestExclusions:
    @pytest.fixture
    def albums(self, catalog: Catalog, entry: MakeEntry) -> Catalog:
        catalog.upsert(
            [
                entry(1, mix=[1, 0, 0, 0], artist="Björk", album="Debut"),
                entry(2, mix=[0.8, 0.6, 0, 0], artist="BJÖRK", album="Post"),
                entry(3, mix=[0.6, 0.8, 0, 0], artist="Other", album="debut"),
                entry(4, mix=[0, 1, 0, 0]),
            ]
        )
        return catalog

    @pytest.mark.parametrize(
        ("shared", "expected"),
        [
            (frozenset(), [2, 3, 4]),
            (frozenset({"artist"}), [3, 4]),
            (frozenset({"album"}), [2, 4]),
            (frozenset({"artist", "album"}), [4]),
        ],
    )
    def test_without_what_a_track_shares(self, albums: Catalog, shared: frozenset[Shared], expected: list[int]) -> None:
        query = Query(tracks=(Seed(id_of(1)),), without_same=shared)
        assert [number for number, _ in found(albums, query)] == expected

    def test_a_track_without_a_name_shares_it_with_none(self, albums: Catalog) -> None:
        query = Query(tracks=(Seed(id_of(4)),), without_same=frozenset({"artist", "album"}))
        assert [number for number, _ in found(albums, query)] == [3, 2, 1]

    def test_each_of_the_artists_is_shared_but_various_artists(self, catalog: Catalog, entry: MakeEntry) -> None:
        catalog.upsert(
            [
                entry(1, artist="A & B", artists=("A", "B")),
                entry(2, artist="b"),
                entry(3, artist="C & A", artists=("C", "A")),
                entry(4, artist="Various Artists"),
                entry(5, artist="Various Artists"),
            ]
        )
        query = Query(tracks=(Seed(id_of(1)),), without_same=frozenset({"artist"}))
        assert [n for n, _ in found(catalog, query)] == [4, 5]
        assert [n for n, _ in found(catalog, replace(query, tracks=(Seed(id_of(4)),)))] == [1, 2, 3, 5]

    def test_albums_of_one_title_are_told_apart_by_their_artist(self, catalog: Catalog, entry: MakeEntry) -> None:
        album_artists = {1: "Queen", 2: "QUEEN", 3: "ABBA", 4: ""}
        catalog.upsert([entry(n, album="Greatest Hits", album_artist=name) for n, name in album_artists.items()])
        query = Query(tracks=(Seed(id_of(1)),), without_same=frozenset({"album"}))
        assert [n for n, _ in found(catalog, query)] == [3, 4]
        assert [n for n, _ in found(catalog, replace(query, tracks=(Seed(id_of(4)),)))] == []

    def test_an_unwanted_track_shares_nothing(self, albums: Catalog) -> None:
        query = Query(texts=(Text("y"),), not_tracks=(Seed(id_of(1)),), without_same=frozenset({"artist"}))
        assert [number for number, _ in found(albums, query)] == [4, 3, 2]

    @pytest.fixture
    def copies(self, catalog: Catalog, entry: MakeEntry) -> Catalog:
        # cosines with 1: 2 -> 0.9960 (a duplicate), 3 -> 0.9943 (none). 5 is 4 again, in other vocals.
        angles = {1: 0.0, 2: math.acos(0.996), 3: -math.acos(0.9943)}
        catalog.upsert([entry(n, mix=[math.cos(a), math.sin(a), 0, 0]) for n, a in angles.items()])
        catalog.upsert([entry(4, mix=[0, 0, 1, 0], vocals=X), entry(5, mix=[0, 0, 1, 0], vocals=Y)])
        return catalog

    def test_near_duplicates_of_a_better_hit(self, copies: Catalog) -> None:
        assert [n for n, _ in found(copies, Query(texts=(Text("x"),)))] == [1, 2, 3, 4, 5]
        assert [n for n, _ in found(copies, Query(texts=(Text("x"),), without_duplicates=True))] == [1, 3, 4]

    def test_near_duplicates_of_a_wanted_track(self, copies: Catalog) -> None:
        query = Query(tracks=(Seed(id_of(1)),), without_duplicates=True)
        assert [n for n, _ in found(copies, query)] == [3, 4]

    def test_near_duplicates_of_wanted_audio(self, copies: Catalog) -> None:
        query = Query(audio=(Audio({"mix": Z}),), without_duplicates=True)
        assert [n for n, _ in found(copies, query)] == [1, 3]

    def test_it_is_the_mixes_that_are_compared(self, copies: Catalog) -> None:
        query = Query(texts=(Text("x"),), stems={"vocals": 1.0}, without_duplicates=True)
        assert found(copies, query) == [(4, 1.0)]

    def test_together_with_diversity(self, copies: Catalog) -> None:
        # after 1: 3 -> 0.4 * 0.9943 - 0.6 * 0.9943 = -0.19886; 4 -> 0
        query = Query(texts=(Text("x"),), without_duplicates=True, diversity=0.6)
        assert [n for n, _ in found(copies, query)] == [1, 4, 3]


class TestMoments:
    @pytest.fixture
    def concert(self, catalog: Catalog, entry: MakeEntry) -> Catalog:
        """1 has one moment of y in a track of x; 2 is y throughout, but less so; 3 has no segments."""
        catalog.upsert(
            [
                entry(1, mix=X, segments=(Segment(0, 30, X), Segment(15, 45, Y), Segment(30, 60, X)), artist="A"),
                entry(2, mix=[0.6, 0.8, 0, 0], segments=(Segment(0, 30, axes(0.8, 0.6)), Segment(30, 60, X))),
                entry(3, mix=Y, artist="A"),
                entry(4, mix=Z, segments=(Segment(0, 30, axes(0, 0.28, 0.96)),)),
            ]
        )
        return catalog

    def test_none_unless_asked_for(self, concert: Catalog) -> None:
        assert [hit.moment for hit in hits(concert, Query(texts=(Text("y"),)))] == [None] * 4

    def test_located_without_changing_the_order(self, concert: Catalog) -> None:
        answer = hits(concert, Query(texts=(Text("y"),), moments="locate"))
        assert moments(answer) == [
            (3, 1.0, None),
            (2, approx(0.8), (0, 30, approx(0.6))),
            (1, 0.0, (15, 45, 1.0)),
            (4, 0.0, (0, 30, approx(0.28))),
        ]

    def test_located_by_the_mix_whatever_stems_are_ranked(self, concert: Catalog, entry: MakeEntry) -> None:
        concert.upsert([entry(5, vocals=Z, segments=(Segment(0, 30, X), Segment(20, 50, axes(0.6, 0.8))))])
        [hit] = hits(concert, Query(texts=(Text("y"),), stems={"vocals": 1.0}, moments="locate"))
        assert hit.moment == Moment(20, 50, approx(0.8))

    def test_ranked_by_the_best_moment(self, concert: Catalog) -> None:
        answer = hits(concert, Query(texts=(Text("y"),), moments="rank"))
        assert moments(answer) == [
            (1, 1.0, (15, 45, 1.0)),
            (2, approx(0.6), (0, 30, approx(0.6))),
            (4, approx(0.28), (0, 30, approx(0.28))),
        ]
        assert (answer[0].stem, answer[0].stem_scores) == ("mix", {"mix": approx(1.0)})

    def test_ranked_within_a_filter(self, concert: Catalog) -> None:
        query = Query(texts=(Text("y"),), moments="rank", where=parse_filter("artist:a"))
        assert [number for number, _ in found(concert, query)] == [1]
        nobody = Query(texts=(Text("y"),), moments="rank", where=parse_filter("artist:nobody"))
        assert found(concert, nobody) == []

    def test_a_named_track_is_no_hit(self, concert: Catalog) -> None:
        # the mix of 1 is x: the first moment of 2 is 0.8 like it, its second 1
        answer = hits(concert, Query(tracks=(Seed(id_of(1)),), moments="rank"))
        assert moments(answer) == [(2, 1.0, (30, 60, 1.0)), (4, 0.0, (0, 30, 0.0))]

    def test_pages_and_minimum(self, concert: Catalog) -> None:
        one_by_one = [found(concert, Query(texts=(Text("y"),), moments="rank", limit=1, offset=n)) for n in range(4)]
        assert [[number for number, _ in page] for page in one_by_one] == [[1], [2], [4], []]
        best = Query(texts=(Text("y"),), moments="rank", min_score=0.5)
        assert [number for number, _ in found(concert, best)] == [1, 2]

    def test_many_segments_of_one_track_do_not_hide_another(self, catalog: Catalog, entry: MakeEntry) -> None:
        # 300 near segments of one track come before the only one of the other: more than are fetched at first
        crowd = tuple(Segment(n, n + 1.0, X) for n in range(300))
        catalog.upsert([entry(1, segments=crowd), entry(2, segments=(Segment(0, 30, axes(0.6, 0.8)),))])
        answer = hits(catalog, Query(texts=(Text("x"),), moments="rank", limit=2))
        assert moments(answer) == [(1, 1.0, (0, 1, 1.0)), (2, approx(0.6), (0, 30, approx(0.6)))]

    def test_stems_cannot_be_ranked_by_moment(self, library: Catalog) -> None:
        with pytest.raises(UserError, match="Moments are of the mix, and cannot be ranked by vocals"):
            hits(library, Query(texts=(Text("x"),), stems={"vocals": 1.0}, moments="rank"))

    def test_a_catalog_without_moments(self, library: Catalog) -> None:
        assert {hit.moment for hit in hits(library, Query(texts=(Text("x"),), moments="locate"))} == {None}
        with pytest.raises(UserError, match="No track of the catalog has moments"):
            hits(library, Query(texts=(Text("x"),), moments="rank"))


class TestExplanation:
    def test_none_unless_asked_for(self, library: Catalog) -> None:
        assert hits(library, Query(texts=(Text("x"),)))[0].parts == ()

    def test_every_part_of_one_stem(self, library: Catalog) -> None:
        # t = 3 x + 4 y - 0 ... - 2 z, |t| = sqrt 29; track 2 is (0.6, 0.8): 1.8 / |t| + 3.2 / |t| - 0
        query = Query(
            texts=(Text("x", 3.0),), audio=(Audio({"mix": Y}, 4.0),), not_tracks=(Seed(id_of(4), 2.0),), explain=True
        )
        norm = math.sqrt(29)
        best = hits(library, query)[0]
        assert best.score == approx(5 / norm)
        assert best.parts == (
            Part("text", "x", "mix", 3.0, approx(0.6), approx(1.8 / norm)),
            Part("not_track", "Title 4", "mix", 2.0, approx(0), approx(0)),
            Part("audio", "", "mix", 4.0, approx(0.8), approx(3.2 / norm)),
        )

    def test_what_is_unwanted_takes_away(self, library: Catalog) -> None:
        # (x - y) / sqrt 2 with 3, which is y
        last = hits(library, Query(texts=(Text("x"),), not_texts=(Text("y"),), explain=True))[-1]
        assert last.parts == (
            Part("text", "x", "mix", 1.0, approx(0), approx(0)),
            Part("not_text", "y", "mix", 1.0, approx(1), approx(-math.sqrt(0.5))),
        )

    def test_stems_have_their_share(self, library: Catalog) -> None:
        query = Query(texts=(Text("x"),), stems={"mix": 1.0, "vocals": 3.0}, explain=True)
        first, _, without_vocals, _ = hits(library, query)
        assert first.parts == (
            Part("text", "x", "mix", 1.0, approx(0.6), approx(0.15)),
            Part("text", "x", "vocals", 1.0, approx(1), approx(0.75)),
        )
        assert [part.stem for part in without_vocals.parts] == ["mix"]

    def test_the_moment_that_was_ranked_by(self, catalog: Catalog, entry: MakeEntry) -> None:
        catalog.upsert([entry(1, mix=X, segments=(Segment(0, 30, axes(0.6, 0.8)),))])
        [hit] = hits(catalog, Query(texts=(Text("y"),), moments="rank", explain=True))
        assert hit.parts == (Part("text", "y", "mix", 1.0, approx(0.8), approx(0.8)),)
        assert hit.track.title == "Title 1"


def axes(*values: float) -> np.ndarray:
    return np.array([*values, 0, 0, 0, 0][:4], dtype=np.float32)


def moments(answer: list[Hit]) -> list[tuple[int, Any, Any]]:
    """Number, score and moment of each hit."""
    spans = [hit.moment and (hit.moment.start, hit.moment.end, approx(hit.moment.score)) for hit in answer]
    return [(number_of(hit.track), approx(hit.score), span) for hit, span in zip(answer, spans, strict=True)]


def approx(value: float) -> Any:
    return pytest.approx(value, abs=1e-6)
