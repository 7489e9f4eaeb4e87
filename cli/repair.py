"""`polymuse doctor --repair`: cleans up after killed processes, and forgets failures of files that are gone.

None of this blocks other commands: the engine repairs a store from its log when it is opened. Repairing frees disk
space and brings the failure list up to date.
"""

from collections.abc import Iterator

from catalog.catalog import Catalog
from catalog.description import Space
from catalog.opening import known_spaces, open_catalog
from catalog.track import FileRef
from indexer.failures import FailureList
from indexer.presence import look_for
from polymuse.files import leftovers
from polymuse.paths import printable
from polymuse.settings import Settings

MAX_LINES = 20  # of lost tracks; the rest is counted
FIND_AGAIN = "`polymuse index` on your folders analyses only what is missing"


def repair(settings: Settings) -> Iterator[str]:
    """Repair everything, and yield a line for each thing done. Raises UnavailableError if a store is in use."""
    home = settings.layout
    for space in known_spaces(settings):
        with open_catalog(settings, space) as catalog:  # opening it repairs it
            lost = lost_tracks(settings, space)
            orphans = catalog.delete_orphans()
            yield from _losses(space, lost, catalog.count(), list(orphans))
        if orphans and not lost:
            yield f"store {space.name}: deleted {sum(orphans.values())} segments whose track was never stored"
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


def lost_tracks(settings: Settings, space: Space) -> int:
    """The number of tracks that the store of a space has lost since it was repaired; 0 on a server."""
    if settings.qdrant_url is not None:
        return 0
    return sum(store.lost for store in Catalog.peek(settings.layout.store) if store.space == space)


def _losses(space: Space, lost: int, left: int, orphans: list[str]) -> Iterator[str]:
    if not lost:
        return
    yield f"store {space.name}: {lost} tracks are gone, {left} are kept. {FIND_AGAIN}"
    for track in orphans[:MAX_LINES]:
        yield f"store {space.name}: track {track} is gone"
    if len(orphans) > MAX_LINES:
        yield f"store {space.name}: {len(orphans) - MAX_LINES} more tracks are gone"
