"""Reciprocal rank fusion, worked out by hand; K = 60."""

import math
from collections.abc import Sequence

from catalog.candidates import NearestTracks, Pool, Ranked
from catalog.fusion import fused
from catalog.named_tracks import GENRE, Named


def track(name: str, score: float = 0.0) -> Ranked:
    return Ranked(name, score, {"mix": score})


def nearest(*names: str) -> NearestTracks:
    """In this order, with scores .9, .8, ..."""
    ranked = [track(name, 0.9 - n / 10) for n, name in enumerate(names)]
    return lambda count: Pool(ranked[:count], ranked[count].score if count < len(ranked) else -math.inf)


def order(near: NearestTracks, named: Sequence[Named], count: int = 10) -> str:
    return "".join(each.id for each in fused(near, named)(count).ranked)


def test_without_names_the_order_stays() -> None:
    assert order(nearest("a", "b", "c"), []) == "abc"


def test_groups_come_in_their_order_and_vectors_within() -> None:
    # d and c: 100/61 + 1/64 and 100/61 + 1/63; b: 100/62 + 1/62; a: 1/61
    named = [Named(track("d", 0.6), 1, 0, 1.0), Named(track("c", 0.7), 1, 0, 1.0), Named(track("b", 0.8), 2, 2, 1.0)]
    assert order(nearest("a", "b", "c", "d"), named) == "cdba"


def test_the_seventeenth_group_still_comes_before_the_next() -> None:
    # 100/77 = 1.2987 and 100/78 + 1/61 = 1.2985
    named = [Named(track("b", 0.1), 17, 2, 1.0), Named(track("a", 0.9), 18, 2, 1.0)]
    assert order(nearest("a"), named) == "ba"


def test_named_tracks_that_are_far_are_ordered_by_score() -> None:
    named = [Named(track("x", 0.1), 1, 2, 1.0), Named(track("y", 0.2), 1, 2, 1.0)]
    assert order(nearest("a", "b"), named, 1) == "yxa"


def test_a_genre_adds_to_the_sound() -> None:
    # c: 1/61 + 1/63 = .0323; a: 1/61 = .0164; with a weight of .01: .0161, after b: 1/62 = .0161
    assert order(nearest("a", "b", "c"), [Named(track("c", 0.7), 1, GENRE, 1.0)]) == "cab"
    assert order(nearest("a", "b", "c"), [Named(track("c", 0.7), 1, GENRE, 0.001)]) == "abc"


def test_the_bound_is_that_of_the_nearest() -> None:
    assert fused(nearest("a", "b"), [])(1).bound == 0.8
