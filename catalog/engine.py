"""The interface of a vector engine: points with payloads and named vectors, searched by vector and by conditions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    import numpy as np

Payload: TypeAlias = Mapping[str, Any]  # JSON


@dataclass(frozen=True, slots=True)
class Schema:
    """Vectors and payload fields that an engine indexes."""

    vectors: tuple[str, ...] = ()  # names of vectors
    keywords: tuple[str, ...] = ()  # payload fields for exact matches and facets
    parts: tuple[str, ...] = ()  # payload fields for substring matches
    numbers: Mapping[str, type[int] | type[float]] = field(default_factory=dict)  # numeric payload fields
    exact: bool = False  # every search compares all vectors in full precision


@dataclass(frozen=True, slots=True)
class Point:
    """A stored point, as in Qdrant."""

    id: str  # a UUID
    payload: Payload
    vectors: Mapping[str, np.ndarray] = field(default_factory=dict)  # name -> [dim] float32, L2-normalised


@dataclass(frozen=True, slots=True)
class Match:
    """The field has one of the values; for an array field one matching element is enough."""

    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """The number in the field is between `low` and `high`, both inclusive; None is unbounded."""

    key: str
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Contains:
    """The text in the field contains this one."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of the conditions holds."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """All of the conditions hold."""

    conditions: tuple[Condition, ...]


Condition: TypeAlias = Match | Between | Contains | AnyOf | AllOf


@dataclass(frozen=True, slots=True)
class Conditions:
    """A filter on points."""

    must: tuple[Condition, ...] = ()
    must_not: tuple[Condition, ...] = ()
    exclude_ids: frozenset[str] = frozenset()
    only_ids: frozenset[str] | None = None  # None: any


ANYTHING = Conditions()
PAGE = 1000  # points per call of `walk`


class Engine(Protocol):
    """Raises UnavailableError if the storage fails. Arguments have been validated."""

    def upsert(self, points: Sequence[Point]) -> None:
        """Store points, replacing points of the same ids completely. New vector names are added."""
        ...

    def retrieve(
        self, ids: Sequence[str], vectors: bool | Sequence[str] = False, *, payload: bool = True
    ) -> list[Point]:
        """The existing points among these ids, in any order; with all vectors, or the vectors of the given names.

        Without `payload` the payloads are empty, which saves time for many points.
        """
        ...

    def nearest(self, name: str, vector: np.ndarray, limit: int, where: Conditions) -> list[tuple[str, float]]:
        """(id, cosine) of the points nearest to `vector` [dim] by their vector `name`, nearest first.

        Points without that vector are skipped; at least one point must have it.
        """
        ...

    def nearest_many(self, name: str, vectors: np.ndarray, limit: int, where: Conditions) -> list[list[str]]:
        """The ids of about the nearest points to each of `vectors` [n, dim], nearest first.

        Faster than `nearest` for each of them, because an engine may compare quantized vectors only.
        """
        ...

    def scroll(
        self, where: Conditions, limit: int, cursor: str | None = None, fields: Sequence[str] | None = None
    ) -> tuple[list[Point], str | None]:
        """One page of points ordered by id, and the id at which the next page starts, if any.

        With `fields`, payloads contain only these fields; none of them saves most of the time.
        """
        ...

    def count(self, where: Conditions) -> int:
        """Number of points that match the conditions."""
        ...

    def facet(self, key: str, where: Conditions) -> dict[str | int, int]:
        """Number of points for each value of the field."""
        ...

    def set_payload(self, id: str, payload: Payload) -> None:  # noqa: A002  # the field's own word
        """Replace the payload of an existing point, but not its vectors."""
        ...

    def set_fields(self, id: str, fields: Payload) -> None:  # noqa: A002  # the field's own word
        """Set some payload fields of an existing point; None empties a field. The others are kept."""
        ...

    def delete(self, ids: Sequence[str]) -> None:
        """Delete points; unknown ids are ignored."""
        ...

    def flush(self) -> None:
        """Sync all writes to disk, so that they survive a loss of power."""
        ...

    def close(self) -> None:
        """Release the storage. Must be called once, after a flush."""
        ...


def walk(engine: Engine, where: Conditions, fields: Sequence[str] | None = None) -> Iterator[Point]:
    """All points that match the conditions, ordered by id; `fields` as in `Engine.scroll`."""
    points, cursor = engine.scroll(where, PAGE, None, fields)
    yield from points
    while cursor is not None:
        points, cursor = engine.scroll(where, PAGE, cursor, fields)
        yield from points
