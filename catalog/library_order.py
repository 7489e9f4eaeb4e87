"""The tracks of a library in order, page by page.

What tracks are ordered by is read once, seconds for 100,000 tracks, and kept up to date while tracks are written:
about half a kilobyte for each. A cursor holds the values of the last track of its page, so that pages fit together
whatever is written meanwhile: nothing comes twice, and nothing is left out but what has moved to a place before it.
"""

import base64
import binascii
import json
import time
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TypeAlias

from catalog.engine import Engine, Payload, Point
from catalog.kept_reading import KeptReading
from catalog.orders import ORDERS, RANDOM, SHELF_FIELDS, Shelf, Sort, Value, shelf
from catalog.validation import is_track_id
from polymuse.errors import UserError

FIELDS = tuple(dict.fromkeys((*SHELF_FIELDS, *(field for order in ORDERS.values() for field in order.fields))))
COLUMNS = {name: column for column, name in enumerate(name for name in ORDERS if name != RANDOM)}
KEPT = 8  # sorted lists, each of 8 bytes a track
FEW = 500  # tracks that are read anew rather than looked up
MAX_CURSOR = 3000  # characters

Row: TypeAlias = tuple[tuple[Value, ...], Shelf, str]  # values by COLUMNS, then what breaks ties
Key: TypeAlias = tuple[Value, Shelf, str]


@dataclass(frozen=True, slots=True)
class Found:
    """A page of ids, and where it is in the whole list."""

    ids: list[str]
    cursor: str | None  # of the next page
    start: int
    total: int


