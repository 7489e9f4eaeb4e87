"""A job of the service: what it is to do, and its progress."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

from catalog.keys import readable
from indexer.comparing import Plan
from indexer.eta import Eta
from indexer.failures import TOO_SHORT, Failure
from indexer.jobs import Outcome
from indexer.service.job_stop import JobStop
from indexer.stopping import Stop
from polymuse.errors import UserError
from polymuse.library_jobs import (
    FINAL_STATES,
    FileCounts,
    Kind,
    LibraryJob,
    Phase,
    Speed,
    State,
    Transfer,
    Trouble,
)

log = logging.getLogger(__name__)

MAX_NOTES = 20
MIN_SECONDS = 1.0  # before a speed is stated


class RunningJob:
    """A job and its progress; an `indexer.updating.Report`. Thread-safe."""

    def __init__(
        self,
        kind: Kind,
        stop: JobStop,
        paths: Iterable[Path] | None = None,
        *,
        by_itself: bool = False,
        finished: Callable[[Outcome], None] = lambda _: None,
    ) -> None:
        """`paths`: None for all folders. `by_itself`: no client asked for it. `finished` is called for each file."""
        self.id = token_hex(6)
        self.kind: Kind = kind
        self.stop = stop
        self.paths = None if paths is None else dict.fromkeys(paths)
        self.by_itself = by_itself
        self.forget = 0  # a scan may forget so many files, even if they are too many at once
        self.forgotten = 0
        self._finished = finished
        self._lock = threading.RLock()
        self._state: State = "waiting"
        self._phase: Phase = "weights" if kind == "weights" else "scanning"
        self._started = self._ended = None
        self._counts: Counter[str] = Counter()
        self._total: int | None = None
        self._to_measure = 0
        self._audio_seconds = 0.0
        self._working_since = 0.0  # by the clock of `stop`
        self._eta: Eta | None = None
        self._download: Transfer | None = None
        self._current: str | None = None
        self._problem: Trouble | None = None
        self._bottleneck: str | None = None
        self._notes: dict[str, None] = {}

    @property
    def waiting(self) -> bool:
        return self._state == "waiting"

    @property
    def final(self) -> bool:
        return self._state in FINAL_STATES

    @property
    def eventful(self) -> bool:
        """Whether there is something to tell about the job."""
        return bool(
            sum(self._counts[each] for each in ("indexed", "updated", "measured", "failed"))
            or self.forgotten
            or self._notes
            or self._problem
        )

    @property
    def summary(self) -> str:
        """Its state and the counts of its files, in one line."""
        with self._lock:
            named = {**self._counts, "forgotten": self.forgotten}
            counts = [f"{number} {name}" for name, number in sorted(named.items()) if number]
            return ", ".join([self._state, *counts])

    @property
    def worked(self) -> float:
        """Seconds since analysis began, without pauses."""
        return self.stop.working_clock() - self._working_since if self._working_since else 0.0

    def begin(self) -> None:
        with self._lock:
            self._state, self._started = "running", _now()

    def end(self, problem: UserError | None = None) -> None:
        """The job is done, or failed with a problem, or was stopped."""
        with self._lock:
            if problem is not None:
                self._state, self._problem = "failed", Trouble(readable(problem.message), problem.advice)
            else:
                self._state = "stopped" if self.stop.signalled else "done"
            self._ended, self._download, self._eta = _now(), None, None
            if self._state == "done":
                self._phase = "done"

    def download(self, transfer: Transfer | None) -> None:
        with self._lock:
            self._download = transfer

    def note(self, line: str) -> None:
        """Add a line for people, once."""
        with self._lock:
            if len(self._notes) < MAX_NOTES:
                self._notes[readable(line)] = None

    def bottleneck(self, line: str) -> None:
        with self._lock:
            self._bottleneck = line or None

    # indexer.updating.Report

    def planned(self, plan: Plan, problems: Sequence[Failure]) -> None:
        with self._lock:
            self._counts["unchanged"] = len(plan.unchanged)
            self._counts["skipped"] = len(plan.failed_before)
            self._total = plan.files
        if plan.renewed:  # hours of work that nobody may expect
            log.info("%s %s: %s", self.kind, self.id, plan.renewed)
        for line in filter(None, (plan.renewed, *map(str, problems))):
            self.note(line)

    @contextmanager
    def running(self, plan: Plan, stop: Stop) -> Iterator[None]:
        with self._lock:
            measures = not plan.rereads and not plan.todo
            self._phase = "measuring" if measures else "analysing"
            self._to_measure = len(plan.remeasures)
            self._eta = Eta(plan.next, stop.working_clock)
            self._working_since = stop.working_clock()
        yield

    def add(self, outcome: Outcome) -> None:
        with self._lock:
            self._counts["skipped" if outcome.status == TOO_SHORT else outcome.status] += 1
            self._audio_seconds += outcome.seconds
            self._current = readable(outcome.path)
            if self._eta is not None:
                self._eta.add(outcome)
        self._finished(outcome)
        for remark in outcome.remarks:
            self.note(f"{outcome.path}: {remark}")

    def snapshot(self) -> LibraryJob:
        """The job at this moment."""
        with self._lock:
            analyses = self.kind != "weights"
            until = self.stop.paused_until if analyses and not self.final else None
            paused = until is not None or (analyses and self._state == "running" and self.stop.paused)
            return LibraryJob(
                id=self.id,
                kind=self.kind,
                state="paused" if paused else self._state,
                phase=self._phase,
                started=self._started,
                ended=self._ended,
                files=self._files(),
                forgotten=self.forgotten,
                download=self._download,
                speed=self._speed(),
                seconds_left=None if self._eta is None else self._eta.left,
                bottleneck=self._bottleneck,
                current=self._current,
                problem=self._problem,
                notes=(*([] if until is None else [f"pauses until {until}"]), *self._notes),
            )

    def _files(self) -> FileCounts:
        counts = {name: self._counts[name] for name in ("indexed", "updated", "unchanged", "failed", "skipped")}
        measured = {"measured": self._counts["measured"], "to_measure": self._to_measure}
        done = sum(counts.values())  # a file that cannot be measured is unchanged as well
        return FileCounts(self._total, done if self._total is None else min(done, self._total), **counts, **measured)

    def _speed(self) -> Speed:
        if self._eta is None:
            return Speed()
        seconds = self.worked
        done = sum(self._counts[each] for each in ("indexed", "updated", "measured", "failed"))
        if seconds < MIN_SECONDS or not done:
            return Speed()
        return Speed(round(60 * done / seconds, 1), round(self._audio_seconds / seconds, 1))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
