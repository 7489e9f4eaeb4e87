"""The filter language, a one-line form of `Filter`.

Terms are `field:value`, separated by spaces; a value with spaces is put in double quotes; a leading minus excludes:

    artist:bach year:1990..2000 duration:60..240 tag:calm>0.6 album:"two words" has:vocals -genre:techno

Terms of different fields must all hold. Of several terms of one field one must hold, but of tags and stems all must, as
a track has many of them. No excluded term may hold.
"""

import re
from collections.abc import Iterator
from typing import Any

from catalog.field_types import NAME, SLUG, STRONG, FieldType, Range, TagTerm, shortened
from catalog.fields import FIELDS, Filter
from polymuse.errors import UserError

__all__ = ["NAME", "SLUG", "STRONG", "SYNTAX", "Filter", "Range", "TagTerm", "parse_filter"]

SYNTAX = {each.name: each.syntax for each in FIELDS.values()}
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"', re.DOTALL)  # \" and \\ inside stand for a quote and a backslash
_BY_NAME: dict[str, tuple[str, FieldType]] = {each.name: (attribute, each) for attribute, each in FIELDS.items()}


def parse_filter(text: str) -> Filter:
    """Parse a filter. Raises UserError with the invalid term and the allowed syntax."""
    terms: dict[bool, dict[str, Any]] = {False: {}, True: {}}
    for term in _split(text):
        excluded, attribute, value = _parse_term(term)
        terms[excluded][attribute] = (*terms[excluded].get(attribute, ()), value)
    return Filter(**terms[False], exclude=Filter(**terms[True]) if terms[True] else None)


def _split(text: str) -> Iterator[str]:
    """The terms of the text, including quotes."""
    for match in re.finditer(rf'(?:[^\s:"]*:)?{_QUOTED.pattern}(?=\s|$)|\S+', text, re.DOTALL):
        yield match.group()


def _parse_term(term: str) -> tuple[bool, str, object]:
    """(whether it excludes, attribute of the filter, value)."""
    name, colon, value = term.partition(":")
    excluded = name.startswith("-")
    name = name.removeprefix("-")
    if not colon or name not in _BY_NAME:
        raise UserError(
            f"{shortened(term)} is not a filter term", f"Allowed are {'; '.join(SYNTAX.values())}; - in front excludes."
        )
    attribute, field_type = _BY_NAME[name]
    try:
        return excluded, attribute, field_type.parse(_unquoted(value))
    except ValueError:
        raise UserError(f"{shortened(term)} is not a filter term", f"Write {field_type.syntax}.") from None


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    if not _QUOTED.fullmatch(value):
        raise UserError(f"A quote is not closed in {shortened(value)}", "Add the closing double quote.")
    return re.sub(r'\\(["\\])', r"\1", value[1:-1])
