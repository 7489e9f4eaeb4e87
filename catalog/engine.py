"""The contract of a vector engine: points with payloads and named vectors, found by nearness and by conditions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    import numpy as np

Payload: TypeAlias = Mapping[str, Any]  # JSON


@dataclass(frozen=True, slots=True)
class Schema:
    """What an engine is to be quick at."""

    vectors: tuple[str, ...] = ()  # names that points usually have
    keywords: tuple[str, ...] = ()  # payload fields that conditions and facets look up
    parts: tuple[str, ...] = ()  # payload fields that are searched for a part
    numbers: Mapping[str, type[int] | type[float]] = field(default_factory=dict)  # the same for numbers


@dataclass(frozen=True, slots=True)
class Point:
    id: str  # a UUID
    payload: Payload
    vectors: Mapping[str, np.ndarray] = field(default_factory=dict)  # name -> [dim] float32, L2-normalised


@dataclass(frozen=True, slots=True)
class Match:
    """The field holds one of the values; of a field with several values one is enough."""

    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """The number in the field is from `low` to `high`, both included; None is open."""

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
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    conditions: tuple[Condition, ...]


Condition: TypeAlias = Match | Between | Contains | AnyOf | AllOf


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a point must and must not fulfil."""

    must: tuple[Condition, ...] = ()
    must_not: tuple[Condition, ...] = ()
    exclude_ids: frozenset[str] = frozenset()
    only_ids: frozenset[str] | None = None  # None: any


ANYTHING = Conditions()
PAGE = 1000  # points per call when all are walked through


class Engine(Protocol):
    """Raises UnavailableError when the storage fails. What it is handed has been validated before."""

    def upsert(self, points: Sequence[Point]) -> None:
        """Stores the points, replacing those of the same ids whole. A vector name seen first is added."""
        ...

    def retrieve(
        self, ids: Sequence[str], vectors: bool | Sequence[str] = False, *, payload: bool = True
    ) -> list[Point]:
        """The points among these ids that exist, in any order; with all their vectors or those of these names.

        Without `payload` theirs are empty, which saves time where many are asked for.
        """
        ...

    def nearest(self, name: str, vector: np.ndarray, limit: int, where: Conditions) -> list[tuple[str, float]]:
        """(id, cosine) of the points nearest to `vector` [dim] by their vector `name`, nearest first.

        Points without that vector are left out; `name` is one that some point has.
        """
        ...

    def scroll(
        self, where: Conditions, limit: int, cursor: str | None = None, fields: Sequence[str] | None = None
    ) -> tuple[list[Point], str | None]:
        """One page of points in the order of their ids, and the id at which the next page starts, if any.

        With `fields`, their payloads hold these fields alone.
        """
        ...

    def count(self, where: Conditions) -> int: ...

    def facet(self, key: str, where: Conditions) -> dict[str | int, int]:
        """How many points hold each value of the field, for every value."""
        ...

    def set_payload(self, id: str, payload: Payload) -> None:  # noqa: A002  # the field's own word
        """Replaces the payload of an existing point and leaves its vectors."""
        ...

    def delete(self, ids: Sequence[str]) -> None:
        """Ids that do not exist are ignored."""
        ...

    def flush(self) -> None:
        """Returns when all that was written survives a loss of power."""
        ...

    def close(self) -> None:
        """Lets go of the storage. To be called once, after a flush."""
        ...


def walk(engine: Engine, where: Conditions, fields: Sequence[str] | None = None) -> Iterator[Point]:
    """All points that fulfil the conditions, in the order of their ids; with `fields` as in `Engine.scroll`."""
    points, cursor = engine.scroll(where, PAGE, None, fields)
    yield from points
    while cursor is not None:
        points, cursor = engine.scroll(where, PAGE, cursor, fields)
        yield from points
