"""Open the shards of an embedded catalog, check them for losses, and upgrade them."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial

from catalog.after_loss import points_of, short_files
from catalog.description import REPAIR, DamagedError
from catalog.descriptors import DESCRIPTORS, OpenEngine
from catalog.edge import EdgeEngine
from catalog.engine import ANYTHING, walk
from catalog.payload import HAS_SEGMENTS, TRACKS, rewritten
from catalog.raw_shard import lacks_ids, lacks_vectors, point_ids, restore_versions
from catalog.segments import SEGMENTS
from catalog.store import StoreDirectory
from catalog.upgrading import walk_upgrading
from polymuse.errors import UnavailableError
from polymuse.music import MIX

logger = logging.getLogger(__name__)


def open_engines(directory: StoreDirectory) -> tuple[EdgeEngine, EdgeEngine, OpenEngine]:
    """The engines of tracks and segments, created if missing, and what opens that of descriptors.

    Raises UnavailableError for a damaged store.
    """
    with ExitStack() as undo:
        _check_files(directory)
        tracks = EdgeEngine(directory.shard, directory.space.dim, TRACKS)
        undo.callback(tracks.close)
        _check_complete(tracks, directory)
        _check_segments(tracks, directory)
        _upgrade(tracks, directory)
        with suppress(UnavailableError):  # on a full disk it is done later
            _repeat_analysis(tracks, directory)
        segments = EdgeEngine(directory.segments, directory.space.dim, SEGMENTS)
        undo.pop_all()
        return tracks, segments, partial(_open_descriptors, directory)


def _open_descriptors(directory: StoreDirectory, create: bool) -> EdgeEngine | None:
    if not create and not directory.descriptors.exists():
        return None
    with _reading(directory):
        files = short_files(directory.descriptors)
        if not points_of(files, directory.descriptors):  # those that are only in the log are written again
            for file in files:
                file.lengthen()
    return EdgeEngine(directory.descriptors, directory.space.dim, DESCRIPTORS)


def _check_files(directory: StoreDirectory) -> None:
    """Before the engine, which makes some kinds of damage worse."""
    with _reading(directory):
        if restore_versions(directory.shard, directory.tracks):
            logger.warning("a file of the store %s was damaged, and has been repaired", directory.path)
        _lengthen_files(directory)
        if lacks_ids(directory.shard, directory.tracks):
            raise DamagedError(f"The store {directory.path} is damaged: ids of tracks are missing", REPAIR)
        if lacks_vectors(directory.shard, [MIX], directory.tracks):
            raise DamagedError(f"The store {directory.path} is damaged: vectors are missing", REPAIR)


@contextmanager
def _reading(directory: StoreDirectory) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnavailableError(
            f"The store {directory.path} cannot be read: {error.strerror}", "Check permissions and its disk."
        ) from error


def _lengthen_files(directory: StoreDirectory) -> None:
    """Make files of vectors whole that a loss of power made short; tracks with vectors there are analysed again.

    Raises DamagedError if tracks that were reported have lost vectors, OSError, UnavailableError.
    """
    tracks, segments = short_files(directory.shard), short_files(directory.segments)
    if not tracks and not segments:
        return
    of_segments = {str(payload.get("track")) for payload in points_of(segments, directory.segments).values()}
    known = point_ids(directory.shard)
    lost = (known & (of_segments | points_of(tracks, directory.shard).keys())) - {*directory.overwritten.left()}
    if len(known) - len(lost) < directory.tracks:  # more is wrong than tracks that had not been written yet
        raise DamagedError(f"The store {directory.path} is damaged: vectors are missing", REPAIR)
    directory.overwritten.leave(lost)
    for file in (*tracks, *segments):
        file.lengthen()
    logger.warning("files of the store %s were too short, and have been repaired", directory.path)


def _check_complete(tracks: EdgeEngine, directory: StoreDirectory) -> None:
    """A store that has lost some of its tracks is used with those that are left."""
    found, expected = tracks.count(ANYTHING), directory.tracks
    if found >= expected:
        return
    if not found:
        raise DamagedError(f"The store {directory.path} is damaged: 0 of {expected} tracks are left", REPAIR)
    logger.warning(
        "%d of %d tracks of the store %s are gone, %d are left: run `polymuse doctor --repair`",
        expected - found,
        expected,
        directory.path,
        found,
    )
    with suppress(UnavailableError):  # on a full disk it is said again
        directory.record_loss(found)


def _check_segments(tracks: EdgeEngine, directory: StoreDirectory) -> None:
    """A store that has lost its segments is used without. Older stores have none."""
    if directory.segments.exists() or not (number := tracks.count(HAS_SEGMENTS)):
        return
    logger.warning(
        "the moments of %d tracks of the store %s are gone; `polymuse index --force` finds them again",
        number,
        directory.path,
    )
    for point in walk(tracks, HAS_SEGMENTS):
        tracks.set_fields(point.id, {"segments": 0})
    tracks.flush()


def _repeat_analysis(tracks: EdgeEngine, directory: StoreDirectory) -> None:
    """Have tracks whose vectors may be partly new analysed again, by forgetting which models have analysed them."""
    if left := directory.overwritten.left():
        for point in tracks.retrieve(left):
            tracks.set_payload(point.id, {name: value for name, value in point.payload.items() if name != "models"})
        tracks.flush()
    directory.overwritten.settle()


def _upgrade(tracks: EdgeEngine, directory: StoreDirectory) -> None:
    """Convert payloads of an earlier version. Indexes are added last, so that a crash repeats the conversion."""
    if not tracks.unindexed:
        return
    for point in walk_upgrading(tracks, f"the store {directory.path}"):
        old = point.payload
        new = rewritten(point.id, old)
        changed = {name: value for name, value in new.items() if old.get(name) != value}
        if gone := old.keys() - new.keys():  # both are three times as fast as replacing the whole payload
            tracks.drop_fields(point.id, sorted(gone))
        if changed:
            tracks.set_fields(point.id, changed)
    tracks.add_indexes()
