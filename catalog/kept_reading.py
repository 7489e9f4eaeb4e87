"""What is read once from all tracks of an engine, and kept up to date while tracks are written.

What this process writes is told to it. What other processes write on a Qdrant server is noticed after CHECK_SECONDS if
it changes the number of tracks, and otherwise after RENEW_SECONDS.
"""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Generic, TypeVar

from catalog.engine import ANYTHING, Engine, Point, walk

CHECK_SECONDS = 30.0  # between looks at the number of tracks
RENEW_SECONDS = 600.0

Row = TypeVar("Row")
All = TypeVar("All")


class Renewal:
    """When something that was made of all tracks is to be made again."""

    def __init__(self, engine: Engine, *, others_write: bool, clock: Callable[[], float] = time.monotonic) -> None:
        """`others_write`: so do other processes, without telling this one."""
        self.clock = clock
        self._engine = engine
        self._others_write = others_write
        self._made = self._checked = 0.0

    def made(self, at: float) -> None:
        """It has been made of the tracks that there were at this time."""
        self._made = at

    def is_due(self, tracks: int) -> bool:
        """Whether it is time; `tracks` is the number of tracks that it knows."""
        now = self.clock()
        if not self._others_write or now - max(self._checked, self._made) < CHECK_SECONDS:
            return False
        self._checked = now
        return now - self._made > RENEW_SECONDS or self._engine.count(ANYTHING) != tracks


class KeptReading(ABC, Generic[Row, All]):
    """A reading of all tracks, and one row for each track that is written later. Thread-safe."""

    def __init__(
        self,
        engine: Engine,
        writing: AbstractContextManager[object],
        fields: Sequence[str],
        *,
        others_write: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`writing` is the lock that is held by those who write; `fields` are those of a payload that are read."""
        self._engine = engine
        self._writing = writing
        self._fields = fields
        self._renewal = Renewal(engine, others_write=others_write, clock=clock)
        self._reading = threading.Lock()
        self._lock = threading.Lock()  # of what subclasses keep; nothing waits for the engine while it is held
        self._readings = 0
        self._meanwhile: list[tuple[list[str], list[Row]]] | None = None  # changes while all tracks are read

    @abstractmethod
    def _row(self, point: Point) -> Row:
        """What is kept of a track."""

    @abstractmethod
    def _all(self, points: Iterator[Point]) -> All:
        """What is kept of all tracks. Without the lock."""

    @abstractmethod
    def _begin(self, everything: All) -> None:
        """Keep this from now on. With the lock."""

    @abstractmethod
    def _apply(self, removed: Sequence[str], rows: Sequence[Row]) -> None:
        """Keep up with a change. With the lock."""

    @abstractmethod
    def _tracks(self) -> int:
        """The number of tracks that are known."""

    def prepare(self) -> None:
        """Read what is needed, unless it is known."""
        readings = self._readings
        if readings and not self._renewal.is_due(self._tracks()):
            return
        with self._reading:
            if self._readings == readings:  # otherwise another thread has read them meanwhile
                self._read()

    def changed(self, removed: Sequence[str], added: Iterable[Point]) -> None:
        """Note what has been written. Call it with the lock of those who write."""
        if not self._readings and self._meanwhile is None:
            return
        rows = [self._row(point) for point in added]
        with self._lock:
            if self._meanwhile is not None:
                self._meanwhile.append((list(removed), rows))
            if self._readings:
                self._apply(removed, rows)

    def _read(self) -> None:
        with self._writing, self._lock:  # from now on, what is written is noted
            self._meanwhile = []
        try:
            made = self._renewal.clock()
            everything = self._all(walk(self._engine, ANYTHING, self._fields))
            with self._lock:
                self._begin(everything)
                self._readings += 1
                self._renewal.made(made)
                for removed, rows in self._meanwhile:
                    self._apply(removed, rows)
        finally:
            with self._lock:
                self._meanwhile = None
