"""Conflicts between two libraries, as lines and numbers."""

from catalog.exchange import Taken
from cli import output, progress
from polymuse.paths import printable

MAX_LINES = 20  # of conflicts; the rest is only counted


def say_conflicts(taken: Taken) -> dict[str, int]:
    """Say which entries counted in conflicts. Returns {"conflicts": number, "kept": number}, empty without any."""
    if not taken.conflicts:
        return {}
    for conflict in taken.conflicts[:MAX_LINES]:
        which = "the imported entry" if conflict.taken else "the entry of the library"
        progress.say(output.messages(), f"{printable(conflict.path)}: {which} counts")
    if len(taken.conflicts) > MAX_LINES:
        progress.say(output.messages(), f"{len(taken.conflicts) - MAX_LINES} more conflicts")
    return {"conflicts": len(taken.conflicts), "kept": taken.kept}