class LibraryOrder(KeptReading[Row, dict[str, Row]]):
    """The rows of all tracks of an engine. Thread-safe."""

    def __init__(
        self,
        engine: Engine,
        writing: AbstractContextManager[object],
        *,
        others_write: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`writing` is the lock that is held by those who write; `others_write`: so do other processes."""
        super().__init__(engine, writing, FIELDS, others_write=others_write, clock=clock)
        self._rows: dict[str, Row] = {}
        self._sorted: OrderedDict[Sort, list[Row]] = OrderedDict()
        self._shared: dict[str, str] = {}  # names that many rows have

    def page(
        self, sort: Sort, limit: int, cursor: str | None, offset: int | None, only: Callable[[], Set[str] | None]
    ) -> Found:
        """The page after a cursor, or from an offset on. `only` finds the ids that are listed; None: all.

        Raises UserError for a cursor that is none, or that of another order.
        """
        after = None if cursor is None else read_cursor(cursor, sort)
        self.prepare()
        ids = only()
        with self._lock:
            rows = self._in_order(sort)
            chosen = rows if ids is None else [row for row in rows if row[2] in ids]
            return _page(chosen, sort, limit, after, offset)

    def of(self, points: Iterable[Point], sort: Sort, limit: int, cursor: str | None, offset: int | None) -> Found:
        """The same of a few tracks, without reading the others. Raises UserError."""
        after = None if cursor is None else read_cursor(cursor, sort)
        rows = [_row(point.id, point.payload, str) for point in points]
        return _page(_sorted(rows, sort), sort, limit, after, offset)

    def _row(self, point: Point) -> Row:
        return _row(point.id, point.payload, self._share)

    def _all(self, points: Iterator[Point]) -> dict[str, Row]:
        self._shared = {}
        return {each.id: self._row(each) for each in points}

    def _begin(self, everything: dict[str, Row]) -> None:
        self._rows = everything
        self._sorted.clear()

    def _tracks(self) -> int:
        return len(self._rows)

    def _share(self, name: str) -> str:
        return self._shared.setdefault(name, name)

    def _apply(self, removed: Sequence[str], rows: Sequence[Row]) -> None:
        gone = [row for id_ in {*removed, *(row[2] for row in rows)} if (row := self._rows.pop(id_, None))]
        self._rows |= {row[2]: row for row in rows}
        for sort, ordered in self._sorted.items():
            for row in gone:
                del ordered[_place(ordered, sort, _key(row, sort))]
            for row in rows:
                ordered.insert(_place(ordered, sort, _key(row, sort)), row)

    def _in_order(self, sort: Sort) -> list[Row]:
        if sort not in self._sorted:
            self._sorted[sort] = _sorted(self._rows.values(), sort)
        self._sorted.move_to_end(sort)
        while len(self._sorted) > KEPT:
            self._sorted.popitem(last=False)
        return self._sorted[sort]


def _row(id_: str, payload: Payload, share: Callable[[str], str]) -> Row:
    artist, album, place, title = shelf(payload)
    values = tuple(ORDERS[name].value(payload) for name in COLUMNS)
    values = tuple(share(value) if isinstance(value, str) else value for value in values)
    return values, (share(artist), share(album), place, share(title)), id_


def _value(row: Row, sort: Sort) -> Value:
    return sort.chance(row[2]) if sort.order == RANDOM else row[0][COLUMNS[sort.order]]


def _key(row: Row, sort: Sort) -> Key:
    return _value(row, sort), row[1], row[2]


def _sorted(rows: Iterable[Row], sort: Sort) -> list[Row]:
    alike = sorted(rows, key=lambda row: row[1:])
    known: list[tuple[Any, Row]] = [(value, row) for row in alike if (value := _value(row, sort)) is not None]
    known.sort(key=lambda pair: pair[0], reverse=sort.descending)  # keeps the order of equal ones
    with_value = [row for _, row in known]
    return with_value + [row for row in alike if _value(row, sort) is None] if len(known) < len(alike) else with_value


def _precedes(one: Key, other: Key, descending: bool) -> bool:
    first, second = one[0], other[0]
    if first == second:
        return one[1:] < other[1:]
    if first is None or second is None:
        return second is None
    return (first < second) != descending  # pyright: ignore[reportOperatorIssue]  # the values of one order are alike


def _place(rows: Sequence[Row], sort: Sort, key: Key) -> int:
    """Where the row with this key is, or would be."""
    return bisect_left(rows, True, key=lambda row: not _precedes(_key(row, sort), key, sort.descending))


def _page(rows: Sequence[Row], sort: Sort, limit: int, after: Key | None, offset: int | None) -> Found:
    start = offset or 0
    if after is not None:
        start = _place(rows, sort, after)
        start += start < len(rows) and rows[start][2] == after[2]
    chosen = rows[start : start + limit]
    more = start + limit < len(rows)
    cursor = _to_cursor(_key(chosen[-1], sort), sort) if more else None
    return Found([row[2] for row in chosen], cursor, start, len(rows))


def _to_cursor(key: Key, sort: Sort) -> str:
    value, of_shelf, id_ = key
    text = json.dumps([sort.order, sort.descending, sort.seed, value, *of_shelf, id_], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str, sort: Sort) -> Key:
    """What a cursor holds. Raises UserError if it is none, or that of another order."""
    again = "Start without a cursor, then use the one of the previous page."
    try:
        if len(cursor) > MAX_CURSOR:
            raise ValueError
        data = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))
        order, descending, seed, value, artist, album, place, title, id_ = data
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise UserError(f'"{cursor[:50]}" is not a cursor', again) from None
    if [order, descending, seed] != [sort.order, sort.descending, sort.seed]:
        raise UserError("The cursor belongs to another order of the tracks", again)
    named = sort.order in ("artist", "title", "album")
    kinds = isinstance(value, str if named else int | float) and not isinstance(value, bool)
    texts = all(isinstance(each, str) for each in (artist, album, title))
    if not ((value is None or kinds) and texts and type(place) is int and isinstance(id_, str) and is_track_id(id_)):
        raise UserError(f'"{cursor[:50]}" is not a cursor', again)
    return value, (artist, album, place, title), id_


def seed_of(cursor: str) -> str:
    """The seed in a cursor of a random order; "" if there is none."""
    try:
        data = json.loads(base64.b64decode(cursor[:MAX_CURSOR] + "=" * (-len(cursor) % 4), b"-_", validate=True))
        return data[2] if isinstance(data, list) and len(data) > 2 and isinstance(data[2], str) else ""
    except (ValueError, binascii.Error, RecursionError):
        return ""
