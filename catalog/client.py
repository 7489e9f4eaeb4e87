"""The engine over qdrant-client. `in_memory` keeps everything in this process; nothing is written to disk."""

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
from qdrant_client import QdrantClient
from qdrant_client import models as m

from catalog.engine import AllOf, AnyOf, Between, Condition, Conditions, Contains, Match, Payload, Point

ALL_VALUES = 1_000_000  # more than a field has


class ClientEngine:
    """One collection of a Qdrant client."""

    def __init__(self, client: QdrantClient, collection: str, dim: int) -> None:
        self._client = client
        self._collection = collection
        self._dim = dim
        self._names: set[str] = set()
        self._lock = threading.RLock()  # the in-memory client is not made for several threads
        client.create_collection(collection, vectors_config={})

    @classmethod
    def in_memory(cls, dim: int) -> "ClientEngine":
        return cls(QdrantClient(":memory:"), "tracks", dim)

    def upsert(self, points: Sequence[Point]) -> None:
        with self._lock:
            for name in sorted({name for point in points for name in point.vectors} - self._names):
                self._add_vector(name)
            self._client.upsert(self._collection, [self._to_struct(point) for point in points], wait=True)

    def retrieve(self, ids: Sequence[str], vectors: bool | Sequence[str] = False) -> list[Point]:
        if not ids:
            return []
        wanted = vectors if isinstance(vectors, bool) else list(vectors)
        with self._lock:
            return list(map(_to_point, self._client.retrieve(self._collection, list(ids), with_vectors=wanted)))

    def nearest(self, name: str, vector: np.ndarray, limit: int, where: Conditions) -> list[tuple[str, float]]:
        with self._lock:
            answer = self._client.query_points(
                self._collection,
                query=vector.tolist(),
                using=name,
                limit=limit,
                query_filter=self._filter(where),
                with_payload=False,
            )
        return [(str(point.id), point.score) for point in answer.points]

    def scroll(
        self, where: Conditions, limit: int, cursor: str | None = None, fields: Sequence[str] | None = None
    ) -> tuple[list[Point], str | None]:
        with self._lock:
            records, following = self._client.scroll(
                self._collection,
                scroll_filter=self._filter(where),
                limit=limit,
                offset=cursor,
                with_payload=True if fields is None else list(fields),
            )
        return list(map(_to_point, records)), None if following is None else str(following)

    def count(self, where: Conditions) -> int:
        with self._lock:
            return self._client.count(self._collection, count_filter=self._filter(where), exact=True).count

    def facet(self, key: str, where: Conditions) -> dict[str | int, int]:
        with self._lock:
            answer = self._client.facet(
                self._collection, key, facet_filter=self._filter(where), limit=ALL_VALUES, exact=True
            )
        return {hit.value: hit.count for hit in answer.hits}

    def set_payload(self, id: str, payload: Payload) -> None:  # noqa: A002  # the field's own word
        with self._lock:
            self._client.overwrite_payload(self._collection, dict(payload), points=[id], wait=True)

    def delete(self, ids: Sequence[str]) -> None:
        with self._lock:
            self._client.delete(self._collection, m.PointIdsList(points=list(ids)), wait=True)

    def flush(self) -> None:
        """Nothing to do: each write has been waited for."""

    def close(self) -> None:
        with self._lock:
            self._client.close()

    def _add_vector(self, name: str) -> None:
        dense = m.DenseVectorConfig(size=self._dim, distance=m.Distance.COSINE)
        self._client.create_vector_name(self._collection, name, m.DenseVectorNameConfig(dense=dense))
        self._names.add(name)

    def _to_struct(self, point: Point) -> m.PointStruct:
        vectors: dict[str, Any] = {name: vector.tolist() for name, vector in point.vectors.items()}
        return m.PointStruct(id=point.id, vector=vectors, payload=dict(point.payload))

    def _filter(self, where: Conditions) -> m.Filter:
        must_not = [self._condition(each) for each in where.must_not]
        if where.exclude_ids:
            must_not.append(m.HasIdCondition(has_id=sorted(where.exclude_ids)))
        return m.Filter(must=[self._condition(each) for each in where.must], must_not=must_not)

    def _condition(self, condition: Condition) -> m.Condition:
        match condition:
            case Match(key, values):
                return m.FieldCondition(key=key, match=m.MatchAny(any=list(values)))
            case Between(key, low, high):
                return m.FieldCondition(key=key, range=m.Range(gte=low, lte=high))
            case Contains(key, text):
                return m.FieldCondition(key=key, match=m.MatchSubstring(substring=text))
            case AnyOf(conditions):
                return m.Filter(should=[self._condition(each) for each in conditions])
            case AllOf(conditions):
                return m.Filter(must=[self._condition(each) for each in conditions])


def _to_point(record: m.Record) -> Point:
    vectors = record.vector if isinstance(record.vector, dict) else {}
    return Point(
        str(record.id),
        record.payload or {},
        {name: np.asarray(vector, dtype=np.float32) for name, vector in vectors.items()},
    )
