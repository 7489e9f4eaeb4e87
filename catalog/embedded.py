"""Open the shards of an embedded catalog, check them for losses, and upgrade them."""

import logging
from contextlib import ExitStack

from catalog.edge import EdgeEngine
from catalog.engine import ANYTHING, walk
from catalog.payload import HAS_SEGMENTS, TRACKS, rewritten
from catalog.segments import SEGMENTS
from catalog.store import StoreDirectory
from polymuse.errors import UnavailableError

logger = logging.getLogger(__name__)

_REBUILD = "Move that folder away and index the music again; the music itself is untouched."


def open_engines(directory: StoreDirectory) -> tuple[EdgeEngine, EdgeEngine]:
    """The engines of tracks and segments, created if missing. Raises UnavailableError for a damaged store."""
    with ExitStack() as undo:
        tracks = EdgeEngine(directory.shard, directory.space.dim, TRACKS)
        undo.callback(tracks.close)
        _check_complete(tracks, directory)
        _check_segments(tracks, directory)
        _upgrade(tracks, directory)
        segments = EdgeEngine(directory.segments, directory.space.dim, SEGMENTS)
        undo.pop_all()
        return tracks, segments


def _check_complete(tracks: EdgeEngine, directory: StoreDirectory) -> None:
    found = tracks.count(ANYTHING)
    if found < directory.tracks:
        raise UnavailableError(
            f"The store {directory.path} is damaged: {found} of {directory.tracks} tracks are left", _REBUILD
        )


def _check_segments(tracks: EdgeEngine, directory: StoreDirectory) -> None:
    """Check that the segments exist if any track has some. Older stores have neither."""
    if not directory.segments.exists() and tracks.count(HAS_SEGMENTS):
        raise UnavailableError(f"The store {directory.path} is damaged: its folder segments is gone", _REBUILD)


def _upgrade(tracks: EdgeEngine, directory: StoreDirectory) -> None:
    """Convert payloads of an earlier version. Indexes are added last, so that a crash repeats the conversion."""
    if not tracks.unindexed:
        return
    logger.warning("upgrading the store %s, which is needed once", directory.path)
    for point in walk(tracks, ANYTHING):
        old = point.payload
        new = rewritten(point.id, old)
        changed = {name: value for name, value in new.items() if old.get(name) != value}
        if old.keys() - new.keys():
            tracks.set_payload(point.id, new)
        elif changed:  # six times as fast as replacing the whole payload
            tracks.set_fields(point.id, changed)
    tracks.add_indexes()
