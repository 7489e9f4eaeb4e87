"""The types of filter fields: how a term of each is written, and how tracks are stored and found by it."""

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from catalog.engine import AllOf, AnyOf, Between, Condition, Contains, Match, Payload, Schema
from catalog.keys import containers, encode_path, fold, is_storable_path, pure_path, readable
from catalog.track import Track
from polymuse.errors import UserError
from polymuse.music import Tag

STRONG = 0.5  # the confidence from which a tag counts when none is asked for
TAG_LEVELS = 20  # steps of confidence, of 0.05 each
NAME = re.compile(r"[a-z0-9_]+")  # of a stem
SLUG = re.compile(r"[a-z0-9_-]+")  # of a tag


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from `low` to `high`, both included; None leaves that side open, but not both."""

    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        ends = [end for end in (self.low, self.high) if end is not None]
        if not ends or not all(math.isfinite(end) for end in ends) or ends != sorted(ends):
            raise UserError(
                f"{self} is not a range of numbers", "Write LOW..HIGH with LOW not above HIGH, LOW.. or ..HIGH."
            )

    def __str__(self) -> str:
        return f"{_number(self.low)}..{_number(self.high)}"


@dataclass(frozen=True, slots=True)
class TagTerm:
    """A tag with at least this confidence."""

    slug: str
    min_confidence: float = STRONG

    def __post_init__(self) -> None:
        if not SLUG.fullmatch(self.slug):
            raise UserError(f'"{self.slug}" is not the name of a tag', "Use lower-case letters, digits, - and _.")
        if not 0 <= self.min_confidence <= 1:
            raise UserError(
                f"The confidence of tag {self.slug} is {self.min_confidence}", "Choose a number from 0 to 1."
            )

    def __str__(self) -> str:
        return self.slug if self.min_confidence == STRONG else f"{self.slug}>{_number(self.min_confidence)}"


@dataclass(frozen=True, slots=True)
class Facet:
    """How the values of a field are counted."""

    name: str  # among the facets
    key: str  # payload field that is counted
    spelled: str | None = None  # payload field with the spelling, where `key` holds folded names


@dataclass(frozen=True, kw_only=True)
class FieldType(ABC):
    """A field of the filter: how its values are written, stored and matched."""

    name: str  # in the filter language
    syntax: str  # how its terms are written, with " or " between the ways
    matches: str  # what a term matches, for the documentation
    about: str | None = None  # what a value is, for the schema of the HTTP service
    facet: Facet | None = None  # None: its values are not counted
    all_must_hold: ClassVar[bool] = False  # of several terms; else one of them is enough

    @abstractmethod
    def index(self) -> Schema:
        """The payload fields that an engine has to be quick at."""

    @abstractmethod
    def parse(self, text: str) -> Any:
        """The value that the text stands for in the filter language. Raises ValueError or UserError."""

    def check(self, value: Any, attribute: str) -> None:  # noqa: B027  # most values check themselves
        """Raises UserError for an impossible value; `attribute` is that of the filter which holds it."""

    @abstractmethod
    def conditions(self, values: Sequence[Any]) -> list[Condition]:
        """What the payload of a track fulfils that passes a filter with these values, at least one."""

    @abstractmethod
    def payload(self, track: Track) -> dict[str, Any]:
        """The payload fields of a track that belong to this field."""

    def restore(self, payload: Payload) -> dict[str, Any]:  # noqa: ARG002
        """The attributes of `Track` that `payload` stored and that need no other field."""
        return {}


@dataclass(frozen=True, kw_only=True)
class Keyword(FieldType):
    """A name, or several names, one of which is the same as that of the term but for case and Unicode form."""

    track: str  # attribute of Track, a text or a tuple of texts, and payload field with its spelling
    key: str  # payload field with the folded names

    def index(self) -> Schema:
        return Schema(keywords=(self.track, self.key))

    def parse(self, text: str) -> str:
        return _parse_name(text)

    def check(self, value: str, attribute: str) -> None:
        _check_name(value, attribute)

    def conditions(self, values: Sequence[str]) -> list[Condition]:
        return [Match(self.key, tuple(map(fold, values)))]

    def payload(self, track: Track) -> dict[str, Any]:
        value: str | tuple[str, ...] = getattr(track, self.track)
        if isinstance(value, str):
            return {self.track: readable(value), self.key: fold(value)}
        return {self.track: list(map(readable, value)), self.key: sorted(set(map(fold, value)))}

    def restore(self, payload: Payload) -> dict[str, Any]:
        if self.track not in payload:
            return {}
        stored: str | list[str] = payload[self.track]
        return {self.track: stored if isinstance(stored, str) else tuple(stored)}


@dataclass(frozen=True, kw_only=True)
class Part(FieldType):
    """A text that contains that of the term, but for case and Unicode form."""

    track: str  # attribute of Track, and payload field with its spelling
    key: str  # payload field with the folded text

    def index(self) -> Schema:
        return Schema(parts=(self.key,))

    def parse(self, text: str) -> str:
        return _parse_name(text)

    def check(self, value: str, attribute: str) -> None:
        _check_name(value, attribute)

    def conditions(self, values: Sequence[str]) -> list[Condition]:
        return [AnyOf(tuple(Contains(self.key, fold(value)) for value in values))]

    def payload(self, track: Track) -> dict[str, Any]:
        value = getattr(track, self.track)
        return {self.track: readable(value), self.key: fold(value)}

    def restore(self, payload: Payload) -> dict[str, Any]:
        return {self.track: payload.get(self.track, "")}


@dataclass(frozen=True, kw_only=True)
class Number(FieldType):
    """A number within the range of the term; a track without one is in no range."""

    track: str  # attribute of Track, and payload field
    number: type[int] | type[float]
    single: bool = False  # whether a term may name one number in place of a range

    def index(self) -> Schema:
        return Schema(numbers={self.track: self.number})

    def parse(self, text: str) -> Range:
        low, dots, high = text.partition("..")
        if not dots and self.single:
            return Range(self.number(text), self.number(text))
        if not dots or not (low or high):
            raise ValueError(text)
        return Range(float(low) if low else None, float(high) if high else None)

    def conditions(self, values: Sequence[Range]) -> list[Condition]:
        return [AnyOf(tuple(Between(self.track, each.low, each.high) for each in values))]

    def payload(self, track: Track) -> dict[str, Any]:
        value: float | None = getattr(track, self.track)
        return {self.track: value if value is None or self.number is int else rounded(value)}

    def restore(self, payload: Payload) -> dict[str, Any]:
        return {self.track: payload[self.track]} if self.track in payload else {}


@dataclass(frozen=True, kw_only=True)
class Folder(FieldType):
    """A file, or a folder that contains one at any depth."""

    def index(self) -> Schema:
        return Schema(keywords=("paths", "under"))

    def parse(self, text: str) -> str:
        return _parse_name(text)

    def check(self, value: str, attribute: str) -> None:  # noqa: ARG002
        if not is_storable_path(value):
            raise UserError(f'The path "{readable(value)}" of a filter is not absolute', "Write it from the root on.")

    def conditions(self, values: Sequence[str]) -> list[Condition]:
        return [Match("under", tuple(encode_path(str(pure_path(value))) for value in values))]

    def payload(self, track: Track) -> dict[str, Any]:
        return {
            "paths": [encode_path(file.path) for file in track.files],
            "under": sorted({folder for file in track.files for folder in containers(file.path)}),
        }


@dataclass(frozen=True, kw_only=True)
class Tags(FieldType):
    """Tags with at least the confidence of the term; a track passes that has all of them."""

    all_must_hold: ClassVar[bool] = True

    def index(self) -> Schema:
        return Schema(keywords=("tag_levels", "tags_strong"))

    def parse(self, text: str) -> TagTerm:
        slug, sign, confidence = text.partition(">")
        return TagTerm(slug.lower(), float(confidence.removeprefix("=")) if sign else STRONG)

    def conditions(self, values: Sequence[TagTerm]) -> list[Condition]:
        return list(map(_tag, values))

    def payload(self, track: Track) -> dict[str, Any]:
        confidence = {tag.slug: rounded(tag.confidence) for tag in track.tags}
        return {
            "tags": [{"slug": t.slug, "category": t.category, "confidence": confidence[t.slug]} for t in track.tags],
            "tag_p": confidence,
            "tag_levels": [_tag_level(slug, _level_of(value)) for slug, value in confidence.items()],
            "tags_strong": [slug for slug, value in confidence.items() if value >= STRONG],
        }

    def restore(self, payload: Payload) -> dict[str, Any]:
        stored = payload.get("tags", ())
        return {"tags": tuple(Tag(tag["slug"], tag["category"], tag["confidence"]) for tag in stored)}


@dataclass(frozen=True, kw_only=True)
class Stems(FieldType):
    """Stems of which the track has a vector, all that are named; `to_payload` adds their names to the payload."""

    all_must_hold: ClassVar[bool] = True

    def index(self) -> Schema:
        return Schema(keywords=("has",))

    def parse(self, text: str) -> str:
        return text.lower()

    def check(self, value: str, attribute: str) -> None:  # noqa: ARG002
        if not NAME.fullmatch(value):
            raise UserError(f'"{value}" is not the name of a stem', "Stems are named like vocals or drums.")

    def conditions(self, values: Sequence[str]) -> list[Condition]:
        return [Match("has", (stem,)) for stem in values]

    def payload(self, track: Track) -> dict[str, Any]:  # noqa: ARG002
        return {}


def rounded(value: float) -> float:
    """To six decimals: Edge reads longer ones back with an error in the last digit of a float."""
    return round(float(value), 6)


def _parse_name(text: str) -> str:
    if not fold(text):
        raise ValueError(text)
    return text


def _check_name(value: str, attribute: str) -> None:
    if not fold(value):
        raise UserError(f"An empty name among the {attribute} of a filter", "Leave the term out.")


def _tag(term: TagTerm) -> Condition:
    if term.min_confidence == STRONG:
        return Match("tags_strong", (term.slug,))
    # The confidences have no index, which would be one for each tag: only those at the edge are looked at.
    edge = _level_of(term.min_confidence)
    at_edge = Match("tag_levels", (_tag_level(term.slug, edge),))
    exactly = AllOf((at_edge, Between(f"tag_p.{term.slug}", term.min_confidence, None)))
    above = tuple(_tag_level(term.slug, level) for level in range(edge + 1, TAG_LEVELS + 1))
    return AnyOf((Match("tag_levels", above), exactly)) if above else exactly


def _level_of(confidence: float) -> int:
    return math.floor(confidence * TAG_LEVELS)


def _tag_level(slug: str, level: int) -> str:
    return f"{slug}:{level}"


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return str(int(value)) if math.isfinite(value) and value == int(value) else repr(value)
