"""Groups of vectors in the same direction."""

import numpy as np
import pytest

from search_api.clusters.grouping import Grouping, group, how_many
from tests.helpers.signals import random_unit

DIM = 16
NONE = np.empty((0, DIM), np.float32)


def crowds(kinds: int, each: int, seed: int = 0) -> np.ndarray:
    """[kinds * each, DIM] float32 of norm 1: crowds around directions of their own, all in one cone."""
    random = np.random.default_rng(seed)
    heart = np.stack([3 * random_unit(1000, DIM) + random_unit(kind, DIM) for kind in range(kinds)])
    vectors = np.repeat(heart, each, axis=0) + random.normal(scale=0.05, size=(kinds * each, DIM))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_each_crowd_is_a_group_of_its_own() -> None:
    vectors = crowds(6, 18)  # 108 tracks have round(.6 * 10.4) = 6 groups
    found = group(vectors, NONE)
    groups, closeness = found.nearest(vectors)
    assert sorted(np.bincount(groups)) == [18] * 6
    assert all(len({*groups[start : start + 18]}) == 1 for start in range(0, 108, 18))
    assert closeness.min() > 0.8
    np.testing.assert_array_equal(group(vectors, NONE).centres, found.centres)  # deterministic


def test_a_library_that_has_grown_keeps_its_groups() -> None:
    before = group(crowds(6, 18), NONE)
    more = np.concatenate([crowds(6, 18), crowds(7, 12, seed=1)])
    after = group(more, before.centres)
    assert len(after.centres) == how_many(192) == 8
    assert (np.sum(before.centres * after.centres[:6], axis=1) > 0.8).all()


@pytest.mark.parametrize(("tracks", "groups"), [(0, 0), (1, 1), (23, 1), (24, 2), (250, 9), (10**6, 40)])
def test_the_number_of_groups_fits_the_library(tracks: int, groups: int) -> None:
    assert how_many(tracks) == groups


def test_handfuls_and_copies_of_one_track_are_no_trouble() -> None:
    for vectors in (crowds(1, 1), crowds(1, 3), np.repeat(crowds(1, 1), 100, axis=0)):
        found: Grouping = group(vectors, NONE)
        assert np.isfinite(found.centres).all()
        assert len({*found.nearest(vectors)[0]}) == 1
