"""Progress of a run: files done, speed and time left."""

import time
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from indexer.eta import Eta
from indexer.jobs import Outcome
from indexer.scan import AudioFile
from polymuse.paths import printable

INDEXING = "Indexing"
READING = "Reading tags"
MEASURING = "Measuring tempo, key and loudness"
PLAIN_INTERVAL = 10.0  # seconds between lines if there is no terminal to redraw


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
        self._tells = task != READING  # the speed and the time left
        self._last_line = time.monotonic()
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
        )
        self._bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._bar.add_task(
            task, total=self._total, note="starting the networks" if task == INDEXING else ""
        )

    def __enter__(self) -> "RunProgress":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def add(self, outcome: Outcome) -> None:
        """Count a finished file, and print its failure and remarks."""
        self._done += 1
        self._eta.add(outcome)
        if outcome.failure is not None and not outcome.failure.is_too_short:
            say(self._console, f"failed: {outcome.failure}")
        for remark in outcome.remarks:
            say(self._console, f"{outcome.path}: {remark}")
        self._bar.update(self._task, completed=self._done, note=self._note())
        if not self._console.is_terminal and time.monotonic() - self._last_line >= PLAIN_INTERVAL:
            self._last_line = time.monotonic()
            say(self._console, ", ".join(filter(None, [f"{self._done}/{self._total} files", self._note()])))

    def _note(self) -> str:
        if not self._tells:
            return ""
        left = self._eta.left
        speed = self._eta.speed  # 0 while there were only scores, which have no length
        parts = [f"{speed:.0f}x real time"] if speed else []
        return ", ".join(parts if left is None else [*parts, f"{clock(left)} left"])


def say(console: Console, line: str) -> None:
    """Print one line verbatim: no markup, no wrapping; bytes that are not UTF-8 are escaped."""
    console.print(printable(line), markup=False, highlight=False, soft_wrap=True)


def counted(number: int, word: str) -> str:
    """A number of things: 1 file, 2 files."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def clock(seconds: float) -> str:
    """A duration for people: 0:42, 3:05 or 2:03:59."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
