"""The descriptors of a catalog, one point each, in a separate engine that is made with the first of them.

    point of a slug   payload {"slug", "category", "names", "prompts", "stems", "voice", "bank": version or "own"}
    STATE             payload {"state": the fields of `DescriptorsVersion`}, no vector

The id of a point is derived from its slug. A bank is written in four steps: STATE without a bank, its descriptors,
the removal of those of other banks, STATE with it. So a crash leaves valid descriptors of both banks and no version,
and the next process that writes its bank repeats it. Processes on one server that write different banks at once may
remove descriptors of each other; the number of descriptors tells, and the next one that starts repeats its own. Nobody
writes a bank but once when it starts, so two of them never take turns. Descriptors of users are not touched by this.
"""

import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from difflib import get_close_matches
from typing import Any

import numpy as np

from catalog.engine import Conditions, Engine, Match, Payload, Point, Schema, walk
from catalog.field_types import SLUG, shortened
from catalog.query import DescriptorTerm, Query
from catalog.validation import InvalidEntryError, unit_vector
from polymuse.descriptors import DescriptorsVersion, StoredDescriptor
from polymuse.errors import NotFoundError

OpenEngine = Callable[[bool], Engine | None]  # True: create it if missing; None if it is missing

TEXT = "text"  # name of the vector
DESCRIPTORS = Schema(vectors=(TEXT,), keywords=("bank", "category"), exact=True)
OWN = "own"  # in place of the version of a bank
STATE = str(uuid.uuid5(uuid.NAMESPACE_URL, "polymuse:descriptors"))

MAX_DESCRIPTORS = 10_000  # of a bank
MAX_OWN = 1_000
MAX_SLUG = 100  # characters
MAX_TEXTS, MAX_TEXT = 64, 300  # names, prompts or stems of a descriptor, and their characters
PAGE = 256  # descriptors read with their vectors in one call
EXTRA = 8  # candidates beyond the limit, to order equal ones by slug
SAME = 2e-6  # two cosines of an engine that differ by less may be in the other order


