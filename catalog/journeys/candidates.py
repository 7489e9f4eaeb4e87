"""The tracks that a journey may pass: neighbours of points on the way, one version of each song."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

import numpy as np

from catalog.engine import Conditions, Engine, Payload, Point
from catalog.journeys.versions import SAME_RECORDING, album_key, artist_keys, song_key


@dataclass(frozen=True, slots=True)
class Candidates:
    """The start, the end and the tracks between them, as rows; of each song only the version that was found first."""

    ids: list[str]
    payloads: list[Payload]
    vectors: np.ndarray  # [p, dim], of norm 1
    cosines: np.ndarray  # [p, p] of their vectors

    def artists(self) -> list[tuple[int, ...]]:
        """The number of each artist of each row."""
        return _numbered([artist_keys(payload) for payload in self.payloads])

    def albums(self) -> list[tuple[int, ...]]:
        return _numbered([(key,) if (key := album_key(payload)) else () for payload in self.payloads])


def neighbours(
    engine: Engine, stem: str, queries: np.ndarray, width: int, most: int, where: Conditions
) -> tuple[list[str], bool]:
    """At most `most` ids near to any of the queries [n, dim], those that are nearest to theirs first.

    And whether there may be more of them.
    """
    near = engine.nearest_many(stem, queries, width, where)
    ranked = [each for each in chain.from_iterable(zip_longest(*near)) if each is not None]
    found = list(dict.fromkeys(ranked))
    return found[:most], len(found) > most or any(len(each) == width for each in near)


def candidates(stem: str, ends: Sequence[Point], between: Sequence[Point]) -> Candidates:
    """The two ends, and those of the other tracks that are no version of a row before them."""
    points = [*ends, *between]
    vectors = np.stack([point.vectors[stem] for point in points])
    cosines = vectors @ vectors.T
    kept = distinct([song_key(point.payload) for point in points], cosines, fixed=len(ends))
    if len(kept) < len(points):
        points, vectors, cosines = [points[row] for row in kept], vectors[kept], cosines[np.ix_(kept, kept)]
    return Candidates([each.id for each in points], [each.payload for each in points], vectors, cosines)


def distinct(songs: Sequence[str], cosines: np.ndarray, fixed: int = 0) -> list[int]:
    """The rows that are no version of a row before them that is kept; the first `fixed` are kept anyway."""
    same = cosines >= SAME_RECORDING
    alone = same.sum(axis=1) == 1
    kept = list(range(fixed))
    seen = {songs[row] for row in kept}
    for row in range(fixed, len(songs)):
        if (songs[row] and songs[row] in seen) or (not alone[row] and same[row, kept].any()):
            continue
        kept.append(row)
        seen.add(songs[row])
    return kept


def _numbered(keys: Sequence[tuple[str, ...]]) -> list[tuple[int, ...]]:
    numbers: dict[str, int] = {}
    return [tuple(numbers.setdefault(key, len(numbers)) for key in each) for each in keys]
