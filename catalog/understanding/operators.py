"""Operators that people write, which are taken literally.

"words"  -"words"  -word  like:"X"  -like:"X"  like:artist:"X"  field:value  -field:"two words"
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from catalog.names.found_name import FoundName
from catalog.understanding.common_words import common_words
from catalog.understanding.terms import term, to_filter
from catalog.understanding.tokens import is_syllable
from catalog.understanding.understood import Kind

PEOPLE = frozenset({"artist", "composer"})
NAME_FIELDS = frozenset({"artist", "album", "title", "genre", "composer"})
LIKE = "like"
LIKE_FIELDS = NAME_FIELDS | {""}
MAX_FIELD = 20  # letters
_QUOTES = (
    r'"(?P<q0>(?:\\.|[^"\\])*)"',
    "“(?P<q1>[^“”]*)”",
    "„(?P<q2>[^“”„]*)[“”]",
    "«(?P<q3>[^«»]*)»",
    "「(?P<q4>[^「」]*)」",
    "『(?P<q5>[^『』]*)』",
    "＂(?P<q6>[^＂]*)＂",
)
_QUOTED = "|".join(_QUOTES)
_OPERATOR = re.compile(
    rf"(?P<minus>-)?(?:(?P<like>like[:：])?(?P<field>[a-z_]{{1,{MAX_FIELD}}})[:：](?:{_QUOTED}|(?P<bare>[^\s\"]\S*))|"
    + re.sub(r"\(\?P<q(\d)>", r"(?P<s\1>", _QUOTED)
    + r")|(?<!\S)-(?P<word>[^\W\d_][\w'’]*(?:-\w+)*)(?=[\s,;.!?]|$)",
    re.DOTALL | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator in a text."""

    start: int  # span: code points, half-open
    end: int
    field: str  # "" of quoted words, or a field of the filter language; of likeness a field of a name, or ""
    value: str  # without quotes; of a limit the whole term
    wanted: bool
    kind: Kind
    bare: bool = False  # whether the value has no quotes


def operators(text: str, names: Sequence[FoundName] = ()) -> Iterator[Operator]:
    """The operators of a text, in order; `names` are those of the library found in it."""
    at = 0
    while (match := _OPERATOR.search(text, at)) is not None:
        operator = _read(match) if _stands_alone(text, match) else None
        if operator is None:
            at = match.start() + 1
        else:
            operator = _extended(operator, names)
            at = operator.end
            yield operator


def _extended(operator: Operator, names: Sequence[FoundName]) -> Operator:
    """An operator without quotes with all of a name that starts with its value: artist:Erik Satie, -satie."""
    start = operator.end - len(operator.value)
    if operator.kind == "sound":
        people = [
            name
            for name in names
            if operator.bare
            and (name.start, name.end, name.distance) == (start, operator.end, 0)
            and name.field in PEOPLE
        ]
        rare = people and operator.value.casefold() not in common_words()
        return replace(operator, kind="name", field=people[0].field, value=people[0].value) if rare else operator
    ends = [
        name.end
        for name in names
        if operator.bare and name.start == start and name.whole and operator.field in ("", name.field)
    ]
    return replace(operator, end=max([operator.end, *ends]))


def _read(match: re.Match[str]) -> Operator | None:
    if match["word"]:
        return Operator(*match.span(), "", match["word"], False, "sound", bare=True)
    field = (match["field"] or "").lower()
    quoted = next((group for name, group in match.groupdict().items() if name[0] in "qs" and group is not None), None)
    value = re.sub(r'\\(["\\])', r"\1", quoted) if quoted is not None else match["bare"]
    if not value.strip():
        return None
    span, wanted = match.span(), match["minus"] is None
    if field == LIKE or match["like"]:
        field = field.removeprefix(LIKE)
        return Operator(*span, field, value.strip(), wanted, "like", quoted is None) if field in LIKE_FIELDS else None
    if field in NAME_FIELDS:
        return Operator(*span, field, value.strip(), wanted, "name", quoted is None)
    if not field:
        return Operator(*span, "", value, wanted, "sound")
    limit = term(field, value)
    return Operator(*span, field, limit, wanted, "limit") if to_filter(limit) is not None else None


def _stands_alone(text: str, match: re.Match[str]) -> bool:
    """Whether no word runs into it: 7" and 12" are sizes, and an address has a colon as well."""
    before, after = text[: match.start()][-1:], text[match.end() :][:1]
    if text[match.start()] in "「『«„“":
        return True
    return not (_in_word(before) or _in_word(after)) and before not in ("-", "\\", ":")


def _in_word(character: str) -> bool:
    """Whether a word of a script with spaces goes on with this character."""
    return character != "" and unicodedata.category(character)[0] in "LMN" and not is_syllable(character)
