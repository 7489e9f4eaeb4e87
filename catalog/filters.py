"""Which tracks a search may return: the `Filter` and its one-line language.

Terms are `field:value`, separated by spaces; a value with spaces is put in double quotes; a leading minus excludes:

    artist:bach year:1990..2000 duration:60..240 tag:calm>0.6 album:"two words" has:vocals -genre:techno

Terms of different fields must all hold. Of several artists, albums, genres, titles, paths, years or durations one
must hold; of several tags and stems all must, as a track has many of them. No excluded term may hold.
"""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from catalog.keys import fold, is_storable_path, readable
from polymuse.errors import UserError

STRONG = 0.5  # the confidence from which a tag counts when none is asked for
NAME = re.compile(r"[a-z0-9_]+")  # of a stem
SLUG = re.compile(r"[a-z0-9_-]+")  # of a tag
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"', re.DOTALL)  # \" and \\ inside stand for a quote and a backslash

SYNTAX = {
    "artist": "artist:NAME",
    "album": "album:NAME",
    "genre": "genre:NAME",
    "title": "title:PART",
    "path": "path:/FOLDER",
    "year": "year:1995 or year:1990..2000",
    "duration": "duration:60..240 (seconds)",
    "tag": "tag:NAME or tag:NAME>0.6",
    "has": "has:STEM",
}


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
class Filter:
    """Terms by field. The module's docstring says how they combine; the empty filter lets every track through.

    Names are compared without regard to case and Unicode form. `titles` holds parts of titles; `paths` absolute
    files or folders, compared as the file system spells them, a folder standing for all below it.
    """

    artists: tuple[str, ...] = ()
    albums: tuple[str, ...] = ()
    genres: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    years: tuple[Range, ...] = ()
    durations: tuple[Range, ...] = ()  # seconds
    tags: tuple[TagTerm, ...] = ()
    stems: tuple[str, ...] = ()
    exclude: "Filter | None" = None  # each of its terms excludes the tracks for which it holds

    def __post_init__(self) -> None:
        for name in ("artists", "albums", "genres", "titles"):
            for value in getattr(self, name):
                if not fold(value):
                    raise UserError(f"An empty name among the {name} of a filter", "Leave the term out.")
        for path in self.paths:
            if not is_storable_path(path):
                raise UserError(
                    f'The path "{readable(path)}" of a filter is not absolute', "Write it from the root on."
                )
        for stem in self.stems:
            if not NAME.fullmatch(stem):
                raise UserError(f'"{stem}" is not the name of a stem', "Stems are named like vocals or drums.")
        if self.exclude is not None and self.exclude.exclude is not None:
            raise UserError("A filter excludes from what it excludes", "Write the terms without the double negation.")

    def __str__(self) -> str:
        return format_filter(self)


_FIELDS = {
    "artist": "artists",
    "album": "albums",
    "genre": "genres",
    "title": "titles",
    "path": "paths",
    "year": "years",
    "duration": "durations",
    "tag": "tags",
    "has": "stems",
}


def parse_filter(text: str) -> Filter:
    """The filter that the text describes. Raises UserError that names the wrong term and what is allowed."""
    terms: dict[bool, dict[str, Any]] = {False: {}, True: {}}
    for term in _split(text):
        excluded, name, value = _parse_term(term)
        attribute = _FIELDS[name]
        terms[excluded][attribute] = (*terms[excluded].get(attribute, ()), value)
    return Filter(**terms[False], exclude=Filter(**terms[True]) if terms[True] else None)


def format_filter(where: Filter) -> str:
    """The text that `parse_filter` reads back as the same filter."""
    wanted = [f"{name}:{_quoted(str(value))}" for name, value in _terms(where)]
    unwanted = [f"-{name}:{_quoted(str(value))}" for name, value in _terms(where.exclude or Filter())]
    return " ".join(wanted + unwanted)


def _terms(where: Filter) -> Iterator[tuple[str, object]]:
    for name, attribute in _FIELDS.items():
        for value in getattr(where, attribute):
            yield name, value


def _split(text: str) -> Iterator[str]:
    """The terms of the text, quotes still on."""
    for match in re.finditer(rf'(?:[^\s:"]*:)?{_QUOTED.pattern}(?=\s|$)|\S+', text, re.DOTALL):
        yield match.group()


def _parse_term(term: str) -> tuple[bool, str, object]:
    name, colon, value = term.partition(":")
    excluded = name.startswith("-")
    name = name.removeprefix("-")
    if not colon or name not in _READERS:
        raise UserError(
            f"{term} is not a filter term", f"Allowed are {'; '.join(SYNTAX.values())}; - in front excludes."
        )
    try:
        return excluded, name, _READERS[name](_unquoted(value))
    except ValueError:
        raise UserError(f"{term} is not a filter term", f"Write {SYNTAX[name]}.") from None


def _read_name(value: str) -> str:
    if not fold(value):
        raise ValueError(value)
    return value


def _read_year(value: str) -> Range:
    return Range(int(value), int(value)) if ".." not in value else _read_range(value)


def _read_range(value: str) -> Range:
    low, dots, high = value.partition("..")
    if not dots or not (low or high):
        raise ValueError(value)
    return Range(float(low) if low else None, float(high) if high else None)


def _read_tag(value: str) -> TagTerm:
    slug, sign, confidence = value.partition(">")
    return TagTerm(slug.lower(), float(confidence.removeprefix("=")) if sign else STRONG)


_READERS: dict[str, Callable[[str], object]] = {
    "artist": _read_name,
    "album": _read_name,
    "genre": _read_name,
    "title": _read_name,
    "path": _read_name,
    "year": _read_year,
    "duration": _read_range,
    "tag": _read_tag,
    "has": str.lower,
}


def _quoted(value: str) -> str:
    if '"' not in value and not any(character.isspace() for character in value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    if not _QUOTED.fullmatch(value):
        raise UserError(f"A quote is left open in {value}", "Close it with another double quote.")
    return re.sub(r'\\(["\\])', r"\1", value[1:-1])


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return str(int(value)) if math.isfinite(value) and value == int(value) else repr(value)
