"""Filter terms about days."""

from datetime import UTC, datetime

import pytest

from catalog.date_types import seconds_of, span_of
from catalog.filters import Filter, parse_filter
from polymuse.errors import UserError

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


def moment(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp())  # type: ignore[arg-type]  # year, month, day, …


@pytest.mark.parametrize(
    ("term", "span"),
    [
        ("2026-11-30", (moment(2026, 11, 30), moment(2026, 12, 1) - 1)),
        ("2026-12", (moment(2026, 12, 1), moment(2027, 1, 1) - 1)),
        ("2026", (moment(2026, 1, 1), moment(2027, 1, 1) - 1)),
        ("2026-11..", (moment(2026, 11, 1), None)),
        ("..2026-02", (None, moment(2026, 3, 1) - 1)),
        ("2024-02-29..2026", (moment(2024, 2, 29), moment(2027, 1, 1) - 1)),
        ("30d", (moment(2026, 11, 1, 12), None)),
        ("2w", (moment(2026, 11, 17, 12), None)),
    ],
)
def test_spans(term: str, span: tuple[int | None, int | None]) -> None:
    assert span_of(term, NOW) == span


@pytest.mark.parametrize(
    "term", ["..", "", "2026-13", "2025-02-29", "2027..2026", "0d", "99999y", "0000", "9999", "30 d", "x" * 500]
)
def test_what_is_no_day_is_refused(term: str) -> None:
    with pytest.raises(UserError) as caught:
        Filter(added=(term,))
    assert len(caught.value.message) < 200
    assert "2026-11" in caught.value.advice


def test_a_term_stays_as_it_was_written() -> None:
    assert str(parse_filter("added:30d -added:2026-11-02..")) == "added:30d -added:2026-11-02.."


def test_seconds_of_a_moment() -> None:
    assert seconds_of("1970-01-01T01:00:00+01:00") == 0
    assert seconds_of("1970-01-02") == 86_400
    assert seconds_of("") is None
