"""The embedded engine: one Qdrant Edge shard in a directory, owned by this process.

Edge calls hold the GIL, and a shard must not be used by several threads, so every call runs on one dedicated thread.
"""

import re
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import qdrant_edge as qe

from catalog.after_loss import put_right
from catalog.description import REPAIR, DamagedError
from catalog.engine import AllOf, AnyOf, Between, Condition, Conditions, Contains, Match, Payload, Point, Schema
from catalog.folder_sync import FolderSync
from polymuse.errors import UnavailableError
from polymuse.files import SUFFIX, move
from polymuse.mounts import IN_MEMORY, file_system_of
from polymuse.paths import printable

T = TypeVar("T")

OVERSAMPLING = 2.0  # 4-bit candidates rescored per hit; with 2 the recall at 10 was 1.000 on 50,000 synthetic tracks
ALL_VALUES = 1_000_000  # above the number of values of any field
# Edge maps its files into memory, so writing to a full disk kills the process. Free space is checked before writing.
# Two write-ahead segments of 32 MiB and the pages of a batch fit into the reserve.
RESERVE = 128 * 2**20  # bytes
FILE = 32 * 2**20  # bytes of the first file of each vector, mostly a hole
SPARE = 16 * 2**20  # bytes to leave free when a shard is opened
PATIENCE = 0.02  # seconds that a write waits for searches
BETWEEN_READS = 0.002  # seconds between the calls of a search
AT_ONCE = 8  # points written in one call, which is how long a search waits beside a large batch
MAX_REASON = 300  # characters of what the engine says
RESUME = "Nothing was written. Free some space and run the command again to resume."
IN_MEMORY_TOO = (
    "The store is in memory (tmpfs), where reading takes space as well. Nothing was changed. Free some space, or "
    "move POLYMUSE_HOME to a disk."
)
GROWTH = 4  # bytes on disk per byte of vectors: log, originals, quantized codes, rounding up to pages


