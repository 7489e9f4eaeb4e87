"""Progress of commands that process the tracks of the library."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from cli.output import messages
from cli.progress import PLAIN_INTERVAL, clock, say
from indexer.stopping import deferred

Step = Callable[[int], None]  # takes the number of tracks finished since the last call


@contextmanager
def step_progress(what: str, total: int) -> Iterator[Step]:
    """A bar with the time left on a terminal, otherwise a line every PLAIN_INTERVAL.

    A signal is deferred to the next step or the end, between two pages of tracks, and raises Interrupted there.
    """
    console = messages()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[note]}"))
    bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    with deferred() as check, bar:
        task = bar.add_task(what, total=total, note="")
        done, start = 0, time.monotonic()
        last_line = start

        def step(tracks: int) -> None:
            nonlocal done, last_line
            done += tracks
            now = time.monotonic()
            note = f"{clock(time_left(done, total, now - start))} left"
            bar.update(task, completed=done, note=note)
            if not console.is_terminal and now - last_line >= PLAIN_INTERVAL:
                last_line = now
                say(console, f"{what}: {done}/{total} tracks, {note}")
            check()

        yield step


def time_left(done: int, total: int, elapsed: float) -> float:
    """Seconds left at the speed so far; 0 if more tracks are done than expected."""
    return max(0, total - done) * elapsed / done if done else 0.0
