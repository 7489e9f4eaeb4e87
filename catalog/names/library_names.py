"""The names of a library, kept up to date while tracks are written.

An index of all names is made when names are first asked for, from facets, without reading a track. What this process
writes afterwards is counted beside it, and what is new is in a small index of its own, until so much has changed that
another index of all names is made, in the background. `catalog.kept_reading` says when what other processes write on a
Qdrant server is noticed.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from catalog.engine import ANYTHING, Engine, Payload
from catalog.kept_reading import Renewal
from catalog.keys import fold
from catalog.names.found_name import FoundName
from catalog.names.index import NameIndex
from catalog.names.reading import Counts, names_of, read_names
from catalog.names.stored_index import stored_or_made
from catalog.query import NameTerm, Query
from polymuse.errors import UnavailableError

logger = logging.getLogger(__name__)

MOST_CHANGES = 2000  # names, from which the index is made anew


@dataclass(frozen=True, slots=True)
class _State:
    """An index with what has changed since its names were counted."""

    index: NameIndex
    tracks: int
    changes: Counts
    new: NameIndex | None = None  # of the changed names that the index does not have; None: to be made


class LibraryNames:
    """The names of the tracks in an engine. Thread-safe."""

    def __init__(
        self,
        engine: Engine,
        writing: AbstractContextManager[object],
        *,
        others_write: bool,
        stored: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`writing` is the lock that is held by those who write; `others_write`: so do other processes.

        `stored` is the file for the index.
        """
        self._engine = engine
        self._writing = writing
        self._stored = stored
        self._renewal = Renewal(engine, others_write=others_write, clock=clock)
        self._making = threading.Lock()
        self._renewing: threading.Thread | None = None
        self._state: _State | None = None
        self._meanwhile: Counts | None = None  # changes while an index is made

    def find(self, text: str, limit: int) -> list[FoundName]:
        """The names that a text may contain, best first."""
        state = self._current()
        found = state.index.find(text)
        if not state.changes:
            return [name for _, name in found[:limit]]
        counted = [(order, _counted(state, name)) for order, name in found] + self._new(state).find(text)
        joined: dict[tuple[str, int, int, str], FoundName] = {}
        for _, name in sorted(counted, key=lambda each: each[0]):
            same = name.field, name.start, name.end, fold(name.value)
            before = joined.get(same)
            joined[same] = name if before is None else _both(before, name)
        return [name for name in joined.values() if name.tracks > 0][:limit]

    def complete(self, query: Query) -> Query:
        """The query with all spellings of its names."""
        if not query.names:
            return query
        state = self._current()
        indexes = (state.index, self._new(state)) if state.changes else (state.index,)

        def completed(term: NameTerm) -> NameTerm:
            known = (spelling for index in indexes for spelling in index.spellings(term.field, term.value))
            return replace(term, spellings=tuple(dict.fromkeys((term.value, *known))))

        return replace(query, names=tuple(map(completed, query.names)))

    def changed(self, removed: Iterable[Payload], added: Iterable[Payload]) -> None:
        """Count what has been written. Call it with the lock of those who write."""
        if self._state is None and self._meanwhile is None:
            return
        changes: Counts = Counter(name for payload in added for name in names_of(payload))
        changes.subtract(name for payload in removed for name in names_of(payload))
        if self._meanwhile is not None:
            self._meanwhile = _sum(self._meanwhile, changes)
        if self._state is not None:
            self._state = replace(self._state, changes=_sum(self._state.changes, changes), new=None)

    def close(self) -> None:
        """Wait for an index in the making. Call it without the lock of those who write."""
        if self._renewing is not None:
            self._renewing.join()

    def _current(self) -> _State:
        state = self._state
        if state is None:
            with self._making:
                return self._state or self._made()
        if self._is_old(state) and (self._renewing is None or not self._renewing.is_alive()):
            self._renewing = threading.Thread(target=self._renew, name="library-names", daemon=True)
            self._renewing.start()
        return state

    def _is_old(self, state: _State) -> bool:
        return len(state.changes) > MOST_CHANGES or self._renewal.is_due(state.tracks)

    def _renew(self) -> None:
        with self._making:
            try:
                self._made()
            except UnavailableError as error:
                logger.warning("the names of the library are not up to date: %s", error)

    def _made(self) -> _State:
        with self._writing:  # what is counted has been written, and what is written from now on will be told
            made = self._renewal.clock()
            counts, tracks = read_names(self._engine), self._engine.count(ANYTHING)
            self._meanwhile = Counter()
        index = stored_or_made(self._stored, counts)
        with self._writing:
            self._state = state = _State(index, tracks, self._meanwhile)
            self._renewal.made(made)
            self._meanwhile = None
        return state

    def _new(self, state: _State) -> NameIndex:
        if state.new is not None:
            return state.new
        added = {name: number for name, number in state.changes.items() if number > 0}
        new = NameIndex(Counter({name: n for name, n in added.items() if name[1] not in state.index.spellings(*name)}))
        with self._writing:
            if self._state is not None and self._state.changes is state.changes:
                self._state = replace(self._state, new=new)
        return new


def _counted(state: _State, found: FoundName) -> FoundName:
    """With the tracks that it has now, and spelt as most of them spell it."""
    name = state.index.name(found.field, found.value)
    if name is None or not any((name.field, spelling) in state.changes for spelling in name.spellings):
        return found
    now = [
        number + state.changes.get((name.field, spelling), 0)
        for spelling, number in zip(name.spellings, name.numbers, strict=True)
    ]
    return replace(found, value=name.spellings[now.index(max(now))], tracks=sum(now))


def _both(first: FoundName, second: FoundName) -> FoundName:
    """As the one of them is spelt that more tracks have: there may be none with the other any more."""
    spelt = first if first.tracks >= second.tracks else replace(first, value=second.value)
    return replace(spelt, tracks=first.tracks + second.tracks)


def _sum(changes: Counts, more: Counts) -> Counts:
    total = Counter(changes)
    total.update(more)
    return Counter({name: number for name, number in total.items() if number})