class DescriptorStore:
    """Descriptors by slug. Thread-safe for reading; the caller lets one thread write at a time."""

    def __init__(self, open_engine: OpenEngine, dim: int) -> None:
        self._open_engine = open_engine
        self._dim = dim
        self._engine: Engine | None = None
        self._opening = threading.Lock()

    def version(self) -> DescriptorsVersion:
        engine = self._opened()
        points = engine.retrieve([STATE]) if engine is not None else []
        if not points:
            return DescriptorsVersion()
        state = points[0].payload["state"]
        return DescriptorsVersion(state["revision"], state["bank"], state["bank_revision"])

    def read(self, slugs: Sequence[str] | None) -> list[StoredDescriptor]:
        """Those with these slugs, or all, ordered by slug."""
        engine = self._opened()
        if engine is None:
            return []
        if slugs is None:
            ids = [point.id for point in walk(engine, _DESCRIPTORS, ["slug"])]
        else:
            ids = [_id(slug) for slug in dict.fromkeys(slugs)]
        return sorted(_descriptors(engine, ids), key=_slug)

    def own(self) -> list[StoredDescriptor]:
        """Those of users, ordered by slug."""
        engine = self._opened()
        if engine is None:
            return []
        return sorted(_descriptors(engine, [point.id for point in walk(engine, _OF_USERS, ["slug"])]), key=_slug)

    def nearest(self, vector: np.ndarray, limit: int, categories: Sequence[str] | None) -> list[tuple[str, float]]:
        """(slug, cosine), exact, nearest first and then by slug."""
        engine = self._opened()
        if engine is None or limit < 1 or (categories is not None and not categories):
            return []
        vector = unit_vector(vector, self._dim)
        where = _DESCRIPTORS if categories is None else Conditions(must=(Match("category", tuple(categories)),))
        asked = limit + EXTRA
        while True:
            found = engine.nearest(TEXT, vector, asked, where)
            if len(found) < asked or found[-1][1] < found[limit - 1][1] - SAME:
                break
            asked *= 2  # more of them are equal than were asked for
        exact = vector.astype(np.float64)
        scored = [
            (each.slug, float((each.vector.astype(np.float64) * exact).sum()))
            for each in _descriptors(engine, [id_ for id_, _ in found])
        ]
        return sorted(scored, key=lambda each: (-each[1], each[0]))[:limit]

    def complete(self, query: Query) -> Query:
        """The query with the vectors of its descriptors. Raises NotFoundError."""
        terms = (*query.descriptors, *query.not_descriptors)
        if not terms:
            return query
        vectors = {each.slug: each.vector for each in self.read([term.slug for term in terms])}
        if unknown := [term.slug for term in terms if term.slug not in vectors]:
            slug = shortened(unknown[0])
            raise NotFoundError(f'There is no descriptor "{slug}"', self._like(slug))

        def completed(terms: tuple[DescriptorTerm, ...]) -> tuple[DescriptorTerm, ...]:
            return tuple(replace(term, vector=vectors[term.slug]) for term in terms)

        descriptors, not_descriptors = completed(query.descriptors), completed(query.not_descriptors)
        return replace(query, descriptors=descriptors, not_descriptors=not_descriptors)

    def holds(self, version: str, number: int) -> bool:
        """Whether the bank of this version is stored, with its `number` descriptors."""
        engine = self._opened()
        return engine is not None and self.version().bank == version and self._count(engine, version, number)

    def put_bank(self, descriptors: Sequence[StoredDescriptor], version: str) -> None:
        """Replace the bank. Slugs that a user's descriptor has stay with it. Raises InvalidEntryError."""
        if not version or version == OWN:
            raise InvalidEntryError(f"{version!r} is not the version of a bank")
        if len(descriptors) > MAX_DESCRIPTORS:
            raise InvalidEntryError(f"A bank of {len(descriptors)} descriptors is too large: {MAX_DESCRIPTORS} fit")
        points = [_to_point(check_descriptor(each, self._dim), version) for each in descriptors]
        engine = self._existing()
        own = {point.id for point in walk(engine, _OF_USERS, ["slug"])}
        engine.upsert([_new_state()])
        engine.upsert([point for point in points if point.id not in own])
        others = Conditions(must_not=(_of_bank(version, OWN),), exclude_ids=frozenset([STATE]))
        if stale := [point.id for point in walk(engine, others, ["slug"])]:
            engine.delete(stale)
        engine.upsert([_new_state(version)])
        engine.flush()

    def put(self, descriptor: StoredDescriptor) -> None:
        """Add a user's descriptor, or replace it. On disk when this returns. Raises InvalidEntryError."""
        point = _to_point(check_descriptor(descriptor, self._dim), OWN)
        engine = self._existing()
        there = engine.retrieve([point.id])
        if there and there[0].payload["bank"] != OWN:
            raise InvalidEntryError(
                f"{descriptor.slug} is a descriptor of the bank", "Choose another slug, or change the bank in its file."
            )
        if not there and engine.count(_OF_USERS) >= MAX_OWN:
            raise InvalidEntryError(f"There are {MAX_OWN} descriptors of your own already", "Remove one first.")
        engine.upsert([point, _next_state(self.version())])  # in one step
        engine.flush()

    def remove(self, slug: str) -> bool:
        """Remove a user's descriptor; False if there is none. Raises InvalidEntryError for one of the bank."""
        engine = self._opened()
        there = engine.retrieve([_id(slug)]) if engine is not None else []
        if engine is None or not there:
            return False
        if there[0].payload["bank"] != OWN:
            raise InvalidEntryError(f"{slug} is a descriptor of the bank", "Change the bank in its file.")
        engine.delete([there[0].id])
        engine.upsert([_next_state(self.version())])
        engine.flush()
        return True

    def flush(self) -> None:
        if self._engine is not None:
            self._engine.flush()

    def close(self) -> None:
        if self._engine is not None:
            self._engine.close()

    def _opened(self, *, create: bool = False) -> Engine | None:
        if self._engine is None:
            with self._opening:
                if self._engine is None:
                    self._engine = self._open_engine(create)
        return self._engine

    def _like(self, slug: str) -> str:
        """Advice that names the slugs that are spelled most like this one."""
        engine = self._opened()
        slugs = [point.payload["slug"] for point in walk(engine, _DESCRIPTORS, ["slug"])] if engine is not None else []
        found = get_close_matches(slug, slugs)
        return f"Similar ones: {', '.join(found)}." if found else "`polymuse descriptors list` shows all."

    def _existing(self) -> Engine:
        engine = self._opened(create=True)
        if engine is None:
            raise RuntimeError("the engine of descriptors was not made")
        return engine

    def _count(self, engine: Engine, version: str, number: int) -> bool:
        stored = engine.count(Conditions(must=(_of_bank(version),)))
        return stored == number or number - engine.count(_OF_USERS) <= stored < number


