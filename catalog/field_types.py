"""Types of filter fields: the syntax of their terms, how they are stored, and the conditions that match them."""

import re
import zlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from catalog.engine import AnyOf, Between, Condition, Contains, Match, Payload, Schema
from catalog.keys import containers, encode_path, fold, is_storable_path, pure_path, readable
from catalog.track import Track
from polymuse.errors import UserError
from polymuse.music import SLUG, Tag

STRONG = 0.5  # default minimum confidence of a tag
MAX_NUMBER = 10**15  # in a range; up to here integers are exact in JSON and in the engines
MAX_SHOWN = 100  # characters of a term in an error message
NAME = re.compile(r"[a-z0-9_]+")  # of a stem


@dataclass(frozen=True, slots=True)
class Range:
    """A range of numbers, both ends inclusive; one of them may be None, which means unbounded."""

    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        ends = [end for end in (self.low, self.high) if end is not None]
        if not ends or not all(abs(end) <= MAX_NUMBER for end in ends) or ends != sorted(ends):
            raise UserError(
                f"{shortened(str(self))} is not a range of numbers",
                f"Write LOW..HIGH with LOW not above HIGH, LOW.. or ..HIGH, with numbers up to {MAX_NUMBER}.",
            )

    def __str__(self) -> str:
        return f"{_number(self.low)}..{_number(self.high)}"


@dataclass(frozen=True, slots=True)
class TagTerm:
    """A tag with a minimum confidence."""

    slug: str
    min_confidence: float = STRONG

    def __post_init__(self) -> None:
        if not SLUG.fullmatch(self.slug):
            raise UserError(
                f'"{shortened(self.slug)}" is not the name of a tag', "Use lower-case letters, digits, - and _."
            )
        if not 0 <= self.min_confidence <= 1:
            raise UserError(
                f"The confidence of tag {shortened(self.slug)} is {self.min_confidence}", "Choose a number from 0 to 1."
            )

    def __str__(self) -> str:
        return self.slug if self.min_confidence == STRONG else f"{self.slug}>{_number(self.min_confidence)}"


@dataclass(frozen=True, slots=True)
class Facet:
    """How the values of a field are counted."""

    name: str  # among the facets
    key: str  # payload field that is counted
    folded: bool = False  # whether spellings of one name are counted together


@dataclass(frozen=True, kw_only=True)
class FieldType(ABC):
    """A field of the filter: how its values are written, stored and matched."""

    name: str  # in the filter language
    syntax: str  # of its terms; alternatives separated by " or "
    matches: str  # what a term matches, for the documentation
    about: str | None = None  # description of a value for the HTTP API
    facet: Facet | None = None  # None: its values are not counted
    all_must_hold: ClassVar[bool] = False  # whether all of several terms must hold, or one is enough

    @abstractmethod
    def index(self) -> Schema:
        """The payload fields that an engine indexes."""

    @abstractmethod
    def parse(self, text: str) -> Any:
        """Parse a value of the filter language. Raises ValueError or UserError."""

    def check(self, value: Any, attribute: str) -> None:  # noqa: B027  # most values check themselves
        """Raises UserError for an invalid value; `attribute` is the attribute of the filter."""

    @abstractmethod
    def conditions(self, values: Sequence[Any]) -> list[Condition]:
        """Conditions on the payload of a track that match these values; at least one value is given."""

    @abstractmethod
    def payload(self, track: Track) -> dict[str, Any]:
        """The payload fields of a track for this filter field."""

    def restore(self, payload: Payload) -> dict[str, Any]:  # noqa: ARG002
        """Read the attributes of `Track` back from the payload."""
        return {}


@dataclass(frozen=True, kw_only=True)
class Keyword(FieldType):
    """One or several names, one of which equals the term, ignoring case and Unicode form."""

    track: str  # attribute of Track, a text or a tuple of texts, and payload field with its spelling
    key: str  # payload field with the folded names

    def index(self) -> Schema:
        return Schema(keywords=(self.key, *([self.facet.key] if self.facet is not None else [])))

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
        names: dict[str, str] = {}  # folded name -> its first spelling
        for each in value:
            names.setdefault(fold(each), readable(each))
        return {self.track: list(names.values()), self.key: sorted(names)}

    def restore(self, payload: Payload) -> dict[str, Any]:
        return restored(self.track, payload)