class EdgeEngine:
    """Points with cosine vectors [dim] under `path`.

    Named vectors of the schema are quantized when written, unless the schema asks for exact searches; names added later
    are searched in full precision, with the same results but slower.
    """

    def __init__(self, path: Path, dim: int, schema: Schema) -> None:
        """Open the shard, or create it. Raises UnavailableError if it cannot be read."""
        self._path = path
        self._dim = dim
        self._schema = schema
        self._names = set(schema.vectors)
        self._unflushed = False
        self._on_disk = FolderSync(path)
        self._last_read = 0.0  # on the clock of time.monotonic
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="qdrant-edge")
        try:
            self._shard: qe.EdgeShard = self._call(lambda: _open(path, dim, schema))
        except BaseException:
            self._thread.shutdown()
            raise

    @property
    def unindexed(self) -> frozenset[str]:
        """Fields of the schema without an index, in a shard made by an earlier version."""
        return self._call(lambda: _fields(self._schema) - self._shard.info().payload_schema.keys())

    def add_indexes(self) -> None:
        """Add missing indexes, and flush."""
        names = self.unindexed
        self._prepare_write(0)
        self._call(lambda: _index(self._shard, self._schema, names))
        self.flush()

    def upsert(self, points: Sequence[Point]) -> None:
        self._prepare_write(sum(vector.nbytes for point in points for vector in point.vectors.values()))
        for start in range(0, len(points), AT_ONCE):
            self._give_way()
            self._call(lambda part=points[start : start + AT_ONCE]: self._write(part))

    def retrieve(
        self, ids: Sequence[str], vectors: bool | Sequence[str] = False, *, payload: bool = True
    ) -> list[Point]:
        wanted = vectors if isinstance(vectors, bool) else list(vectors)
        return self._read(lambda: _to_points(self._shard.retrieve(list(ids), with_payload=payload, with_vector=wanted)))

    def nearest(self, name: str, vector: np.ndarray, limit: int, where: Conditions) -> list[tuple[str, float]]:
        def query() -> list[tuple[str, float]]:
            quantization = None
            if not self._schema.exact:
                quantization = qe.QuantizationSearchParams(rescore=True, oversampling=OVERSAMPLING)
            request = qe.QueryRequest(
                limit=limit,
                query=qe.Query.Nearest(vector.tolist(), using=name),
                filter=_to_filter(where),
                params=qe.SearchParams(exact=self._schema.exact, quantization=quantization),
                with_payload=False,
                with_vector=False,
            )
            return [(str(point.id), point.score) for point in self._shard.query(request)]

        return self._read(query)

    def nearest_many(self, name: str, vectors: np.ndarray, limit: int, where: Conditions) -> list[list[str]]:
        conditions = _to_filter(where)
        codes = qe.SearchParams(quantization=qe.QuantizationSearchParams(rescore=False, oversampling=1.0))

        def request(vector: np.ndarray) -> qe.QueryRequest:
            return qe.QueryRequest(
                limit=limit,
                query=qe.Query.Nearest(vector.tolist(), using=name),
                filter=conditions,
                params=codes,
                with_payload=False,
                with_vector=False,
            )

        def query(part: np.ndarray) -> list[list[str]]:
            found = self._shard.query_batch(qe.QueryBatchRequest([request(vector) for vector in part]))
            return [[str(point.id) for point in points] for points in found]

        parts = (vectors[start : start + AT_ONCE] for start in range(0, len(vectors), AT_ONCE))
        return [ids for part in parts for ids in self._read(lambda part=part: query(part))]

    def scroll(
        self, where: Conditions, limit: int, cursor: str | None = None, fields: Sequence[str] | None = None
    ) -> tuple[list[Point], str | None]:
        def scroll() -> tuple[list[Point], str | None]:
            request = qe.ScrollRequest(
                limit=limit,
                offset=cursor,
                filter=_to_filter(where),
                with_payload=True if fields is None else list(fields) or False,
                with_vector=False,
            )
            records, following = self._shard.scroll(request)
            return _to_points(records), None if following is None else str(following)

        return self._read(scroll)

    def count(self, where: Conditions) -> int:
        def count() -> int:
            return self._shard.count(qe.CountRequest(exact=True, filter=_to_filter(where)))

        return self._read(count)

    def facet(self, key: str, where: Conditions) -> dict[str | int, int]:
        def facet() -> dict[str | int, int]:
            request = qe.FacetRequest(key, limit=ALL_VALUES, exact=True, filter=_to_filter(where))
            return {hit.value: hit.count for hit in self._shard.facet(request).hits}

        return self._read(facet)

    def set_payload(self, id: str, payload: Payload) -> None:  # noqa: A002  # the field's own word
        self._prepare_write(0)
        self._update(qe.UpdateOperation.overwrite_payload([id], dict(payload)))

    def set_fields(self, id: str, fields: Payload) -> None:  # noqa: A002  # the field's own word
        """Set some payload fields of an existing point; the others are kept and not indexed again."""
        self._prepare_write(0)
        self._update(qe.UpdateOperation.set_payload([id], dict(fields)))

    def drop_fields(self, id: str, names: Sequence[str]) -> None:  # noqa: A002  # the field's own word
        """Delete payload fields of an existing point; the others are kept and not indexed again."""
        self._prepare_write(0)
        self._update(qe.UpdateOperation.delete_payload([id], list(names)))

    def delete(self, ids: Sequence[str]) -> None:
        self._prepare_write(0)
        self._update(qe.UpdateOperation.delete_points(list(ids)))

    def flush(self) -> None:
        if self._unflushed:  # a reader must be able to close on a full disk
            self._use(self._on_disk.sync)  # first: what the engine syncs refers to these files
            self._call(self._shard.flush)
            self._use(self._on_disk.sync)
            self._unflushed = False

    def close(self) -> None:
        try:
            self._call(self._shard.close)
        finally:
            self._thread.shutdown()

    def _give_way(self) -> None:
        """Wait while a search, which makes several calls, is under way, but not for long."""
        end = time.monotonic() + PATIENCE
        while end > (now := time.monotonic()) and now - self._last_read < BETWEEN_READS:
            time.sleep(BETWEEN_READS)

    def _write(self, points: Sequence[Point]) -> None:
        new = {name for point in points for name in point.vectors} - self._names
        for name in sorted(new):
            self._shard.update(qe.UpdateOperation.create_dense_vector(name, self._dim, qe.Distance.Cosine))
            self._names.add(name)
        if new:  # their folders are named in a configuration that the engine has synced
            self._on_disk.sync()
        self._shard.update(qe.UpdateOperation.upsert_points([_to_edge_point(point) for point in points]))

    def _update(self, operation: qe.UpdateOperation) -> None:
        self._call(lambda: self._shard.update(operation))

    def _prepare_write(self, incoming: int) -> None:
        _check_space(self._path, RESERVE + GROWTH * incoming)
        self._unflushed = True

    def _call(self, work: Callable[[], T]) -> T:
        """Run a call on the thread of the shard. Raises UnavailableError for errors of Edge and of the disk."""
        return self._use(lambda: self._thread.submit(work).result())

    def _read(self, work: Callable[[], T]) -> T:
        try:
            self._last_read = time.monotonic()
            return self._call(work)
        finally:
            self._last_read = time.monotonic()

    def _use(self, work: Callable[[], T]) -> T:
        """Raises UnavailableError for errors of Edge and of the disk."""
        try:
            return work()
        except BaseException as error:
            if not isinstance(error, OSError) and not _is_edge_error(error):
                raise
            if isinstance(error, OSError):
                raise UnavailableError(
                    f"The store {self._path} cannot be used: {error.strerror}",
                    "Check permissions and free space of its disk.",
                ) from error
            raise DamagedError(
                f"The store {self._path} cannot be used: {_reason(error)}",
                f"If its disk has free space and the error persists, it is damaged. {REPAIR}",
            ) from error