def check_descriptor(descriptor: StoredDescriptor, dim: int) -> StoredDescriptor:
    """The descriptor with a vector [dim] float32 of norm 1. Raises InvalidEntryError."""
    slug, names, prompts, stems = shortened(descriptor.slug), descriptor.names, descriptor.prompts, descriptor.stems
    if not SLUG.fullmatch(descriptor.slug) or len(descriptor.slug) > MAX_SLUG:
        raise InvalidEntryError(f'"{slug}" is not a slug of small letters, digits, - and _')
    if not all(map(SLUG.fullmatch, (descriptor.category, descriptor.voice or "none", *stems))):
        raise InvalidEntryError(f"The category, a stem or the voice of {slug} is not a name")
    if "en" not in names or not prompts or not stems:
        raise InvalidEntryError(f"{slug} needs an English name, a prompt and a stem")
    if max(map(len, (names, prompts, stems))) > MAX_TEXTS:
        raise InvalidEntryError(f"{slug} has more than {MAX_TEXTS} names, prompts or stems")
    if not all(text.strip() and len(text) <= MAX_TEXT for text in (*names, *names.values(), *prompts)):
        raise InvalidEntryError(f"A name or a prompt of {slug} is empty, or longer than {MAX_TEXT} characters")
    try:
        return replace(descriptor, vector=unit_vector(descriptor.vector, dim))
    except ValueError as error:
        raise InvalidEntryError(f"The vector of {slug} cannot be stored: {error}") from None


def _descriptors(engine: Engine, ids: Sequence[str]) -> Iterator[StoredDescriptor]:
    """Those that are there, without any whose vector a crash has lost."""
    for start in range(0, len(ids), PAGE):
        for point in engine.retrieve(ids[start : start + PAGE], vectors=True):
            vector = point.vectors.get(TEXT)
            if vector is not None and vector.any():
                yield to_descriptor(point.payload, vector)


def to_descriptor(payload: Payload, vector: np.ndarray) -> StoredDescriptor:
    """The descriptor of a stored point. Raises KeyError, TypeError and AttributeError for a damaged payload."""
    return StoredDescriptor(
        slug=payload["slug"],
        category=payload["category"],
        names=payload["names"],
        prompts=tuple(payload["prompts"]),
        stems=tuple(payload["stems"]),
        vector=vector,
        voice=payload["voice"],
        own=payload["bank"] == OWN,
    )


def _id(slug: str) -> str:
    return str(uuid.uuid5(uuid.UUID(STATE), slug))


def _slug(descriptor: StoredDescriptor) -> str:
    return descriptor.slug


def _of_bank(*versions: str) -> Match:
    return Match("bank", versions)


_OF_USERS = Conditions(must=(_of_bank(OWN),))
_DESCRIPTORS = Conditions(exclude_ids=frozenset([STATE]))


def _new_state(bank: str = "") -> Point:
    """After a write of a bank."""
    revision = uuid.uuid4().hex
    return Point(STATE, {"state": asdict(DescriptorsVersion(revision, bank, revision))})


def _next_state(before: DescriptorsVersion) -> Point:
    """After a write of a user's descriptor."""
    return Point(STATE, {"state": asdict(replace(before, revision=uuid.uuid4().hex))})


def to_payload(descriptor: StoredDescriptor, bank: str) -> dict[str, Any]:
    """The payload of a descriptor of the bank of this version, or OWN."""
    return {
        "slug": descriptor.slug,
        "category": descriptor.category,
        "names": dict(descriptor.names),
        "prompts": list(descriptor.prompts),
        "stems": list(descriptor.stems),
        "voice": descriptor.voice,
        "bank": bank,
    }


def _to_point(descriptor: StoredDescriptor, bank: str) -> Point:
    return Point(_id(descriptor.slug), to_payload(descriptor, bank), {TEXT: descriptor.vector})
