"""The catalog of tracks: the interface of storage and search."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from catalog.engine import ANYTHING, Engine, Point, walk
from catalog.facets import count_facet
from catalog.filters import Filter
from catalog.keys import is_storable_path
from catalog.payload import holds_path, segment_count, to_conditions, to_payload, to_track
from catalog.planning import EmbedText, check_query, search
from catalog.query import Hit, Query
from catalog.segments import SegmentStore
from catalog.store import Space, StoreDirectory, StoreInfo, bytes_on_disk, stored_spaces
from catalog.track import Entry, FileRef, Track
from catalog.validation import check_one_owner, check_track, checked_segments, checked_vectors, is_track_id
from polymuse.errors import NotFoundError, UnavailableError, UserError
from polymuse.music import Segment

if TYPE_CHECKING:
    from catalog.server import Server

NO_FILTER = Filter()
MAX_PAGE = 1000
ENTRIES_PAGE = 64  # about 6 MB of vectors with stems and segments


@dataclass(frozen=True, slots=True)
class Page:
    """Tracks ordered by id. `cursor` requests the next page; it is None after the last one."""

    tracks: list[Track]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class CatalogStats:
    """Totals of a catalog."""

    tracks: int
    hours: float
    stems: Mapping[str, int]  # number of tracks with a vector of the stem
    segments: int
    bytes_on_disk: int  # 0 in memory and on a server


class Catalog(AbstractContextManager["Catalog"]):
    """Tracks with their vectors in one space. Thread-safe.

    Every method that accesses the storage raises UnavailableError on failure.
    """

    def __init__(
        self,
        engine: Engine,
        segments: Engine,
        space: Space,
        place: str,
        directory: StoreDirectory | None = None,
    ) -> None:
        """Use `open`, `connect` or `in_memory` instead. `engine` has the schema TRACKS, `segments` has SEGMENTS."""
        self.space = space
        self.place = place  # for display
        self._engine = engine
        self._segments = SegmentStore(segments)
        self._directory = directory
        self._write_lock = threading.RLock()  # writes first read what they change
        self._closed = False
        self._stems: list[str] | None = None  # stems of the tracks; None: unknown

    @classmethod
    def open(cls, store: Path, space: Space) -> "Catalog":
        """Open the catalog of this space below `store`, or create it; this process owns it until `close`.

        Raises UnavailableError if another process owns it, another model made it, or it is damaged.
        """
        from catalog.embedded import open_engines

        directory = StoreDirectory(store, space)
        try:
            return cls(*open_engines(directory), space, f"embedded, {directory.path}", directory)
        except BaseException:
            directory.close()
            raise

    @classmethod
    def connect(cls, server: "Server", space: Space, *, staged: bool = False) -> "Catalog":
        """Open the catalog of this space on a server, or create it; other processes may use it as well.

        With `staged`, use the collections of exactly this model, even if they are not in use. `close` also closes the
        server. Raises UnavailableError if the server cannot be used, or another model is in use.
        """
        from catalog.server_collections import open_engines

        engines = open_engines(server, space, staged=staged)
        return cls(engines["tracks"], engines["segments"], space, f"Qdrant server {server.url}")

    @classmethod
    def in_memory(cls, space: Space) -> "Catalog":
        """An empty catalog in memory."""
        from catalog.client import ClientEngine

        return cls(ClientEngine.in_memory(space.dim), ClientEngine.in_memory(space.dim), space, "memory")

    @staticmethod
    def peek(store: Path) -> list[StoreInfo]:
        """The catalogs below `store`, without opening or locking them."""
        return stored_spaces(store)

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Flush all writes and release the store. May be called more than once."""
        with self._write_lock:
            if self._closed:
                return
            self._closed = True
            try:
                self._flush()
                with suppress(UnavailableError):  # on a full disk the previous number stays, which is not too high
                    self._record_tracks()
            finally:
                self._close_engines()

    # Writing

    def upsert(self, entries: Iterable[Entry]) -> None:
        """Store tracks with their vectors, replacing tracks of the same ids.

        When this returns they survive a kill of the process, and after `flush` a loss of power.

        Entries with the same id are merged: all files are kept, other attributes are those of the last entry. A file
        belongs to one track: it is removed from all others. Raises InvalidEntryError before anything is written.
        """
        batch = _merged(entries)
        if not batch:
            return
        segments = {entry.track.id: checked_segments(entry, self.space.dim) for entry in batch}
        points = [self._to_point(entry) for entry in batch]
        with self._write_lock:
            self._release_files([entry.track for entry in batch])
            self._segments.replace(segments, _segment_counts(self._engine.retrieve(list(segments))))
            self._engine.upsert(points)
            self._stems = None

    def update(self, track: Track) -> None:
        """Replace the attributes of a track but not its vectors. Raises NotFoundError, InvalidEntryError."""
        check_track(track)
        with self._write_lock:
            [stored] = self._points([track.id])
            self._release_files([track])
            has = frozenset(stored.payload["has"])
            self._engine.set_payload(track.id, to_payload(track, has, segment_count(stored.payload)))

    def remove_path(self, path: str) -> bool:
        """Remove a file from its track, and the track with its last file. False if no track has the file."""
        with self._write_lock:
            owners = self._owners([path])
            for track in owners:
                self._drop_files(track, {path})
            return bool(owners)

    def delete(self, ids: Iterable[str]) -> int:
        """Delete tracks, and return how many of the ids existed."""
        with self._write_lock:
            found = self._engine.retrieve(_valid(ids))
            if found:
                if self._directory is not None:
                    self._directory.record_tracks(max(0, self._directory.tracks - len(found)))
                self._segments.delete(_segment_counts(found))
                self._engine.delete([point.id for point in found])
                self._stems = None
            return len(found)

    def delete_orphans(self) -> int:
        """Delete segments that a crash left without a track, and return how many there were."""
        with self._write_lock:
            counts = {str(track): number for track, number in self._segments.engine.facet("track", ANYTHING).items()}
            known = {point.id for point in self._engine.retrieve(list(counts))}
            orphans = {track: number for track, number in counts.items() if track not in known}
            self._segments.delete(orphans)
            return sum(orphans.values())

    def flush(self) -> None:
        """Sync all writes to disk, so that they survive a loss of power. A kill of the process loses none anyway."""
        with self._write_lock:
            self._flush()
            self._record_tracks()

    # Reading

    def get(self, ids: Sequence[str]) -> list[Track]:
        """The tracks with these ids, in the same order. Raises NotFoundError."""
        return [to_track(point.id, point.payload) for point in self._points(ids)]

    def vectors(self, ids: Sequence[str]) -> dict[str, dict[str, np.ndarray]]:
        """{id: {stem: [dim] float32, L2-normalised}}. Raises NotFoundError."""
        return {point.id: dict(point.vectors) for point in self._points(ids, vectors=True)}

    def segments(self, id: str) -> list[Segment]:  # noqa: A002  # the field's own word
        """The segments of a track in order of time; empty if it was stored without. Raises NotFoundError."""
        [point] = self._points([id])
        return self._segments.of(id, segment_count(point.payload))

    def entries(self) -> Iterator[list[Entry]]:
        """All tracks with vectors and segments, in pages, ordered by id. Tracks deleted meanwhile are skipped."""
        cursor: str | None = None
        while True:
            points, cursor = self._engine.scroll(ANYTHING, ENTRIES_PAGE, cursor, ["segments"])
            found = {point.id: point for point in self._engine.retrieve([point.id for point in points], vectors=True)}
            segments = self._segments.of_each(_segment_counts(found.values()))
            tracks = [found[point.id] for point in points if point.id in found]
            yield [Entry(to_track(t.id, t.payload), dict(t.vectors), tuple(segments[t.id])) for t in tracks]
            if cursor is None:
                return

    def stored_alike(self, entries: Iterable[Entry]) -> set[str]:
        """The ids of entries that are already stored with the same payload; vectors are not compared."""
        wanted = {entry.track.id: entry for entry in entries}
        stored = self._engine.retrieve(list(wanted))
        return {point.id for point in stored if point.payload == _payload(wanted[point.id])}

    def find_by_path(self, path: str) -> Track | None:
        """The track of a file. If concurrent processes assigned it to two tracks, the one analysed last."""
        return max(self._owners([path]), key=lambda track: track.indexed_at, default=None)

    def scroll(self, where: Filter = NO_FILTER, limit: int = 100, cursor: str | None = None) -> Page:
        """One page of the tracks that pass the filter. Raises UserError for an invalid limit or cursor."""
        if not 1 <= limit <= MAX_PAGE:
            raise UserError(f"A page cannot have {limit} tracks", f"Choose 1 to {MAX_PAGE}.")
        if cursor is not None and not is_track_id(cursor):
            raise UserError(
                f'"{cursor}" is not a cursor', "Start without a cursor, then use the one of the previous page."
            )
        points, following = self._engine.scroll(to_conditions(where), limit, cursor)
        return Page([to_track(point.id, point.payload) for point in points], following)

    def tracks(self, where: Filter = NO_FILTER) -> Iterator[Track]:
        """The tracks that pass the filter, ordered by id and read page by page.

        Concurrent writes may or may not be included; no track is returned twice.
        """
        return (to_track(point.id, point.payload) for point in walk(self._engine, to_conditions(where)))

    def search(self, query: Query, embed_text: EmbedText) -> list[Hit]:
        """The hits of a query, best first; `catalog.planning` has the formulas.

        `embed_text` maps texts to [n, dim] float32, L2-normalised; it is called at most once. Raises UserError for
        an invalid query, NotFoundError for an unknown track.
        """
        stems = self._known_stems(query.stems)
        check_query(query, stems)
        if not stems:
            self._points([seed.track_id for seed in (*query.tracks, *query.not_tracks)])
            return []
        return search(query, self._engine, self._segments.engine, self.space.dim, embed_text)

    def facets(self, field: str, where: Filter = NO_FILTER, limit: int = 50) -> dict[str, int]:
        """Number of tracks for each value of a field with a facet, most frequent first."""
        return count_facet(self._engine, field, to_conditions(where), limit)

    def count(self, where: Filter = NO_FILTER) -> int:
        """Number of tracks that pass the filter."""
        return self._engine.count(to_conditions(where))

    def stats(self) -> CatalogStats:
        durations = self._engine.facet("seconds", ANYTHING)
        return CatalogStats(
            tracks=self._engine.count(ANYTHING),
            hours=sum(int(seconds) * tracks for seconds, tracks in durations.items()) / 3600,
            stems=self.facets("stem"),
            segments=self._segments.engine.count(ANYTHING),
            bytes_on_disk=bytes_on_disk(self._directory.path) if self._directory is not None else 0,
        )

    # Parts

    def _record_tracks(self) -> None:
        if self._directory is not None:
            self._directory.record_tracks(self._engine.count(ANYTHING))

    def _flush(self) -> None:
        """Flush segments first, so that a track that survives a loss of power has its segments."""
        self._segments.engine.flush()
        self._engine.flush()

    def _close_engines(self) -> None:
        with ExitStack() as closing:
            if self._directory is not None:
                closing.callback(self._directory.close)
            closing.callback(self._engine.close)
            closing.callback(self._segments.engine.close)

    def _known_stems(self, asked: Iterable[str]) -> list[str]:
        with self._write_lock:
            if self._stems is None or not set(asked) <= set(self._stems):  # another process may have added it
                self._stems = sorted(map(str, self._engine.facet("has", ANYTHING)))
            return self._stems

    def _to_point(self, entry: Entry) -> Point:
        check_track(entry.track)
        vectors = checked_vectors(entry, self.space.dim)
        return Point(entry.track.id, _payload(entry), vectors)

    def _points(self, ids: Sequence[str], vectors: bool = False) -> list[Point]:
        found = {point.id: point for point in self._engine.retrieve(_valid(ids), vectors)}
        for id_ in ids:
            if id_ not in found:
                raise NotFoundError(f"No track {id_} in the catalog", "Take the id from a search or a listing.")
        return [found[id_] for id_ in ids]

    def _owners(self, paths: list[str]) -> list[Track]:
        conditions = holds_path([path for path in paths if is_storable_path(path)])
        return [to_track(point.id, point.payload) for point in walk(self._engine, conditions)]

    def _release_files(self, tracks: Sequence[Track]) -> None:
        """Remove the files of these tracks from all other tracks."""
        owner = {file.path: track.id for track in tracks for file in track.files}
        for track in self._owners(list(owner)):
            lost = {file.path for file in track.files if owner.get(file.path, track.id) != track.id}
            if lost:
                with suppress(NotFoundError):  # another process has deleted it meanwhile
                    self._drop_files(track, lost)

    def _drop_files(self, track: Track, paths: set[str]) -> None:
        kept = tuple(file for file in track.files if file.path not in paths)
        if kept:
            self.update(replace(track, files=kept))
        else:
            self.delete([track.id])


def _merged(entries: Iterable[Entry]) -> list[Entry]:
    """Merge entries with the same id, keeping all files."""
    by_id: dict[str, Entry] = {}
    for entry in entries:
        before = by_id[entry.track.id].track.files if entry.track.id in by_id else ()
        files: dict[str, FileRef] = {file.path: file for file in (*before, *entry.track.files)}
        by_id[entry.track.id] = replace(entry, track=replace(entry.track, files=tuple(files.values())))
    check_one_owner([entry.track for entry in by_id.values()])
    return list(by_id.values())


def _payload(entry: Entry) -> dict[str, Any]:
    return to_payload(entry.track, frozenset(entry.vectors), len(entry.segments))


def _segment_counts(tracks: Iterable[Point]) -> dict[str, int]:
    return {track.id: segment_count(track.payload) for track in tracks}


def _valid(ids: Iterable[str]) -> list[str]:
    return [id_ for id_ in dict.fromkeys(ids) if is_track_id(id_)]
