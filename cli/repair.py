"""`polymuse doctor --repair`: saves damaged stores, cleans up after killed processes, forgets failures of lost files.

A kill or a loss of power needs no repair: the engine repairs a store from its log when it is opened. A store that it
cannot read is replaced by one of what can be read, and kept.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from catalog.catalog import Catalog
from catalog.description import REBUILD, REPAIR, DamagedError, Space
from catalog.fields import WITH_HIDDEN
from catalog.opening import known_spaces, open_catalog
from catalog.owner import InUseError
from catalog.redescribing import describe_anew, undescribed
from catalog.salvage import INVALID, put_in_place, salvage
from catalog.store import directory_of
from catalog.track import Entry, FileRef, Track
from catalog.upgrading import telling
from catalog.validation import InvalidEntryError, checked_segments, checked_vectors
from indexer.failures import FailureList
from indexer.identity import track_id
from indexer.presence import look_for
from polymuse.errors import UserError
from polymuse.files import leftovers
from polymuse.paths import printable
from polymuse.settings import Settings

ALL = 1000  # more stems than there are
MAX_LINES = 20  # of lost tracks; the rest is counted
ANALYSE = "`polymuse index` on your folders analyses them again"
FIND_AGAIN = "`polymuse index` on your folders analyses only what is missing"


def repair(settings: Settings) -> Iterator[str]:
    """Repair everything, and yield a line for each thing done. Raises UnavailableError if a store is in use."""
    home = settings.layout
    if settings.qdrant_url is None:
        yield from _describe(settings)
    for space in known_spaces(settings):
        if settings.qdrant_url is None:
            yield from _mend(settings, space)
        with open_catalog(settings, space) as catalog:  # opening it repairs it
            lost = lost_tracks(settings, space)
            left = catalog.count(WITH_HIDDEN)
            yield from _losses(space, lost, left, list(catalog.orphans()))  # before they are forgotten
            orphans = catalog.delete_orphans()
        if orphans and not lost:
            yield f"store {space.name}: deleted {sum(orphans.values())} segments whose track was never stored"
    for part in leftovers(home.root):
        part.unlink(missing_ok=True)
        yield f"deleted {printable(part)}, which was never finished"
    failures = FailureList(home.failures)
    for path in gone(failures):
        failures.forget(path)
        yield f"forgot the failure of {printable(path)}, which is gone"


def _describe(settings: Settings) -> Iterator[str]:
    """Make descriptions that are lost anew."""
    for path in undescribed(settings.layout.store):
        space = describe_anew(path)
        yield (
            f"store {space.name}: its description was lost and is made anew from its tracks: {space.dim} numbers per "
            f"vector, model {space.fingerprint[:12]}"
        )


def _mend(settings: Settings, space: Space) -> Iterator[str]:
    """Read all of a store that no other process uses; salvage it if it is damaged."""
    name = f"store {space.name}"
    try:
        with suppress(InUseError), Catalog.open(settings.layout.store, space) as catalog:
            catalog.descriptors()
            damaged = list(_damaged(catalog))
            for track in damaged:
                catalog.update(replace(track, models={}))
            if damaged:
                yield f"{name}: {len(damaged)} tracks have damaged vectors; {ANALYSE}"
    except (DamagedError, *INVALID) as error:
        yield f"{name}: {error.message if isinstance(error, DamagedError) else 'a track cannot be read'}"
        yield from _salvage(settings, space)


def _damaged(catalog: Catalog) -> Iterator[Track]:
    """The tracks with damaged vectors, unless that is known already. Raises DamagedError if vectors are missing."""
    stems: Counter[str] = Counter()
    stats = catalog.stats()
    every = (each for page in catalog.entries() for each in page)
    for entry in telling(every, stats.tracks + stats.missing, "reading"):
        if not entry.track.missing_since:
            stems.update(entry.vectors.keys())
        if not _is_whole(entry, catalog.space.dim) and entry.track.models:
            yield entry.track
    if stems != catalog.facets("stem", WITH_HIDDEN, limit=ALL):
        raise DamagedError("The engine has lost vectors, or has some that no track has", REPAIR)


def _is_whole(entry: Entry, dim: int) -> bool:
    with suppress(InvalidEntryError):
        return bool(checked_vectors(entry, dim)) and checked_segments(entry, dim) is not None
    return False


def _salvage(settings: Settings, space: Space) -> Iterator[str]:
    result = salvage(settings.layout.store, space, _identified)
    if result.kept is None:
        where = directory_of(settings.layout.store, space)
        raise DamagedError(f"Nothing of the store {where} can be read; it stays where it is", REBUILD)
    yield f"store {space.name}: {result.saved} tracks are saved, {result.missing} are gone"
    if result.incomplete:
        yield f"store {space.name}: {result.incomplete} of them lack vectors; {ANALYSE}"
    if result.descriptors or result.lost_descriptors:
        gone_too = f", gone: {', '.join(result.lost_descriptors)}" if result.lost_descriptors else ""
        yield f"store {space.name}: {result.descriptors} descriptors of your own are saved{gone_too}"
    yield from _named(space, list(map(printable, result.gone)))
    if result.missing:
        yield FIND_AGAIN
    put_in_place(settings.layout.store, space, result.kept)  # after all is told, in case of a kill
    yield f"store {space.name}: the damaged store is kept as {printable(result.kept)}; delete it to free its space"


def _identified(track: Track) -> str | None:
    """The id of a track by its music; None if no file is as it was."""
    for file in track.files:
        with suppress(OSError, UserError, ValueError):
            found = Path(file.path).stat()
            if (found.st_size, found.st_mtime_ns) == (file.size, file.mtime_ns):
                return track_id(Path(file.path))
    return None


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
    yield from _named(space, [f"track {track}" for track in orphans])


def _named(space: Space, names: list[str]) -> Iterator[str]:
    for name in names[:MAX_LINES]:
        yield f"store {space.name}: {name} is gone"
    if len(names) > MAX_LINES:
        yield f"store {space.name}: {len(names) - MAX_LINES} more tracks are gone"
