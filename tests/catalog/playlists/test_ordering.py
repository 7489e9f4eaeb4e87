"""Orders of playlists."""

from itertools import pairwise

import numpy as np
import pytest

from catalog.playlists.ordering import MAX_SMOOTH, around_the_wheel, ordered, smooth_order
from catalog.track import Track
from polymuse.errors import UserError


def track(number: int, **fields: object) -> Track:
    return Track(str(number), (), **{"title": f"T{number}", "duration": 1.0, "format": "vorbis", **fields})  # type: ignore[arg-type]


def test_the_wheel_is_gone_round_in_steps_that_mix() -> None:
    codes = sorted((f"{number}{letter}" for number in range(1, 13) for letter in "AB"), key=around_the_wheel)
    assert codes[:6] == ["1A", "1B", "2B", "2A", "3A", "3B"]
    for one, other in pairwise(codes):  # the same number, or one further with the same letter
        assert one[:-1] == other[:-1] or (int(other[:-1]) == int(one[:-1]) + 1 and one[-1] == other[-1])


def test_tracks_without_a_value_come_last_in_their_order() -> None:
    tracks = [track(0), None, track(2, tag_bpm=120.0), track(3, tag_bpm=90.0), track(4, tag_key="Am")]
    assert ordered(tracks, "bpm") == [3, 2, 0, 1, 4]
    assert ordered(tracks, "bpm", reverse=True) == [2, 3, 0, 1, 4]
    assert ordered(tracks, "key") == [4, 0, 1, 2, 3]
    assert ordered(tracks, "title") == [0, 2, 3, 4, 1]
    assert sorted(ordered(tracks, "shuffle", seed=3)) == [0, 1, 2, 3, 4]
    assert ordered(tracks, "shuffle", seed=3) == ordered(tracks, "shuffle", seed=3)


def test_another_analysis_does_not_make_a_track_newer() -> None:
    known = track(0, added_before="2026-01-01T00:00:00+00:00", indexed_at="2026-03-01T00:00:00+00:00")
    assert ordered([track(1, indexed_at="2026-02-01T00:00:00+00:00"), known], "added") == [1, 0]


def test_a_smooth_order_of_a_circle_goes_round_it() -> None:
    """On a circle of 12 the nearest of each is beside it; the shortest open way takes eleven steps of 30 degrees."""
    angles = np.random.default_rng(1).permutation(12) * np.pi / 6
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    order = smooth_order(vectors)
    assert order[0] == 0
    steps = np.einsum("ij,ij->i", vectors[order[:-1]], vectors[order[1:]])
    np.testing.assert_allclose(steps, np.cos(np.pi / 6), atol=1e-5)
    tracks = [track(number) for number in range(12)]
    assert ordered(tracks, "smooth", vectors={str(n): vectors[n] for n in range(12)}) == order


def test_turning_stretches_round_shortens_the_way_of_the_nearest() -> None:
    vectors = np.random.default_rng(2).normal(size=(60, 3)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    angles = np.arccos(np.clip(vectors @ vectors.T, -1, 1))
    left, nearest = set(range(1, 60)), [0]
    while left:
        nearest.append(min(left, key=lambda row: angles[nearest[-1], row]))
        left.remove(nearest[-1])
    order = smooth_order(vectors)
    assert sorted(order) == list(range(60))
    assert angles[order[:-1], order[1:]].sum() < 0.97 * angles[nearest[:-1], nearest[1:]].sum()


def test_too_many_tracks_have_no_smooth_order() -> None:
    with pytest.raises(UserError, match="3,001 tracks are too many"):
        ordered([track(0)] * (MAX_SMOOTH + 1), "smooth")
