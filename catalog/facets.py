"""Facets: the number of tracks for each value of a field."""

from collections import defaultdict
from collections.abc import Mapping

from catalog.engine import Conditions, Engine
from catalog.fields import FACETS
from catalog.keys import fold
from polymuse.errors import UserError


def count_facet(engine: Engine, name: str, where: Conditions, limit: int) -> dict[str, int]:
    """The `limit` most frequent values, ties by name; different spellings of a name are counted together.

    Raises UserError for a field without facets.
    """
    if name not in FACETS:
        raise UserError(f'"{name}" is not a facet', f"Choose one of {', '.join(FACETS)}.")
    if limit < 1:
        raise UserError(f"The limit of values is {limit}", "Choose at least 1.")
    facet = FACETS[name]
    counts = {str(value): count for value, count in engine.facet(facet.key, where).items()}
    if facet.folded:
        counts = _merged(counts)
    most = sorted(counts, key=lambda value: (-counts[value], fold(value), value))[:limit]
    return {value: counts[value] for value in most}


def _merged(counts: Mapping[str, int]) -> dict[str, int]:
    """Names with the total of all their spellings, under the most frequent one."""
    usual: dict[str, str] = {}  # folded name -> spelling
    totals: dict[str, int] = defaultdict(int)
    for value in sorted(counts, key=lambda value: (-counts[value], value)):
        totals[usual.setdefault(fold(value), value)] += counts[value]
    return totals
