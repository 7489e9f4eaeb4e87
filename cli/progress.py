"""Progress of a run: files done, speed and time left."""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from indexer.jobs import Outcome
from indexer.scan import AudioFile
from polymuse.paths import printable

INDEXING = "Indexing"
PLAIN_INTERVAL = 10.0  # seconds between lines if there is no terminal to redraw


@dataclass(slots=True)
class _Kind:
    """Totals of the files of one suffix, which have about the same bit rate."""

    bytes_left: int = 0
    bytes_done: int = 0
    seconds_done: float = 0.0  # of audio


class Eta:
    """Estimates the time left from the speed of this run.

    Work is counted in seconds of audio. The seconds of pending files are estimated from their size and the bit rate of
    finished files with the same suffix, or of all finished files if there are none. Files that needed no analysis
    count as finished work of 0 seconds, so a library that was only moved shows a short time left.
    """

    def __init__(self, files: Sequence[AudioFile], clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._start = clock()
        self._kinds: dict[str, _Kind] = defaultdict(_Kind)
        for file in files:
            self._kinds[file.path.suffix.lower()].bytes_left += file.size

    def add(self, path: str, size: int, seconds: float) -> None:
        """Count a finished file: `size` bytes, `seconds` of audio analysed."""
        kind = self._kinds[Path(path).suffix.lower()]
        kind.bytes_left -= size
        kind.bytes_done += size
        kind.seconds_done += seconds

    @property
    def speed(self) -> float:
        """Seconds of audio analysed per second so far."""
        return sum(kind.seconds_done for kind in self._kinds.values()) / max(self._clock() - self._start, 1e-9)

    @property
    def left(self) -> float | None:
        """Seconds left, or None before anything is done."""
        seconds = sum(kind.seconds_done for kind in self._kinds.values())
        done = sum(kind.bytes_done for kind in self._kinds.values())
        if not done:
            return None
        to_come = 0.0
        for kind in self._kinds.values():
            known = kind if kind.bytes_done else _Kind(0, done, seconds)
            to_come += kind.bytes_left * known.seconds_done / known.bytes_done
        return to_come / self.speed if self.speed else 0.0


class RunProgress:
    """Shows a run on stderr: a bar on a terminal, otherwise a line every PLAIN_INTERVAL; failures at once."""

    def __init__(
        self,
        files: Sequence[AudioFile],
        console: Console,
        working_clock: Callable[[], float],
        task: str = INDEXING,
    ) -> None:
        """`working_clock` stops while the run is paused."""
        self._console = console
        self._eta = Eta(files, working_clock)
        self._total = len(files)
        self._done = 0
        self._analyses = task == INDEXING
        self._last_line = time.monotonic()
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
        )
        self._bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._bar.add_task(task, total=self._total, note="starting the networks" if self._analyses else "")

    def __enter__(self) -> "RunProgress":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def add(self, outcome: Outcome) -> None:
        """Count a finished file, and print its failure and remarks."""
        self._done += 1
        self._eta.add(outcome.path, outcome.size, outcome.seconds)
        if outcome.failure is not None:
            say(self._console, f"failed: {outcome.failure}")
        for remark in outcome.remarks:
            say(self._console, f"{outcome.path}: {remark}")
        self._bar.update(self._task, completed=self._done, note=self._note())
        if not self._console.is_terminal and time.monotonic() - self._last_line >= PLAIN_INTERVAL:
            self._last_line = time.monotonic()
            say(self._console, f"{self._done}/{self._total} files{', ' * self._analyses}{self._note()}")

    def _note(self) -> str:
        if not self._analyses:
            return ""
        left = self._eta.left
        time_left = "" if left is None else f", {clock(left)} left"
        return f"{self._eta.speed:.0f}x real time{time_left}"


def say(console: Console, line: str) -> None:
    """Print one line verbatim: no markup, no wrapping; bytes that are not UTF-8 are escaped."""
    console.print(printable(line), markup=False, highlight=False, soft_wrap=True)


def clock(seconds: float) -> str:
    """A duration for people: 0:42, 3:05 or 2:03:59."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
