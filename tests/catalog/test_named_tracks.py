"""Names in queries, over every engine; the texts "x", "y", "z" stand for axes of the space."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.filters import parse_filter
from catalog.query import Hit, NameTerm, Query, Seed, Text
from catalog.track import Entry
from polymuse.errors import UserError
from polymuse.music import Segment
from tests.helpers.ids import id_of, number_of

MakeEntry = Callable[..., Entry]

SATIE, BLUE = NameTerm("artist", "Satie"), NameTerm("title", "Blue")
X = Query(texts=(Text("x"),))


def embed_text(texts: Sequence[str]) -> np.ndarray:
    return np.stack([np.eye(4, dtype=np.float32)["xyzw".index(text)] for text in texts])


def hits(catalog: Catalog, query: Query) -> list[Hit]:
    return catalog.search(query, embed_text)


def numbers(catalog: Catalog, query: Query) -> list[int]:
    return [number_of(hit.track) for hit in hits(catalog, query)]


@pytest.fixture
def library(catalog: Catalog, entry: MakeEntry) -> Catalog:
    """By their distance to x: 1, 2, 3, 4, 5, 6."""
    catalog.upsert(
        [
            entry(1, mix=[1, 0, 0, 0], title="Waltz", artist="Strauss", genres=("Dance",)),
            entry(2, mix=[0.96, 0.28, 0, 0], title="March", artist="Strauss", album="Blue"),
            entry(3, mix=[0.8, 0.6, 0, 0], title="Vexations", artist="Satie"),
            entry(4, mix=[0.6, 0.8, 0, 0], title="Blue", artist="Nobody", vocals=[1, 0, 0, 0], year=1900),
            entry(5, mix=[0.28, 0.96, 0, 0], title="blue", artist="SATIE", genres=("Dance",), vocals=[0.6, 0.8, 0, 0]),
            entry(6, mix=[0, 1, 0, 0], title="Parade", artist="Cocteau", composers=("Erik Satie", "Satie")),
        ]
    )
    return catalog


class TestWithSound:
    def test_tracks_of_an_artist_come_first_ordered_by_the_sound(self, library: Catalog) -> None:
        assert numbers(library, replace(X, names=(SATIE,))) == [3, 5, 1, 2, 4, 6]

    def test_scores_stay_cosines(self, library: Catalog) -> None:
        found = hits(library, replace(X, names=(SATIE,), explain=True))
        assert [hit.score for hit in found] == pytest.approx([0.8, 0.28, 1, 0.96, 0.6, 0], abs=1e-6)
        assert [sum(part.contribution for part in hit.parts) for hit in found] == pytest.approx(
            [hit.score for hit in found], abs=1e-6
        )

    def test_hits_say_what_matched(self, library: Catalog) -> None:
        names = (SATIE, BLUE, NameTerm("album", "blue"), NameTerm("composer", "satie"))
        found = {number_of(hit.track): hit.matched for hit in hits(library, replace(X, names=names))}
        assert found == {1: (), 2: ("album",), 3: ("artist",), 4: ("title",), 5: ("title", "artist"), 6: ("composer",)}

    def test_titles_artists_albums_genres(self, library: Catalog) -> None:
        # both names, the title, the artist, the album; 1 has nothing
        album = NameTerm("album", "Blue")
        assert numbers(library, replace(X, names=(album, SATIE, BLUE))) == [5, 4, 3, 2, 1, 6]

    def test_what_was_not_typed_exactly_comes_later(self, library: Catalog) -> None:
        # the tiers 0 (Vexations), 1 (Blue) and 2 (Strauss)
        names = (NameTerm("artist", "Strauss"), replace(BLUE, exact=False), NameTerm("title", "Vexations"))
        assert numbers(library, replace(X, names=names)) == [3, 4, 5, 1, 2, 6]

    def test_a_genre_weighs_as_much_as_the_sound(self, library: Catalog) -> None:
        # 1: 1/61 + 1/61, 5: 1/61 + 1/65; 2: 1/62
        assert numbers(library, replace(X, names=(NameTerm("genre", "dance"),))) == [1, 5, 2, 3, 4, 6]

    def test_names_may_weigh_less(self, library: Catalog) -> None:
        # 5: .001/61 + 1/65, less than the others
        light = NameTerm("genre", "Dance", weight=0.001)
        assert numbers(library, replace(X, names=(light,))) == [1, 2, 3, 4, 5, 6]

    def test_unknown_names_change_nothing(self, library: Catalog) -> None:
        assert hits(library, replace(X, names=(NameTerm("artist", "Ravel"),))) == hits(library, X)


class TestAlone:
    def test_a_title_then_what_resembles_it(self, library: Catalog) -> None:
        # seeds 4 and 5: (.88, 1.76) normalised, (.447, .894). 4: .983, 5: .983; 6: .894, 3: .894, 2: .680, 1: .447
        found = hits(library, Query(names=(BLUE,)))
        assert {number_of(hit.track) for hit in found[:2]} == {4, 5}
        assert {number_of(hit.track) for hit in found[2:4]} == {3, 6}
        assert [number_of(hit.track) for hit in found[4:]] == [2, 1]

    def test_both_names_are_what_is_resembled(self, library: Catalog) -> None:
        found = hits(library, Query(names=(BLUE, SATIE)))
        assert [number_of(hit.track) for hit in found] == [5, 4, 3, 6, 2, 1]
        assert found[0].score == pytest.approx(1.0, abs=1e-6)

    def test_nobody_of_that_name(self, library: Catalog) -> None:
        assert hits(library, Query(names=(NameTerm("title", "Bolero"),))) == []
        assert hits(library, Query(names=(BLUE,), where=parse_filter("artist:Strauss"))) == []

    def test_near_duplicates_of_the_named_are_left_out_but_not_they(self, library: Catalog, entry: MakeEntry) -> None:
        library.upsert([entry(7, mix=[0.6, 0.8, 0, 0.001])])
        found = numbers(library, Query(names=(replace(BLUE), SATIE), without_duplicates=True))
        assert found == [5, 4, 3, 6, 2, 1]


class TestWithEverythingElse:
    def test_filters(self, library: Catalog) -> None:
        query = replace(X, names=(SATIE, BLUE), where=parse_filter("-artist:nobody"))
        assert numbers(library, query) == [5, 3, 1, 2, 6]

    def test_a_stem(self, library: Catalog) -> None:
        assert numbers(library, replace(X, names=(NameTerm("artist", "satie"),), stems={"vocals": 1.0})) == [5, 4]

    def test_several_stems(self, library: Catalog) -> None:
        query = replace(X, names=(SATIE,), stems={"vocals": 1.0, "mix": 1.0})
        assert numbers(library, query)[:2] == [5, 3]  # .44 and .4

    def test_seeds_are_no_hits(self, library: Catalog) -> None:
        assert numbers(library, Query(tracks=(Seed(id_of(5)),), names=(SATIE, BLUE)))[:2] == [4, 3]

    def test_the_lowest_score_holds_for_names_too(self, library: Catalog) -> None:
        assert numbers(library, replace(X, names=(SATIE,), min_score=0.5)) == [3, 1, 2, 4]

    def test_diversity_keeps_the_best_named_track_first(self, library: Catalog) -> None:
        assert numbers(library, replace(X, names=(BLUE,), diversity=0.3))[0] == 4

    def test_moments(self, library: Catalog, entry: MakeEntry) -> None:
        def moment(*vector: float) -> Segment:
            return Segment(0.0, 9.0, np.array(vector, dtype=np.float32))

        library.upsert(
            [
                entry(7, mix=[1, 0, 0, 0], segments=(moment(1, 0, 0, 0),)),
                entry(8, mix=[1, 0, 0, 0], artist="Satie", segments=(moment(0, 1, 0, 0), moment(0.6, 0.8, 0, 0))),
            ]
        )
        found = hits(library, replace(X, names=(SATIE,), moments="rank"))
        assert [(number_of(hit.track), round(hit.score, 3)) for hit in found] == [(8, 0.6), (7, 1.0)]
        assert found[0].moment is not None
        located = hits(library, replace(X, names=(SATIE,), moments="locate"))
        assert number_of(located[0].track) == 8
        assert located[0].moment is not None


def test_pages_neither_repeat_nor_skip(catalog: Catalog, entry: MakeEntry) -> None:
    def some(number: int) -> dict[str, Any]:
        angle = number / 100
        return {"mix": [np.cos(angle), np.sin(angle), 0, 0], "artist": "Satie" if number % 3 == 0 else "Ravel"}

    catalog.upsert([entry(number, **some(number)) for number in range(1, 151)])
    for query in (replace(X, names=(SATIE,)), Query(names=(SATIE,)), replace(X, names=(SATIE,), diversity=0.2)):
        whole = numbers(catalog, replace(query, limit=150))
        assert [
            n for start in range(0, 150, 7) for n in numbers(catalog, replace(query, limit=7, offset=start))
        ] == whole
        assert sorted(whole) == list(range(1, 151))
    assert all(number % 3 == 0 for number in numbers(catalog, replace(X, names=(SATIE,), limit=50)))


@pytest.mark.parametrize("weight", [0.0, -1.0, float("nan"), float("inf")])
def test_weights_are_positive(library: Catalog, weight: float) -> None:
    with pytest.raises(UserError, match="weight"):
        hits(library, Query(names=(replace(SATIE, weight=weight),)))
