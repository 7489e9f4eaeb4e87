"""Facets: the number of tracks for each value of a field."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from catalog.collation import collated, has_words, initial
from catalog.engine import Conditions, Engine
from catalog.fields import FACETS
from catalog.keys import fold
from polymuse.errors import UserError


@dataclass(frozen=True, slots=True)
class FacetQuery:
    """Which values of a field are wanted, and in which order."""

    field: str
    search: str = ""  # each of its words begins a word of the value
    initial: str = ""  # the letter of an index, as `catalog.collation.initial` says
    by_name: bool = False  # or the most frequent first
    limit: int = 50
    offset: int = 0


@dataclass(frozen=True, slots=True)
class FacetPage:
    """Values with the number of their tracks, from an offset on."""

    values: Mapping[str, int]
    total: int  # values that match
    initials: Mapping[str, int] = field(default_factory=dict)  # letters of those that the search finds, if by name


def facet_page(engine: Engine, wanted: FacetQuery, where: Conditions) -> FacetPage:
    """One page of the values; different spellings of a name are counted together.

    Raises UserError for a field without facets.
    """
    counts = _counts(engine, wanted.field, where)
    if wanted.search.strip():
        counts = {value: count for value, count in counts.items() if has_words(value, wanted.search)}
    initials: dict[str, int] = {}
    if wanted.by_name:
        letters = {value: initial(value) for value in counts}
        for letter in sorted(letters.values()):
            initials[letter] = initials.get(letter, 0) + 1
        if wanted.initial:
            counts = {value: count for value, count in counts.items() if letters[value] == wanted.initial}
        ordered = sorted(counts, key=lambda value: (collated(value), value))
    else:
        ordered = sorted(counts, key=lambda value: (-counts[value], fold(value), value))
    chosen = ordered[wanted.offset : wanted.offset + wanted.limit]
    return FacetPage({value: counts[value] for value in chosen}, len(ordered), initials)


def count_facet(engine: Engine, name: str, where: Conditions, limit: int) -> dict[str, int]:
    """The `limit` most frequent values, ties by name; different spellings of a name are counted together.

    Raises UserError for a field without facets.
    """
    counts = _counts(engine, name, where)
    if limit < 1:
        raise UserError(f"The limit of values is {limit}", "Choose at least 1.")
    most = sorted(counts, key=lambda value: (-counts[value], fold(value), value))[:limit]
    return {value: counts[value] for value in most}


def _counts(engine: Engine, name: str, where: Conditions) -> dict[str, int]:
    if name not in FACETS:
        raise UserError(f'"{name}" is not a facet', f"Choose one of {', '.join(FACETS)}.")
    facet = FACETS[name]
    counts = {str(value): count for value, count in engine.facet(facet.key, where).items()}
    return _merged(counts) if facet.folded else counts


def _merged(counts: Mapping[str, int]) -> dict[str, int]:
    """Names with the total of all their spellings, under the most frequent one."""
    usual: dict[str, str] = {}  # folded name -> spelling
    totals: dict[str, int] = defaultdict(int)
    for value in sorted(counts, key=lambda value: (-counts[value], value)):
        totals[usual.setdefault(fold(value), value)] += counts[value]
    return totals
