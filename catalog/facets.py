"""Facets: the number of tracks for each value of a field."""

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
    most = sorted(counts, key=lambda value: (-counts[value], value))[:limit]
    spelling = _spellings(engine.facet(facet.spelled, where)) if facet.spelled is not None else {}
    return {spelling.get(value, value): counts[value] for value in most}


def _spellings(counts: Mapping[str | int, int]) -> dict[str, str]:
    """Folded name -> its most frequent spelling."""
    shown: dict[str, str] = {}
    for value in sorted(map(str, counts), key=lambda value: (-counts[value], value)):
        shown.setdefault(fold(value), value)
    return shown