@dataclass(frozen=True, kw_only=True)
class Part(FieldType):
    """A text that contains the term, ignoring case and Unicode form."""

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
    """A number within the range of the term; tracks without a number never match."""

    track: str  # attribute of Track, and payload field
    number: type[int] | type[float]
    single: bool = False  # whether a term may be a single number instead of a range

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
    """A file, or a folder that contains it at any depth."""

    def index(self) -> Schema:
        return Schema(keywords=("paths", "under"))

    def parse(self, text: str) -> str:
        return _parse_name(text)

    def check(self, value: str, attribute: str) -> None:  # noqa: ARG002
        if not is_storable_path(value):
            raise UserError(
                f'The path "{shortened(readable(value))}" of a filter is not absolute',
                "Write the full path, starting at the root.",
            )

    def conditions(self, values: Sequence[str]) -> list[Condition]:
        return [Match("under", tuple(encode_path(str(pure_path(value))) for value in values))]

    def payload(self, track: Track) -> dict[str, Any]:
        return {
            "paths": [encode_path(file.path) for file in track.files],
            "under": sorted({folder for file in track.files for folder in containers(file.path)}),
        }


@dataclass(frozen=True, kw_only=True)
class Tags(FieldType):
    """Tags with a minimum confidence; a track must have all of them. Wrong ones are stored, and not found."""

    all_must_hold: ClassVar[bool] = True

    def index(self) -> Schema:
        return Schema(keywords=("tags_strong",), numbers={"tag_codes": int})

    def parse(self, text: str) -> TagTerm:
        slug, sign, confidence = text.partition(">")
        return TagTerm(slug.lower(), float(confidence.removeprefix("=")) if sign else STRONG)

    def conditions(self, values: Sequence[TagTerm]) -> list[Condition]:
        return list(map(_tag, values))

    def payload(self, track: Track) -> dict[str, Any]:
        confidence = {tag.slug: rounded(tag.confidence) for tag in track.right_tags}
        return {
            "tags": [{"slug": t.slug, "category": t.category, "confidence": rounded(t.confidence)} for t in track.tags],
            "tag_codes": [_tag_code(slug, value) for slug, value in confidence.items()],
            "tags_strong": [slug for slug, value in confidence.items() if value >= STRONG],
        }

    def restore(self, payload: Payload) -> dict[str, Any]:
        stored = payload.get("tags", ())
        return {"tags": tuple(Tag(tag["slug"], tag["category"], tag["confidence"]) for tag in stored)}


@dataclass(frozen=True, kw_only=True)
class Stems(FieldType):
    """Stems that the track must have vectors of; `to_payload` adds their names to the payload."""

    all_must_hold: ClassVar[bool] = True

    def index(self) -> Schema:
        return Schema(keywords=("has",))

    def parse(self, text: str) -> str:
        return text.lower()

    def check(self, value: str, attribute: str) -> None:  # noqa: ARG002
        if not NAME.fullmatch(value):
            raise UserError(f'"{shortened(value)}" is not the name of a stem', "Stems are named like vocals or drums.")

    def conditions(self, values: Sequence[str]) -> list[Condition]:
        return [Match("has", (stem,)) for stem in values]

    def payload(self, track: Track) -> dict[str, Any]:  # noqa: ARG002
        return {}


def rounded(value: float) -> float:
    """Round to six decimals: Edge returns longer numbers with an error in the last digit."""
    return round(float(value), 6)


def restored(track: str, payload: Payload) -> dict[str, Any]:
    """The attribute of a track that has one or several names. Raises TypeError if the payload has something else."""
    match payload.get(track):
        case None:
            return {}
        case str() as name:
            return {track: name}
        case list() as names if all(isinstance(each, str) for each in names):
            return {track: tuple(names)}
        case _:
            raise TypeError(f"{track} is neither a text nor a list of texts")


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
    return Between("tag_codes", _tag_code(term.slug, term.min_confidence), _tag_code(term.slug, 1.0))


def _tag_code(slug: str, confidence: float) -> int:
    """A tag and its confidence in one number, below 2^53: one index serves all tags, and a range at least so much."""
    return zlib.crc32(slug.encode()) << 20 | round(confidence * 1_000_000)


def shortened(text: str) -> str:
    """The text as it is shown in an error message."""
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return str(int(value)) if abs(value) <= MAX_NUMBER and value == int(value) else repr(value)
