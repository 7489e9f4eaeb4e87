"""Regions of the map, from large to small, and the tags that set each apart from the rest of the library."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from search_api.telling import telling

SIZES = (6, 24, 96)  # regions of a level; one of a later level is seen from nearer
FEWEST = 12  # tracks of a region on average, for its tags to mean something
SAMPLE = 20_000  # points that centres are found with
SEED = 0
BLOCK = 4096


@dataclass(frozen=True, slots=True)
class Region:
    """A place on the map with a name."""

    x: float
    y: float
    level: int  # 0: the largest
    tags: tuple[str, ...]  # slugs of one or two tags, the most telling first
    tracks: int


def region_centres(positions: np.ndarray) -> np.ndarray:
    """[n, 2] positions -> [m, 3] float32: x, y and level of the regions; none for a handful of points."""
    from sklearn.cluster import KMeans

    random = np.random.default_rng(SEED)
    points = positions[random.choice(len(positions), min(SAMPLE, len(positions)), replace=False)]
    found = [np.empty((0, 3), np.float32)]
    counts = dict.fromkeys(min(size, len(positions) // FEWEST) for size in SIZES)
    once: Any = 1  # the type inferred from the default is str
    for level, count in enumerate(count for count in counts if count > 1):
        centres = KMeans(count, n_init=once, random_state=SEED).fit(points).cluster_centers_
        found.append(np.column_stack([centres, np.full(len(centres), level)]).astype(np.float32))
    return np.concatenate(found)


def named_regions(positions: np.ndarray, centres: np.ndarray, tags: Sequence[Mapping[str, str]]) -> list[Region]:
    """The regions that some tag sets apart.

    `positions`: [n, 2]; `centres`: those of `region_centres`; `tags`: category -> slug of each track.
    """
    slugs = sorted({slug for each in tags for slug in each.values()})
    column = {slug: index for index, slug in enumerate(slugs)}
    tagged = np.array([(row, column[slug]) for row, each in enumerate(tags) for slug in each.values()], int)
    regions: list[Region] = []
    if not len(tagged):
        return regions
    rows, columns = tagged.T
    everywhere = np.bincount(columns, minlength=len(slugs)) / len(tags)
    for level in np.unique(centres[:, 2]).astype(int):
        places = centres[centres[:, 2] == level, :2]
        member = _nearest(positions, places)
        for index in range(len(places)):
            here = member == index
            size = int(here.sum())
            if size * 4 < FEWEST:
                continue
            share = np.bincount(columns[here[rows]], minlength=len(slugs)) / size
            names = telling(share, everywhere)
            if names:
                x, y = _heart(positions[here])
                regions.append(Region(x, y, int(level), tuple(slugs[name] for name in names), size))
    return regions


def _heart(points: np.ndarray) -> tuple[float, float]:
    """The point nearest to the median: a name stands where there is something."""
    off = np.square(points - np.median(points, axis=0)).sum(axis=1)
    x, y = points[off.argmin()]
    return round(float(x), 4), round(float(y), 4)


def _nearest(points: np.ndarray, places: np.ndarray) -> np.ndarray:
    """[n] index of the nearest place of each point."""
    found = np.empty(len(points), int)
    for begin in range(0, len(points), BLOCK):
        block = points[begin : begin + BLOCK]
        found[begin : begin + BLOCK] = np.square(block[:, None] - places[None]).sum(axis=2).argmin(axis=1)
    return found
