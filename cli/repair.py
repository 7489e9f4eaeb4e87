"""`polymuse doctor --repair`: tidies up what killed processes left behind, and forgets failures of files that are gone.

None of it stands in the way of anything: a store is repaired when it is opened, by the engine's log. This gives back
the room, and makes lists true again.
"""

import os
from collections.abc import Iterator

from catalog.opening import known_spaces, open_catalog
from indexer.failures import FailureList
from polymuse.files import leftovers
from polymuse.home import Home
from polymuse.paths import printable
from polymuse.settings import Settings


def repair(settings: Settings) -> Iterator[str]:
    """Does what can be done, and says each thing once it is done. Raises UnavailableError where a store is in use."""
    home = Home(settings.home)
    for space in known_spaces(settings):
        with open_catalog(settings, space) as catalog:  # opening it is what mends it
            if lost := catalog.delete_orphans():
                yield f"store {space.name}: deleted {lost} segments whose track was never stored"
    for part in leftovers(home.root):
        part.unlink(missing_ok=True)
        yield f"deleted {printable(part)}, which was never finished"
    failures = FailureList(home.failures)
    for path in gone(failures):
        failures.forget(path)
        yield f"forgot the failure of {printable(path)}, which is gone"


def gone(failures: FailureList) -> list[str]:
    """The paths of failures that are no longer on disk."""
    return [failure.path for failure in failures if not os.path.lexists(failure.path)]
