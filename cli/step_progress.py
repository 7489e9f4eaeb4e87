"""How far a command is that goes through the tracks of the library."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from cli.output import messages
from cli.progress import PLAIN_INTERVAL, clock, say
from indexer.stopping import deferred

Step = Callable[[int], None]  # told how many more tracks are done


@contextmanager
def step_progress(what: str, total: int) -> Iterator[Step]:
    """A bar with the time left on a terminal, a line now and then elsewhere.

    A signal waits for the next step, or for the end, and raises Interrupted there: between two pages of tracks.
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
    """Seconds to go at the speed so far; none where more came than were expected."""
    return max(0, total - done) * elapsed / done if done else 0.0
