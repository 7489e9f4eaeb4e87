"""A filter made narrower by the limits of a text."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import product
from typing import Any, TypeAlias, TypeGuard

from catalog.field_types import Range
from catalog.fields import FIELDS, Filter
from catalog.measured_types import TempoRange

AnyRange: TypeAlias = Range | TempoRange


def narrowed(where: Filter, wanted: Sequence[Filter], unwanted: Sequence[Filter]) -> Filter:
    """The filter that only matches what `where` and the limits match.

    Of several limits of one field in the text, one must hold ("from the 80s or 90s"), unless one of them is open below
    and another above ("after 1600, before 1750"). Ranges of `where` are cut by those of the text. Of other fields that
    both have, `where` counts: it was chosen apart from the words.
    """
    kept = {attribute: getattr(where, attribute) for attribute in FIELDS}
    excluded = {attribute: getattr(where.exclude or Filter(), attribute) for attribute in FIELDS}
    for attribute, field_type in FIELDS.items():
        values = _distinct(value for limit in wanted for value in getattr(limit, attribute))
        if field_type.all_must_hold or not kept[attribute]:
            kept[attribute] = _distinct([*kept[attribute], *_joined(values)])
        elif values and all(map(_is_range, (*kept[attribute], *values))):
            common = _common(kept[attribute], _joined(values))
            kept[attribute] = common or kept[attribute]
            excluded[attribute] += () if common else _outside(values, whole=getattr(field_type, "number", float) is int)
        excluded[attribute] = _distinct(
            [*excluded[attribute], *(value for limit in unwanted for value in getattr(limit, attribute))]
        )
    exclude = Filter(**excluded) if any(excluded.values()) else None
    return replace(where, **kept, exclude=exclude)


def _distinct(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(values))


def _joined(values: Sequence[Any]) -> tuple[Any, ...]:
    """The values; ranges that are open below and above make one range together."""
    ranges = [value for value in values if _is_range(value)]
    low = max((each.low for each in ranges if each.high is None and each.low is not None), default=None)
    high = min((each.high for each in ranges if each.low is None and each.high is not None), default=None)
    if low is None or high is None or low > high:
        return tuple(values)
    return (*(each for each in values if each.low is not None and each.high is not None), type(ranges[0])(low, high))


def _is_range(value: object) -> TypeGuard[AnyRange]:
    """Whether a value is a range, but none of tempi of which half and double count as well."""
    return isinstance(value, Range) or (isinstance(value, TempoRange) and not value.octaves)


def _common(some: Sequence[AnyRange], others: Sequence[AnyRange]) -> tuple[AnyRange, ...]:
    """What lies in a range of both."""
    found = []
    for one, other in product(some, others):
        low, high = max(_low(one), _low(other)), min(_high(one), _high(other))
        if low <= high:
            found.append(type(one)(low if math.isfinite(low) else None, high if math.isfinite(high) else None))
    return _distinct(found)


def _outside(ranges: Sequence[AnyRange], *, whole: bool) -> tuple[AnyRange, ...]:
    """Below and above all of the ranges, of whole or of any numbers."""
    low, high = min(map(_low, ranges)), max(map(_high, ranges))
    form = type(ranges[0])
    below = [form(None, low - 1 if whole else math.nextafter(low, -math.inf))] if math.isfinite(low) else []
    above = [form(high + 1 if whole else math.nextafter(high, math.inf), None)] if math.isfinite(high) else []
    return (*below, *above)


def _low(each: AnyRange) -> float:
    return -math.inf if each.low is None else each.low


def _high(each: AnyRange) -> float:
    return math.inf if each.high is None else each.high
