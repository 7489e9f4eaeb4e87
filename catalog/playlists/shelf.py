"""Where playlists are kept, one record each: what a place must do, and the one in memory."""

import threading
from collections.abc import Mapping
from typing import Any, Protocol

from catalog.playlists.records import Record


class Shelf(Protocol):
    """Records by id. Thread-safe; other processes may use the same place. Raises UnavailableError if it fails."""

    def heads(self) -> list[Mapping[str, Any]]:
        """The heads of all records, in any order, as far as they can be read."""
        ...

    def read(self, id: str) -> Record | None:  # noqa: A002  # the field's own word
        """The record of an id, which is a UUID."""
        ...

    def swap(self, record: Record, expected: str | None) -> bool:
        """Store a record in place of the one with the stamp `expected`; None: if there is none of its id.

        False if another write came first. On disk when this returns.
        """
        ...

    def drop(self, id: str) -> None:  # noqa: A002
        """Remove a record; does nothing if there is none."""
        ...


class MemoryShelf:
    """Records of this process."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}
        self._lock = threading.Lock()

    def heads(self) -> list[Mapping[str, Any]]:
        with self._lock:
            return [record.head for record in self._records.values()]

    def read(self, id: str) -> Record | None:  # noqa: A002
        return self._records.get(id)

    def swap(self, record: Record, expected: str | None) -> bool:
        with self._lock:
            there = self._records.get(record.id)
            if (there.stamp if there is not None else None) != expected:
                return False
            self._records[record.id] = record
            return True

    def drop(self, id: str) -> None:  # noqa: A002
        with self._lock:
            self._records.pop(id, None)
