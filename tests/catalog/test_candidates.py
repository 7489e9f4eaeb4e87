"""The nearest tracks by stems and by moments, over an engine in memory. Scores are worked out in the comments."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from catalog.candidates import Pool, by_moments, by_stems
from catalog.client import ClientEngine
from catalog.engine import ANYTHING, Conditions, Match, Point
from tests.helpers.ids import id_of

X, Y = np.eye(2, dtype=np.float32)


def at(cosine: float) -> np.ndarray:
    """The vector of norm 1 with this cosine to X."""
    return np.array([cosine, math.sqrt(1 - cosine**2)], dtype=np.float32)


def tracks(*vectors: Mapping[str, float]) -> ClientEngine:
    """Numbered from 1; of each stem its cosine to X."""
    engine = ClientEngine.in_memory(2)
    points = [
        Point(id_of(n), {"has": sorted(stems), "odd": str(n % 2)}, {name: at(cosine) for name, cosine in stems.items()})
        for n, stems in enumerate(vectors, 1)
    ]
    engine.upsert(points)
    return engine


def segments(*moments: tuple[int, float, float]) -> ClientEngine:
    """(track, start, cosine to X), numbered from 101."""
    engine = ClientEngine.in_memory(2)
    engine.upsert(
        [
            Point(id_of(n), {"track": id_of(track), "start": start}, {"mix": at(cosine)})
            for n, (track, start, cosine) in enumerate(moments, 101)
        ]
    )
    return engine


def scores(pool: Pool) -> list[tuple[str, float]]:
    return [(each.id, round(each.score, 4)) for each in pool.ranked]


def expected(*pairs: tuple[int, float]) -> Sequence[tuple[str, float]]:
    return [(id_of(number), score) for number, score in pairs]


class TestByStems:
    def test_one_stem(self) -> None:
        engine = tracks({"mix": 0.2}, {"mix": 0.8}, {"mix": 0.5})
        nearest = by_stems(engine, {"mix": X}, {"mix": 2.0}, ANYTHING)
        pool = nearest(2)
        assert scores(pool) == expected((2, 0.8), (3, 0.5))
        assert pool.bound == pytest.approx(0.5)  # the last one that was found: none of the others scores above
        assert nearest(4).bound == -math.inf  # fewer than were asked for: these are all

    def test_ties_by_id(self) -> None:
        engine = tracks({"mix": 0.5}, {"mix": 0.5}, {"mix": 0.5})
        assert [each.id for each in by_stems(engine, {"mix": X}, {"mix": 1.0}, ANYTHING)(3).ranked] == [
            id_of(1),
            id_of(2),
            id_of(3),
        ]

    def test_several_stems(self) -> None:
        engine = tracks({"mix": 0.9, "vocals": 0.1}, {"mix": 0.6}, {"mix": 0.1, "vocals": 0.8}, {"mix": 0.3})
        pool = by_stems(engine, {"mix": X, "vocals": X}, {"mix": 1.0, "vocals": 3.0}, ANYTHING)(1)
        # Nearest by mix is 1, by vocals 3. (0.1 + 3 * 0.8) / 4 = 0.625 and (0.9 + 3 * 0.1) / 4 = 0.3
        assert scores(pool) == expected((3, 0.625), (1, 0.3))
        assert pool.bound == pytest.approx((0.9 + 3 * 0.8) / 4)

    def test_a_missing_stem_counts_0(self) -> None:
        engine = tracks({"mix": 0.9}, {"mix": 0.2, "vocals": 0.4})
        pool = by_stems(engine, {"mix": X, "vocals": X}, {"mix": 1.0, "vocals": 1.0}, ANYTHING)(5)
        assert scores(pool) == expected((1, 0.45), (2, 0.3))
        assert [sorted(each.stem_scores) for each in pool.ranked] == [["mix"], ["mix", "vocals"]]
        assert pool.bound == -math.inf


class TestByMoments:
    def test_a_track_scores_by_its_best_segment(self) -> None:
        engine = tracks({"mix": 0.0}, {"mix": 0.0})
        moments = segments((1, 0.0, 0.3), (1, 15.0, 0.7), (2, 0.0, 0.5))
        pool = by_moments(engine, moments, X, ANYTHING)(2)
        assert scores(pool) == expected((1, 0.7), (2, 0.5))
        assert [each.segment for each in pool.ranked] == [id_of(102), id_of(103)]

    def test_the_earlier_of_equal_segments(self) -> None:
        moments = segments((1, 15.0, 0.5), (1, 0.0, 0.5))
        [best] = by_moments(tracks({"mix": 0.0}), moments, X, ANYTHING)(1).ranked
        assert best.segment == id_of(102)

    @pytest.mark.parametrize("looked_up", [0, 1000])
    def test_a_filter_is_obeyed_however_few_pass(self, looked_up: int, monkeypatch: pytest.MonkeyPatch) -> None:
        """Their segments are looked up, or picked out of more and more of the nearest."""
        monkeypatch.setattr("catalog.candidates.MAX_LOOKED_UP", looked_up)
        engine = tracks(*[{"mix": 0.0}] * 40)
        moments = segments(*[(n, 0.0, 1 - n / 100) for n in range(1, 41)])
        where = Conditions(must=(Match("odd", ("0",)),), exclude_ids=frozenset({id_of(2)}))
        pool = by_moments(engine, moments, X, where)(3)
        assert scores(pool)[:3] == expected((4, 0.96), (6, 0.94), (8, 0.92))

    def test_segments_that_a_crash_left_behind(self) -> None:
        moments = segments((1, 0.0, 0.3), (9, 0.0, 0.9))
        assert scores(by_moments(tracks({"mix": 0.0}), moments, X, ANYTHING)(2)) == expected((1, 0.3))
