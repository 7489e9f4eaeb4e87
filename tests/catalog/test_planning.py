"""Searches worked out by hand, over either engine.

The texts "x", "y", "z", "w" stand for the four axes of the space.
"""

import math
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.filters import parse_filter
from catalog.query import Audio, Hit, Query, Seed, Text
from catalog.track import Entry, StemInfo
from polymuse.errors import NotFoundError, UserError

MakeEntry = Callable[..., Entry]

X, Y, Z = np.eye(4, dtype=np.float32)[:3]


def embed_text(texts: Sequence[str]) -> np.ndarray:
    return np.stack([np.eye(4, dtype=np.float32)["xyzw".index(text)] for text in texts])


def id_of(number: int) -> str:
    return str(uuid.UUID(int=number))


def found(catalog: Catalog, query: Query) -> list[tuple[int, Any]]:
    """The numbers of the hits, and their scores as pytest.approx."""
    return [(uuid.UUID(hit.track.id).int, pytest.approx(hit.score, abs=1e-6)) for hit in hits(catalog, query)]


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

    def test_a_silent_stem_is_like_nothing(self, library: Catalog) -> None:
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
