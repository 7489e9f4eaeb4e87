"""What a query names, as vectors. Values are worked out in the comments."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from catalog.client import ClientEngine
from catalog.engine import Point
from catalog.query import Audio, Query, Seed, Text
from catalog.sources import Sources
from polymuse.errors import NotFoundError, UserError
from tests.helpers.ids import id_of

X, Y, Z = np.eye(3, dtype=np.float32)
SILENT = {"drums": {"level_db": -90.0, "present": False}}


@pytest.fixture(scope="module")
def engine() -> ClientEngine:
    engine = ClientEngine.in_memory(3)
    payload = {"title": "One", "duration": 1.0, "stems": SILENT}
    engine.upsert([Point(id_of(1), payload, {"mix": X, "vocals": Z})])
    return engine


def embed_text(texts: Sequence[str]) -> np.ndarray:
    return np.stack([{"x": X, "y": Y}[text] for text in texts])


def direction(engine: ClientEngine, stem: str, **query: object) -> np.ndarray:
    return Sources(Query(**query), engine, 3, embed_text).direction(stem).vector  # pyright: ignore[reportArgumentType]


def test_wanted_and_unwanted_are_summed_by_weight(engine: ClientEngine) -> None:
    found = direction(engine, "mix", texts=(Text("x", 4.0),), not_texts=(Text("y", 3.0),))
    np.testing.assert_allclose(found, [0.8, -0.6, 0], atol=1e-7)  # (4, -3, 0) / 5


def test_a_track_gives_the_asked_stem_or_its_mix_or_the_stem_that_is_named(engine: ClientEngine) -> None:
    np.testing.assert_array_equal(direction(engine, "vocals", tracks=(Seed(id_of(1)),)), Z)
    np.testing.assert_array_equal(direction(engine, "bass", tracks=(Seed(id_of(1)),)), X)
    np.testing.assert_array_equal(direction(engine, "mix", tracks=(Seed(id_of(1), stem="vocals"),)), Z)


def test_parts_sum_to_the_score(engine: ClientEngine) -> None:
    query = Query(texts=(Text("x", 4.0),), not_texts=(Text("y", 3.0),))
    hit = np.array([0.6, 0.8, 0], dtype=np.float32)
    parts = list(Sources(query, engine, 3, embed_text).direction("mix").parts("mix", hit, 1.0))
    # 4 * 0.6 / 5 = 0.48 and -3 * 0.8 / 5 = -0.48; the score is 0.8 * 0.6 - 0.6 * 0.8 = 0
    assert [round(part.contribution, 6) for part in parts] == [0.48, -0.48]
    assert [(part.kind, part.label) for part in parts] == [("text", "x"), ("not_text", "y")]


def test_seeds_of_near_duplicates(engine: ClientEngine) -> None:
    query = Query(tracks=(Seed(id_of(1)),), audio=(Audio({"mix": Y, "vocals": Z}),))
    mixes = Sources(query, engine, 3, embed_text).wanted_mixes()
    np.testing.assert_array_equal(np.stack(mixes), [X, Y])


@pytest.mark.parametrize(
    ("stem", "query", "complaint"),
    [
        ("mix", Query(texts=(Text("x"),), not_texts=(Text("x"),)), "cancel each other"),
        ("drums", Query(tracks=(Seed(id_of(1)),)), "is silent"),
        ("mix", Query(tracks=(Seed(id_of(1), stem="bass"),)), 'has no stem "bass"'),
        ("mix", Query(audio=(Audio({"vocals": X}),)), 'has no "mix" vector'),
        ("mix", Query(audio=(Audio({"mix": np.array([math.nan, 0, 0], dtype=np.float32)}),)), "cannot be searched"),
    ],
)
def test_refusals(engine: ClientEngine, stem: str, query: Query, complaint: str) -> None:
    with pytest.raises(UserError, match=complaint):
        Sources(query, engine, 3, embed_text).direction(stem)


def test_an_unknown_track(engine: ClientEngine) -> None:
    with pytest.raises(NotFoundError, match=id_of(2)):
        Sources(Query(tracks=(Seed(id_of(2)),)), engine, 3, embed_text)
