"""Conflicts between two libraries, as lines and numbers."""

from catalog.exchange import Taken
from catalog.exchange_descriptors import TakenDescriptors
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


def say_descriptors(taken: TakenDescriptors) -> dict[str, int]:
    """Say which descriptors of users stay as they are. Returns {"descriptors": number stored}, empty without any."""
    for slug in taken.kept[:MAX_LINES]:
        progress.say(output.messages(), f"{slug}: the descriptor of the library counts")
    if len(taken.kept) > MAX_LINES:
        progress.say(output.messages(), f"{len(taken.kept) - MAX_LINES} more descriptors of the library count")
    return {"descriptors": taken.stored} if taken.stored or taken.kept else {}
