"""Types of filter fields about days: when a track came into the library."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from catalog.engine import AnyOf, Between, Condition, Schema
from catalog.field_types import FieldType, shortened
from catalog.keys import readable
from catalog.track import Track
from polymuse.errors import UserError

_AGO = re.compile(r"([1-9]\d{0,4})([dwmy])")  # 30d
_DAY = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")  # 2026, 2026-11, 2026-11-02
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


def seconds_of(moment: str) -> int | None:
    """The seconds since 1970 of an ISO 8601 text, in UTC if it names no zone; None for other texts."""
    try:
        read = datetime.fromisoformat(moment)
        return int((read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None


def span_of(term: str, now: datetime) -> tuple[int | None, int | None]:
    """The seconds since 1970 from the first to the last one that a term means, in UTC. Raises ValueError."""
    if ago := _AGO.fullmatch(term):
        return int((now - timedelta(days=int(ago[1]) * _DAYS[ago[2]])).timestamp()), None
    low, dots, high = term.partition("..")
    if not (low or high):
        raise ValueError(term)
    first = _bounds(low)[0] if low else None
    last = (_bounds(high or low)[1]) if high or not dots else None
    if first is not None and last is not None and first > last:
        raise ValueError(term)
    return first, last


def _bounds(text: str) -> tuple[int, int]:
    """The first and the last second of a day, a month or a year. Raises ValueError."""
    found = _DAY.fullmatch(text)
    if not found:
        raise ValueError(text)
    year, month, day = (int(part) if part else 0 for part in found.groups())
    first = date(year, month or 1, day or 1)
    if day:
        after = first + timedelta(days=1)
    elif month:
        after = date(year + month // 12, month % 12 + 1, 1)
    else:
        after = date(year + 1, 1, 1)
    midnight = [datetime(each.year, each.month, each.day, tzinfo=UTC).timestamp() for each in (first, after)]
    return int(midnight[0]), int(midnight[1]) - 1


@dataclass(frozen=True, kw_only=True)
class Days(FieldType):
    """A day, a span of days, or the last days before now, of a moment in an attribute of Track stored elsewhere."""

    track: str  # attribute of Track, an ISO 8601 text
    key: str  # payload field with its seconds since 1970

    def index(self) -> Schema:
        return Schema(numbers={self.key: int})

    def parse(self, text: str) -> str:
        return text.strip()

    def check(self, value: str, attribute: str) -> None:  # noqa: ARG002
        try:
            span_of(value, datetime.now(UTC))
        except (ValueError, OverflowError):
            raise UserError(
                f'"{shortened(readable(value))}" is no day for {self.name}',
                "Write a day, a month or a year such as 2026-11-30, 2026-11 or 2026, a span such as 2026-11.. or "
                "2026-01..2026-06, or the last days, weeks, months or years such as 30d, 2w, 6m or 1y.",
            ) from None

    def conditions(self, values: Sequence[str]) -> list[Condition]:
        now = datetime.now(UTC)
        return [AnyOf(tuple(Between(self.key, *span_of(value, now)) for value in values))]

    def payload(self, track: Track) -> dict[str, Any]:
        return {self.key: seconds_of(getattr(track, self.track))}
