"""Which separators made the stems that a search compares."""

import pytest

from catalog.query import Hit, Query, Seed
from catalog.track import Track
from catalog.unlike_stems import compares_stems, unlike_separators


def track(separator: str = "") -> Track:
    models = {"embedder": "e"} | ({"separator": separator} if separator else {})
    return Track(id="t", files=(), title="t", duration=1.0, format="flac", models=models)


def hit(separator: str, stem: str = "vocals") -> Hit:
    return Hit(track(separator), 0.5, stem, {stem: 0.5})


@pytest.mark.parametrize(
    ("query", "compares"),
    [
        (Query(tracks=(Seed("a"),)), False),
        (Query(tracks=(Seed("a"),), stems={"mix": 1.0, "vocals": 0.5}), True),
        (Query(tracks=(Seed("a", stem="vocals"),)), True),
        (Query(not_tracks=(Seed("a", stem="vocals"),)), True),
        (Query(tracks=(Seed("a", stem="mix"),)), False),
    ],
)
def test_a_query_compares_stems_if_it_names_one(query: Query, compares: bool) -> None:
    assert compares_stems(query) is compares


def test_one_separator_is_nothing_to_say() -> None:
    assert unlike_separators([hit("a"), hit("a")], [track("a")], ["a"]) == {}
    assert unlike_separators([], [], []) == {}
    assert unlike_separators([hit("a")], [track()]) == {}  # a seed without stems


def test_several_are_counted_the_most_frequent_first() -> None:
    assert list(unlike_separators([hit("a"), hit("b"), hit("b")], []).items()) == [("b", 2), ("a", 1)]


def test_what_is_searched_with_counts_too() -> None:
    assert unlike_separators([hit("a")], [track("b")]) == {"a": 1, "b": 0}
    assert unlike_separators([hit("a")], [], ["c"]) == {"a": 1, "c": 0}


def test_hits_by_their_mix_do_not_count() -> None:
    assert unlike_separators([hit("a"), hit("b", stem="mix")], []) == {}