def _is_edge_error(error: BaseException) -> bool:
    """Edge 0.9 raises bare `Exception`, and for panics of its Rust code an exception outside the `Exception` tree.

    No Python module exports that class (https://github.com/PyO3/pyo3/issues/3519).
    """
    return type(error) is Exception or type(error).__module__ == "pyo3_runtime"


def _reason(error: BaseException) -> str:
    """What the engine says, in one line without its stock phrases."""
    text = re.sub(r"(Service )?(runtime|internal|IO)? ?[Ee]rror: ", "", " ".join(str(error).split()))
    return printable(text[:MAX_REASON])


def _check_space(path: Path, needed: int, advice: str = RESUME) -> None:
    free = shutil.disk_usage(path).free
    if free < needed:
        raise UnavailableError(
            f"The disk of {path} is full: {free // 2**20} MiB are free, {needed // 2**20} MiB are needed",
            advice,
        )


def _check_holes(path: Path, schema: Schema) -> None:
    """On a file system in memory, opening a shard fills the holes of its files, and without room kills the process."""
    folder = path if path.exists() else path.parent
    if file_system_of(folder) not in IN_MEMORY:
        return
    sizes = [file.stat() for file in path.rglob("*") if file.is_file()]
    holes = sum(max(0, size.st_size - size.st_blocks * 512) for size in sizes)
    _check_space(folder, SPARE + (holes if sizes else RESERVE + FILE * len(schema.vectors)), IN_MEMORY_TOO)


def _open(path: Path, dim: int, schema: Schema) -> qe.EdgeShard:
    _check_holes(path, schema)
    if not path.exists():
        unfinished = path.with_name(path.name + SUFFIX)  # left by a killed process
        shutil.rmtree(unfinished, ignore_errors=True)
        _create(unfinished, dim, schema)
        FolderSync(unfinished).sync()
        move(unfinished, path)
    put_right(path, schema.vectors)
    return qe.EdgeShard.load(str(path))


def _create(path: Path, dim: int, schema: Schema) -> None:
    path.mkdir(parents=True)
    _check_space(path, RESERVE)
    graph = qe.HnswIndexConfig(
        m=0, ef_construct=0, full_scan_threshold=0
    )  # no graph: scanning the codes is fast enough
    codes = None
    if not schema.exact:
        codes = qe.TurboQuantQuantizationConfig(bits=qe.TurboQuantBitSize.Bits4, memory=qe.Memory.Pinned)
    vector = qe.EdgeVectorParams(dim, qe.Distance.Cosine, quantization_config=codes, hnsw_config=graph)
    config = qe.EdgeConfig(
        vectors=dict.fromkeys(schema.vectors, vector), hnsw_config=graph, quantization_config=codes, wal_enabled=True
    )
    shard = qe.EdgeShard.create(str(path), config)
    _index(shard, schema, _fields(schema))
    shard.flush()
    shard.close()


def _fields(schema: Schema) -> frozenset[str]:
    return frozenset((*schema.keywords, *schema.numbers))


def _index(shard: qe.EdgeShard, schema: Schema, names: frozenset[str]) -> None:
    for name in sorted(names):
        if name in schema.keywords:
            shard.update(qe.UpdateOperation.create_field_index(name, qe.KeywordIndexParams(enable_hnsw=False)))
        else:
            kind = qe.PayloadSchemaType.Integer if schema.numbers[name] is int else qe.PayloadSchemaType.Float
            shard.update(qe.UpdateOperation.create_field_index(name, kind))


def _to_edge_point(point: Point) -> qe.Point:
    vectors: dict[str, Any] = {name: vector.tolist() for name, vector in point.vectors.items()}
    return qe.Point(point.id, vectors, dict(point.payload))


def _to_points(records: Iterable[qe.Record]) -> list[Point]:
    return [Point(str(record.id), record.payload or {}, _to_arrays(record.vector)) for record in records]


def _to_arrays(vectors: Any) -> dict[str, np.ndarray]:
    return {name: np.asarray(vector, dtype=np.float32) for name, vector in (vectors or {}).items()}


def _to_filter(where: Conditions) -> qe.Filter:
    must_not = [_to_condition(each) for each in where.must_not]
    if where.exclude_ids:
        must_not.append(qe.HasIdCondition(set(where.exclude_ids)))
    must = [_to_condition(each) for each in where.must]
    if where.only_ids is not None:
        must.append(qe.HasIdCondition(set(where.only_ids)))
    return qe.Filter(must=must, must_not=must_not)


def _to_condition(condition: Condition) -> Any:
    match condition:
        case Match(key, values):
            return qe.FieldCondition(key, match=qe.MatchAny(list(values)))
        case Between(key, low, high):
            return qe.FieldCondition(key, range=qe.RangeFloat(gte=low, lte=high))
        case Contains(key, text):
            return qe.FieldCondition(key, match=qe.MatchSubstring(text))
        case AnyOf(conditions):
            return qe.Filter(should=[_to_condition(each) for each in conditions])
        case AllOf(conditions):
            return qe.Filter(must=[_to_condition(each) for each in conditions])
