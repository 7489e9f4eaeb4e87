"""Regions of the map and their names."""

import numpy as np

from search_api.library_map.regions import named_regions, region_centres

EACH = 40
CORNERS = np.array([[0.1, 0.1], [0.9, 0.1], [0.5, 0.9]])


def crowds() -> np.ndarray:
    """[3 * EACH, 2]: points within 0.05 of three corners."""
    return np.repeat(CORNERS, EACH, axis=0) + np.random.default_rng(0).uniform(-0.05, 0.05, (3 * EACH, 2))


def test_each_crowd_is_named_by_what_sets_it_apart() -> None:
    kinds = [{"genre": "techno", "mood": "dark"}, {"genre": "folk"}, {"genre": "folk", "mood": "calm"}]
    tags = [{**kinds[index // EACH], "texture": "stereo"} for index in range(3 * EACH)]
    centres = np.column_stack([CORNERS, np.zeros(3)])
    found = named_regions(crowds(), centres, tags)
    # "stereo" is everywhere. Folk is 1.5 times as frequent as in the library, calm 3 times: ln 1.5 is .37 of ln 3.
    assert [region.tags for region in found] == [("dark", "techno"), ("folk",), ("calm",)]
    assert [region.tracks for region in found] == [EACH] * 3
    for region, corner in zip(found, CORNERS, strict=True):
        assert np.abs(np.array([region.x, region.y]) - corner).max() < 0.05


def test_regions_are_found_where_the_points_are() -> None:
    centres = region_centres(crowds().astype(np.float32))
    levels = centres[:, 2].astype(int)
    assert np.bincount(levels).tolist() == [6, 10]  # of 120 points, of which FEWEST make a region
    off = np.abs(centres[:, None, :2] - CORNERS).max(axis=2).min(axis=1)
    assert off.max() < 0.05
    np.testing.assert_array_equal(region_centres(crowds().astype(np.float32)), centres)


def test_a_handful_of_points_has_no_regions() -> None:
    for count in (0, 1, 12, 23):
        assert region_centres(np.random.default_rng(0).random((count, 2), np.float32)).shape == (0, 3)


def test_nothing_is_named_without_tags_or_by_those_of_all() -> None:
    centres = np.column_stack([CORNERS, np.zeros(3)])
    for tags in ({}, {"genre": "folk"}):
        assert named_regions(crowds(), centres, [tags] * (3 * EACH)) == []
