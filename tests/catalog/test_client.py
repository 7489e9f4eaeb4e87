"""The engine over qdrant-client in this process; test_catalog.py holds what all engines have in common."""

import uuid

import numpy as np
from qdrant_client import QdrantClient

from catalog.client import ClientEngine
from catalog.engine import ANYTHING, Conditions, Match, Point

DIM = 8


def test_a_search_changes_no_stored_vector() -> None:
    """qdrant-client normalises stored vectors in place when it compares cosines: each search moved their last bits."""
    vectors = np.random.default_rng(7).normal(size=(200, DIM)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    engine = ClientEngine.in_memory(DIM)
    ids = [str(uuid.UUID(int=number)) for number in range(1, 201)]
    engine.upsert([Point(id_, {}, {"mix": vector}) for id_, vector in zip(ids, vectors, strict=True)])
    first = engine.nearest("mix", vectors[0], 200, ANYTHING)
    for _ in range(5):
        assert engine.nearest("mix", vectors[0], 200, ANYTHING) == first
    stored = {point.id: point.vectors["mix"] for point in engine.retrieve(ids, vectors=True)}
    assert all(np.array_equal(stored[id_], vector) for id_, vector in zip(ids, vectors, strict=True))


def test_values_beyond_what_one_answer_holds_are_counted() -> None:
    points = [
        Point(str(uuid.UUID(int=1)), {"artists": ["a", "b"], "year": 1999}),
        Point(str(uuid.UUID(int=2)), {"artists": ["b", "c"], "year": 1999}),
        Point(str(uuid.UUID(int=3)), {"artists": ["d"]}),
    ]
    client = QdrantClient(":memory:")
    client.create_collection("points", vectors_config={})
    engine = ClientEngine(client, "points", DIM, lambda work: work(), most=3)
    engine.upsert(points)
    assert engine.facet("artists", ANYTHING) == {"a": 1, "b": 2, "c": 1, "d": 1}
    assert engine.facet("artists", Conditions(must=(Match("artists", ("a",)),))) == {"a": 1, "b": 1}
    assert engine.facet("year", ANYTHING) == {1999: 2}
