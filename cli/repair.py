"""`polymuse doctor --repair`: cleans up after killed processes, and forgets failures of files that are gone.

None of this blocks other commands: the engine repairs a store from its log when it is opened. Repairing frees disk
space and brings the failure list up to date.
"""

from collections.abc import Iterator

from catalog.opening import known_spaces, open_catalog
from catalog.track import FileRef
from indexer.failures import FailureList
from indexer.presence import look_for
from polymuse.files import leftovers
from polymuse.paths import printable
from polymuse.settings import Settings


def repair(settings: Settings) -> Iterator[str]:
    """Repair everything, and yield a line for each thing done. Raises UnavailableError if a store is in use."""
    home = settings.layout
    for space in known_spaces(settings):
        with open_catalog(settings, space) as catalog:  # opening it repairs it
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
    return list(look_for(FileRef(failure.path, 0, 0) for failure in failures).gone)
