"""An engine over qdrant-client: a server, or `in_memory` in this process."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np
from qdrant_client import QdrantClient
from qdrant_client import models as m

from catalog.engine import AllOf, AnyOf, Between, Condition, Conditions, Contains, Match, Payload, Point, walk

T = TypeVar("T")

ALL_VALUES = 1_000_000  # above the number of values of any field
BATCH = 64  # points per request: 6 vectors of dim 768 take 6.3 MiB as JSON; a server accepts 32 MiB


class Caller(Protocol):
    """Runs a call of the client, for example with retries or under a lock."""

    def __call__(self, work: Callable[[], T], /) -> T: ...


class ClientEngine:
    """One collection of a Qdrant client, with named vectors `names`."""

    def __init__(
        self,
        client: QdrantClient,
        collection: str,
        dim: int,
        call: Caller,
        *,
        names: Iterable[str] = (),
        distance: m.Distance = m.Distance.COSINE,
        search_params: m.SearchParams | None = None,
        memory: m.Memory | None = None,
        most: int | None = None,
    ) -> None:
        """`most`: results that one request may ask for; None: any number."""
        self._client = client
        self._collection = collection
        self._dim = dim
        self._call = call
        self._names = set(names)
        self._distance = distance  # of vectors that are added
        self._memory = memory  # where they are kept
        self._most = min(most or ALL_VALUES, ALL_VALUES)
        self._search_params = search_params

    @classmethod
    def in_memory(cls, dim: int, names: Sequence[str] = ()) -> "ClientEngine":
        """An empty collection; nothing is written to disk."""
        client = QdrantClient(":memory:")
        vector = m.VectorParams(size=dim, distance=m.Distance.DOT)
        client.create_collection("points", vectors_config=dict.fromkeys(names, vector))
        # For cosines the client of 1.20 normalises what it stores again with each search, which moves the last bits of
        # scores (https://github.com/qdrant/qdrant-client/issues/1161). Of vectors of norm 1 they are dot products.
        return cls(client, "points", dim, _one_by_one(), names=names, distance=m.Distance.DOT)

    def upsert(self, points: Sequence[Point]) -> None:
        for name in sorted({name for point in points for name in point.vectors} - self._names):
            self._add_vector(name)
        for batch in _batches(points):
            structs = [_to_struct(point) for point in batch]
            self._call(lambda structs=structs: self._client.upsert(self._collection, structs, wait=True))

    def retrieve(
        self, ids: Sequence[str], vectors: bool | Sequence[str] = False, *, payload: bool = True
    ) -> list[Point]:
        if not ids:
            return []
        wanted = vectors if isinstance(vectors, bool) else list(filter(self._has, vectors))
        records = self._call(lambda: self._client.retrieve(self._collection, list(ids), payload, wanted))
        return list(map(_to_point, records))

    def nearest(self, name: str, vector: np.ndarray, limit: int, where: Conditions) -> list[tuple[str, float]]:
        if not self._has(name):
            return []

        def query() -> list[m.ScoredPoint]:
            answer = self._client.query_points(
                self._collection,
                query=vector.tolist(),
                using=name,
                limit=min(limit, self._most),
                query_filter=_to_filter(where),
                search_params=self._search_params,
                with_payload=False,
            )
            return answer.points

        return [(str(point.id), point.score) for point in self._call(query)]

    def nearest_many(self, name: str, vectors: np.ndarray, limit: int, where: Conditions) -> list[list[str]]:
        conditions = _to_filter(where)
        requests = [
            m.QueryRequest(
                query=vector.tolist(),
                using=name,
                limit=min(limit, self._most),
                filter=conditions,
                params=self._search_params,
            )
            for vector in vectors
        ]
        if not requests:
            return []
        if not self._has(name):
            return [[] for _ in requests]
        answers = self._call(lambda: self._client.query_batch_points(self._collection, requests))
        return [[str(point.id) for point in answer.points] for answer in answers]

    def scroll(
        self, where: Conditions, limit: int, cursor: str | None = None, fields: Sequence[str] | None = None
    ) -> tuple[list[Point], str | None]:
        def scroll() -> tuple[list[m.Record], Any]:
            return self._client.scroll(
                self._collection,
                scroll_filter=_to_filter(where),
                limit=min(limit, self._most),
                offset=cursor,
                with_payload=True if fields is None else list(fields) or False,
            )

        records, following = self._call(scroll)
        return list(map(_to_point, records)), None if following is None else str(following)

    def count(self, where: Conditions) -> int:
        conditions = _to_filter(where)
        return self._call(lambda: self._client.count(self._collection, conditions, exact=True)).count

    def facet(self, key: str, where: Conditions) -> dict[str | int, int]:
        conditions = _to_filter(where)
        answer = self._call(lambda: self._client.facet(self._collection, key, conditions, self._most, exact=True))
        if len(answer.hits) < self._most or self._most == ALL_VALUES:
            return {hit.value: hit.count for hit in answer.hits}
        counts: Counter[str | int] = Counter()  # there may be more, and a request has no offset
        for point in walk(self, where, [key]):
            values = point.payload.get(key, ())
            counts.update({*values} if isinstance(values, list) else {values})
        return dict(counts)

    def set_payload(self, id: str, payload: Payload) -> None:  # noqa: A002  # the field's own word
        new = dict(payload)
        self._call(lambda: self._client.overwrite_payload(self._collection, new, points=[id], wait=True))

    def set_fields(self, id: str, fields: Payload) -> None:  # noqa: A002  # the field's own word
        new = dict(fields)
        self._call(lambda: self._client.set_payload(self._collection, new, points=[id], wait=True))

    def delete(self, ids: Sequence[str]) -> None:
        selector = m.PointIdsList(points=list(ids))
        self._call(lambda: self._client.delete(self._collection, selector, wait=True))

    def flush(self) -> None:
        """Does nothing, because every write waits until it is applied."""

    def close(self) -> None:
        self._call(self._client.close)

    def _add_vector(self, name: str) -> None:
        """Add a named vector. Does nothing if another process has added it already."""
        dense = m.DenseVectorConfig(size=self._dim, distance=self._distance)
        config = m.DenseVectorNameConfig(dense=dense)
        self._call(lambda: self._client.create_vector_name(self._collection, name, config))
        if self._memory is not None:  # which a name that is made later does not inherit
            where = {name: m.VectorParamsDiff(memory=self._memory)}
            self._call(lambda: self._client.update_collection(self._collection, vectors_config=where))
        self._names.add(name)

    def _has(self, name: str) -> bool:
        """Whether any point may have this vector; another process may have added it."""
        if name not in self._names:
            names = self._call(lambda: self._client.get_collection(self._collection)).config.params.vectors
            self._names.update(names if isinstance(names, dict) else ())
        return name in self._names


def _one_by_one() -> Caller:
    """Serialise calls, because the in-memory client is not thread-safe."""
    lock = threading.RLock()

    def call(work: Callable[[], T]) -> T:
        with lock:
            return work()

    return call


def _batches(points: Sequence[Point]) -> Iterator[Sequence[Point]]:
    for start in range(0, len(points), BATCH):
        yield points[start : start + BATCH]


def _to_struct(point: Point) -> m.PointStruct:
    vectors: dict[str, Any] = {name: vector.tolist() for name, vector in point.vectors.items()}
    return m.PointStruct(id=point.id, vector=vectors, payload=dict(point.payload))


def _to_point(record: m.Record) -> Point:
    vectors = record.vector if isinstance(record.vector, dict) else {}
    return Point(
        str(record.id),
        record.payload or {},
        {name: np.asarray(vector, dtype=np.float32) for name, vector in vectors.items()},
    )


def _to_filter(where: Conditions) -> m.Filter:
    must_not = [_to_condition(each) for each in where.must_not]
    if where.exclude_ids:
        must_not.append(m.HasIdCondition(has_id=sorted(where.exclude_ids)))
    must = [_to_condition(each) for each in where.must]
    if where.only_ids is not None:
        must.append(m.HasIdCondition(has_id=sorted(where.only_ids)))
    return m.Filter(must=must, must_not=must_not)


def _to_condition(condition: Condition) -> m.Condition:
    match condition:
        case Match(key, values):
            return m.FieldCondition(key=key, match=m.MatchAny(any=list(values)))
        case Between(key, low, high):
            return m.FieldCondition(key=key, range=m.Range(gte=low, lte=high))
        case Contains(key, text):
            return m.FieldCondition(key=key, match=m.MatchSubstring(substring=text))
        case AnyOf(conditions):
            return m.Filter(should=[_to_condition(each) for each in conditions])
        case AllOf(conditions):
            return m.Filter(must=[_to_condition(each) for each in conditions])
