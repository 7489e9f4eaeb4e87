"""Puts what was understood of a text into a query."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias, cast

from catalog.fields import Filter
from catalog.names.found_name import NameField
from catalog.query import NameTerm, Query, Seed, Text
from catalog.understanding.narrowing import narrowed
from catalog.understanding.terms import term, to_filter
from catalog.understanding.understood import Understood, UnderstoodPart

SeedsOf: TypeAlias = Callable[[UnderstoodPart], Sequence[str]]  # ids of tracks that a name stands for, best first

MAX_SEEDS = 20  # of one name; an artist's first ones say what the others are like
BETWEEN_SOUNDS = ", "


@dataclass(slots=True)
class _Query:
    """What the parts of a text add to a query."""

    sound: list[str] = field(default_factory=list)
    unwanted_sound: list[str] = field(default_factory=list)
    limits: list[Filter] = field(default_factory=list)
    unwanted_limits: list[Filter] = field(default_factory=list)
    names: list[NameTerm] = field(default_factory=list)
    tracks: list[Seed] = field(default_factory=list)
    not_tracks: list[Seed] = field(default_factory=list)


def applied(query: Query, understood: Understood, seeds_of: SeedsOf) -> Query:
    """The query with the text put in: sound as texts, names, limits as its filter, likeness as tracks.

    A text that is nothing but wanted sound is added as it is typed. Other wanted sound is joined to one text, and each
    unwanted sound is one of its own. A name that is not wanted excludes its tracks. What the library cannot answer, as
    likeness to what it does not have, is sound as well.
    """
    if is_plain_sound(understood):
        return replace(query, texts=(*query.texts, Text(understood.text)))
    parts = _Query()
    for part in understood.parts:
        _ADD[part.kind](parts, part, understood.text, seeds_of)
    sound = (Text(BETWEEN_SOUNDS.join(parts.sound)),) if parts.sound else ()
    return replace(
        query,
        texts=(*query.texts, *sound),
        not_texts=(*query.not_texts, *map(Text, parts.unwanted_sound)),
        names=(*query.names, *parts.names),
        where=narrowed(query.where, parts.limits, parts.unwanted_limits),
        tracks=(*query.tracks, *parts.tracks),
        not_tracks=(*query.not_tracks, *parts.not_tracks),
    )


def is_plain_sound(understood: Understood) -> bool:
    """Whether the text is nothing but sound in its own words, which encoders get unchanged to the bit."""
    text = understood.text
    return understood.only_sound and all(part.value == text[part.start : part.end] for part in understood.parts)


def _add_sound(parts: _Query, part: UnderstoodPart, _text: str, _seeds_of: SeedsOf) -> None:
    (parts.sound if part.wanted else parts.unwanted_sound).append(part.value)


def _add_limit(parts: _Query, part: UnderstoodPart, text: str, _seeds_of: SeedsOf) -> None:
    limit = to_filter(part.value)
    if limit is not None:
        (parts.limits if part.wanted else parts.unwanted_limits).append(limit)
    elif part.wanted:  # a field that this version of the filter language does not have
        parts.sound.append(text[part.start : part.end])


def _add_name(parts: _Query, part: UnderstoodPart, _text: str, _seeds_of: SeedsOf) -> None:
    if part.wanted:
        parts.names.append(NameTerm(cast("NameField", part.field), part.value, exact=part.exact))
    elif (named := to_filter(term(part.field, part.value))) is not None:
        parts.unwanted_limits.append(named)


def _add_like(parts: _Query, part: UnderstoodPart, _text: str, seeds_of: SeedsOf) -> None:
    ids = seeds_of(part)[:MAX_SEEDS] if part.field else ()
    seeds = [Seed(each, 1 / len(ids)) for each in ids]
    (parts.tracks if part.wanted else parts.not_tracks).extend(seeds)
    if not seeds:
        (parts.sound if part.wanted else parts.unwanted_sound).append(part.value)


_ADD: dict[str, Callable[[_Query, UnderstoodPart, str, SeedsOf], None]] = {
    "sound": _add_sound,
    "limit": _add_limit,
    "name": _add_name,
    "like": _add_like,
}
