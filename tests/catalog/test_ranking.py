"""From candidates to hits. Values are worked out in the comments."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from catalog.candidates import NearestTracks, Pool, Ranked
from catalog.client import ClientEngine
from catalog.engine import Point
from catalog.query import Query
from catalog.ranking import STAGES, rank
from tests.helpers.ids import id_of

# Three tracks in the plane of angles 0, 10 and 90 degrees, and their cosines to the query at 20 degrees
ANGLES = [0.0, 10.0, 90.0]
VECTORS = [np.array([math.cos(math.radians(a)), math.sin(math.radians(a))], dtype=np.float32) for a in ANGLES]
SCORES = [math.cos(math.radians(20 - angle)) for angle in ANGLES]  # 0.940, 0.985, 0.342


@pytest.fixture(scope="module")
def engine() -> ClientEngine:
    engine = ClientEngine.in_memory(2)
    engine.upsert([Point(id_of(n), {}, {"mix": vector}) for n, vector in enumerate(VECTORS, 1)])
    return engine


def candidates(scores: Sequence[float]) -> NearestTracks:
    """Numbered from 1; all that there are, at once."""
    ranked = [Ranked(id_of(n), score, {"mix": score}) for n, score in enumerate(scores, 1)]
    return lambda _: Pool(sorted(ranked, key=lambda each: (-each.score, each.id)), -math.inf)


def numbers(hits: Sequence[Ranked]) -> list[str]:
    return [each.id for each in hits]


def ids(*wanted: int) -> list[str]:
    return list(map(id_of, wanted))


def test_by_score(engine: ClientEngine) -> None:
    assert numbers(rank(Query(), candidates(SCORES), engine, [])) == ids(2, 1, 3)


def test_minimum_score(engine: ClientEngine) -> None:
    assert numbers(rank(Query(min_score=0.95), candidates(SCORES), engine, [])) == ids(2)


@pytest.mark.parametrize(
    ("diversity", "expected"),
    [
        # After 2: 1 has 0.9 * 0.940 - 0.1 cos 10 = 0.747, 3 has 0.9 * 0.342 - 0.1 cos 80 = 0.290
        (0.1, [2, 1, 3]),
        # 1 has 0.5 * 0.940 - 0.5 cos 10 = -0.023, 3 has 0.5 * 0.342 - 0.5 cos 80 = 0.084
        (0.5, [2, 3, 1]),
    ],
)
def test_diversity(engine: ClientEngine, diversity: float, expected: list[int]) -> None:
    assert numbers(rank(Query(diversity=diversity), candidates(SCORES), engine, [])) == ids(*expected)


def test_near_duplicates(engine: ClientEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """cos 10 = 0.985: below the limit, until that is lowered."""
    query = Query(without_duplicates=True)
    assert numbers(rank(query, candidates(SCORES), engine, [])) == ids(2, 1, 3)
    monkeypatch.setattr("catalog.ranking.NEAR_DUPLICATE", 0.98)
    assert numbers(rank(query, candidates(SCORES), engine, [])) == ids(2, 3)
    assert numbers(rank(query, candidates(SCORES), engine, [VECTORS[0]])) == ids(3)


def test_a_deeper_page_goes_on_where_the_stage_before_stopped(engine: ClientEngine) -> None:
    """A track that only the larger pool of the second stage finds comes after the first stage, whatever its score."""
    asked: list[int] = []

    def nearest(count: int) -> Pool:
        asked.append(count)
        found = [Ranked(id_of(n), 1 - n / 1000, {"mix": 1 - n / 1000}) for n in range(1, count + 1)]
        late = [Ranked(id_of(5000), 2.0, {"mix": 2.0})] if count > STAGES[0] else []
        return Pool([*late, *found], 0.0)

    first = rank(Query(limit=20), nearest, engine, [])
    assert asked == [20]
    both = rank(Query(limit=25), nearest, engine, [])
    assert asked == [20, 20, 100]
    assert numbers(both)[:20] == numbers(first)
    assert numbers(both)[20:] == [id_of(5000), *ids(21, 22, 23, 24)]


def test_all_stages_are_asked_only_while_something_may_come(engine: ClientEngine) -> None:
    asked: list[int] = []

    def nearest(count: int) -> Pool:
        asked.append(count)
        return Pool([Ranked(id_of(1), 0.9, {"mix": 0.9})], 0.4)

    assert len(rank(Query(min_score=0.5), nearest, engine, [])) == 1
    assert asked == [20]  # none that is not among them scores above 0.4
    asked.clear()
    assert len(rank(Query(), nearest, engine, [])) == 1
    assert asked == list(STAGES)
