"""The storage of a catalog whose engines are used by this process."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import Any

import numpy as np

from catalog import planning
from catalog.descriptors import DescriptorStore, OpenEngine
from catalog.engine import ANYTHING, Conditions, Engine, Payload, Point, walk
from catalog.facets import FacetPage, FacetQuery, count_facet, facet_page
from catalog.fields import WITH_HIDDEN, with_hidden
from catalog.filters import Filter
from catalog.journeys.centres import Centres
from catalog.journeys.finding import find_journey
from catalog.journeys.journey import FoundJourney, Journey
from catalog.journeys.radio import Radio, RadioTracks, find_radio
from catalog.keys import is_storable_path
from catalog.library_order import FEW, LibraryOrder
from catalog.marks import NO_MARKS, MarkChange
from catalog.merging import with_other_changes, with_unseen_files
from catalog.names import stored_index
from catalog.names.found_name import FoundName
from catalog.names.library_names import LibraryNames
from catalog.orders import Sort
from catalog.path_hashes import PathHash, PathHashes, matching
from catalog.payload import MISSING, holds_path, segment_count, to_conditions_in, to_payload, to_track, with_day
from catalog.query import Hit, Query
from catalog.segments import SegmentStore
from catalog.storage import CatalogStats, Listing, Page
from catalog.store import StoreDirectory, bytes_on_disk
from catalog.track import Entry, Track
from catalog.validation import check_entry, check_track, is_track_id
from polymuse.descriptors import DescriptorsVersion, StoredDescriptor
from polymuse.errors import NotFoundError, UnavailableError
from polymuse.music import SCORE, Segment

MAX_HASHES = 4  # rules whose indexes are kept


class LocalStorage:
    """Tracks in one engine, their segments and descriptors in others. Implements `Storage`; thread-safe."""

    def __init__(
        self,
        engine: Engine,
        segments: Engine,
        descriptors: OpenEngine,
        dim: int,
        directory: StoreDirectory | None = None,
        *,
        others_write: bool = False,
    ) -> None:
        """`engine` has the schema TRACKS, `segments` has SEGMENTS; `descriptors` opens an engine of DESCRIPTORS.

        `close` closes all of them, and the directory. `others_write`: so do other processes, without asking this one.
        """
        self._engine = engine
        self._segments = SegmentStore(segments)
        self._descriptors = DescriptorStore(descriptors, dim)
        self._dim = dim
        self._directory = directory
        self._write_lock = threading.RLock()  # writes first read what they change
        self._names = LibraryNames(
            engine,
            self._write_lock,
            others_write=others_write,
            stored=directory.path / stored_index.NAME if directory is not None else None,
        )
        self._centres = Centres(engine, dim)
        self._order = LibraryOrder(engine, self._write_lock, others_write=others_write)
        self._others_write = others_write
        self._hashes: dict[PathHash, PathHashes] = {}  # the one used last is at the end
        self._closed = False
        self._stems: frozenset[str] | None = None  # of the tracks; None: unknown

    @property
    def attached(self) -> bool:
        return False

    def close(self) -> None:
        """Flush all writes and release the engines. May be called more than once."""
        self._names.close()
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

    def upsert(self, entries: Sequence[Entry], known: Mapping[str, Track] | None = None) -> None:
        entries = [check_entry(entry, self._dim) for entry in entries]
        segments = {entry.track.id: entry.segments for entry in entries}
        with self._write_lock:
            replaced = self._engine.retrieve(list(segments))
            stored = {point.id: to_track(point.id, point.payload) for point in replaced}
            entries = [_with_marks(entry, stored) for entry in entries]
            if known is not None:
                entries = [_with_unseen_files(entry, known, stored) for entry in entries]
            stored_before = {point.id: point.payload for point in replaced}
            points = [_to_point(_with_day(entry, stored_before.get(entry.track.id))) for entry in entries]
            self._release_files([entry.track for entry in entries])
            if replaced and self._directory is not None:
                self._directory.overwritten.add(point.id for point in replaced)
            self._segments.replace(segments, _segment_counts(replaced))
            self._engine.upsert(points)
            self._count_stems(points, replaced)
            self._names.changed((point.payload for point in replaced), (point.payload for point in points))
            self._note([], points)

    def update(self, track: Track, before: Track | None = None) -> None:
        check_track(track)
        with self._write_lock:
            [stored] = self._points([track.id])
            now = to_track(stored.id, stored.payload)
            if before is not None:
                track = with_other_changes(track, before, now)
            track = replace(track, marks=now.marks)
            track = with_day(track, stored.payload)
            self._release_files([track])
            has = frozenset(stored.payload["has"])
            payload = to_payload(track, has, segment_count(stored.payload))
            self._engine.set_payload(track.id, payload)
            self._names.changed([stored.payload], [payload])
            self._note([], [Point(track.id, payload)])

    def mark(self, changes: Mapping[str, MarkChange]) -> list[Track]:
        with self._write_lock:
            points = self._points(list(changes))
            before = [to_track(point.id, point.payload) for point in points]
            after = [replace(track, marks=changes[track.id].applied(track.marks)) for track in before]
            differ = [each for each in zip(points, before, after, strict=True) if each[1] != each[2]]
            for point, old, new in differ:
                fields = _differing(_payload_like(point, old), _payload_like(point, new))
                self._engine.set_fields(point.id, fields)
                payload = {**point.payload, **fields}
                self._names.changed([point.payload], [payload])
                self._note([], [Point(point.id, payload)])
            if differ:
                self._flush()
            return after

    def remove_path(self, path: str, missing_since: str = "") -> bool:
        with self._write_lock:
            owners = self._owners([path])
            for track in owners:
                if missing_since and len(track.files) == 1:
                    self.update(replace(track, missing_since=missing_since))
                else:
                    self._drop_files(track, {path})
            return bool(owners)

    def delete(self, ids: Sequence[str]) -> int:
        with self._write_lock:
            found = self._engine.retrieve(_valid(ids))
            if found:
                if self._directory is not None:
                    self._directory.record_tracks(max(0, self._directory.tracks - len(found)))
                self._segments.delete(_segment_counts(found))
                self._engine.delete([point.id for point in found])
                self._names.changed((point.payload for point in found), ())
                self._note([point.id for point in found], [])
                self._stems = None
            return len(found)

    def orphans(self) -> dict[str, int]:
        counts = {str(track): number for track, number in self._segments.engine.facet("track", ANYTHING).items()}
        known = {point.id for point in self._engine.retrieve(list(counts))}
        return {track: number for track, number in counts.items() if track not in known}

    def delete_orphans(self) -> dict[str, int]:
        with self._write_lock:
            orphans = self.orphans()
            self._segments.delete(orphans)
            if self._directory is not None:
                self._directory.forget_losses()
            return orphans

    def put_descriptors(self, descriptors: Sequence[StoredDescriptor], version: str) -> None:
        with self._write_lock:
            self._descriptors.put_bank(descriptors, version)

    def put_descriptor(self, descriptor: StoredDescriptor) -> None:
        with self._write_lock:
            self._descriptors.put(descriptor)

    def remove_descriptor(self, slug: str) -> bool:
        with self._write_lock:
            return self._descriptors.remove(slug)

    def flush(self) -> None:
        with self._write_lock:
            self._flush()
            self._record_tracks()

    # Reading

    def get(self, ids: Sequence[str]) -> list[Track]:
        return [to_track(point.id, point.payload) for point in self._points(ids)]

    def vectors(self, ids: Sequence[str]) -> dict[str, dict[str, np.ndarray]]:
        return {point.id: _vectors(point) for point in self._points(ids, vectors=True)}

    def segments(self, id: str) -> list[Segment]:  # noqa: A002  # the field's own word
        [point] = self._points([id])
        return self._segments.of(id, segment_count(point.payload))

    def entries(self, cursor: str | None, limit: int) -> tuple[list[Entry], str | None]:
        points, following = self._engine.scroll(ANYTHING, limit, cursor, ["segments"])
        found = {point.id: point for point in self._engine.retrieve([point.id for point in points], vectors=True)}
        segments = self._segments.of_each(_segment_counts(found.values()))
        tracks = [found[point.id] for point in points if point.id in found]
        return [Entry(to_track(t.id, t.payload), _vectors(t), tuple(segments[t.id])) for t in tracks], following

    def alike(self, payloads: Mapping[str, Payload]) -> set[str]:
        stored = self._engine.retrieve(_valid(payloads))
        return {point.id for point in stored if _without_marks(point) == payloads[point.id]}

    def find_by_path(self, path: str) -> Track | None:
        return max(self._owners([path]), key=lambda track: track.indexed_at, default=None)

    def related(self, ids: Sequence[str], paths: Sequence[str]) -> list[Track]:
        stored = [to_track(point.id, point.payload) for point in self._engine.retrieve(_valid(ids))]
        return list({track.id: track for track in (*stored, *self._owners(list(paths)))}.values())

    def find_by_path_hashes(self, rule: PathHash, digests: Sequence[str]) -> dict[str, Track]:
        with self._write_lock:
            index = self._hashes.pop(rule, None)
            index = index or PathHashes(self._engine, self._write_lock, rule, others_write=self._others_write)
            self._hashes = {**dict(list(self._hashes.items())[1 - MAX_HASHES :]), rule: index}
        found = self._engine.retrieve(index.candidates(digests))
        return matching(rule, digests, [to_track(point.id, point.payload) for point in found])

    def scroll(self, where: Filter, limit: int, cursor: str | None) -> Page:
        points, following = self._engine.scroll(to_conditions_in(self._engine, where), limit, cursor)
        return Page([to_track(point.id, point.payload) for point in points], following)

    def listing(self, where: Filter, sort: Sort, limit: int, cursor: str | None, offset: int | None) -> Listing:
        conditions = to_conditions_in(self._engine, where)
        if conditions.must and self._engine.count(conditions) <= FEW:
            found = self._order.of(walk(self._engine, conditions), sort, limit, cursor, offset)
        else:
            found = self._order.page(sort, limit, cursor, offset, lambda: self._ids(conditions))
        points = {point.id: point for point in self._engine.retrieve(found.ids)}  # some may be deleted meanwhile
        tracks = [to_track(id_, points[id_].payload) for id_ in found.ids if id_ in points]
        return Listing(tracks, found.cursor, found.start, found.total)

    def prepare_listing(self) -> None:
        self._order.prepare()

    def stems(self, asked: Sequence[str]) -> list[str]:
        known = self._stems
        if known is None or not known.issuperset(asked):  # another process may have added it
            with self._write_lock:
                known = self._stems = frozenset(map(str, self._engine.facet("has", ANYTHING)))
        return sorted(known)

    def search(self, query: Query, texts: Mapping[str, np.ndarray]) -> list[Hit]:
        def embedded(wanted: Sequence[str]) -> Any:
            return [texts[text] for text in wanted]

        query = self._names.complete(self._descriptors.complete(query))
        return planning.search(query, self._engine, self._segments.engine, self._dim, embedded)

    def journey(self, journey: Journey) -> FoundJourney:
        return find_journey(journey, self._engine, self._centres.of(journey.stem))

    def radio(self, radio: Radio) -> RadioTracks:
        return find_radio(radio, self._engine, self._centres.of(radio.stem))

    def find_names(self, text: str, limit: int) -> list[FoundName]:
        return self._names.find(text, limit)

    def facets(self, field: str, where: Filter, limit: int) -> dict[str, int]:
        return count_facet(self._engine, field, to_conditions_in(self._engine, where), limit)

    def facet_page(self, wanted: FacetQuery, where: Filter) -> FacetPage:
        return facet_page(self._engine, wanted, to_conditions_in(self._engine, where))

    def count(self, where: Filter) -> int:
        return self._engine.count(to_conditions_in(self._engine, where))

    def stats(self) -> CatalogStats:
        there = to_conditions_in(self._engine, WITH_HIDDEN)
        durations = self._engine.facet("seconds", there)
        return CatalogStats(
            tracks=self._engine.count(there),
            missing=self._engine.count(MISSING),
            hours=sum(int(seconds) * tracks for seconds, tracks in durations.items()) / 3600,
            stems=count_facet(self._engine, "stem", there, 50),
            segments=self._segments.engine.count(ANYTHING),
            scores=self._engine.count(to_conditions_in(self._engine, with_hidden(Filter(kinds=(SCORE,))))),
            bytes_on_disk=bytes_on_disk(self._directory.path) if self._directory is not None else 0,
        )

    def descriptors(self, slugs: Sequence[str] | None) -> list[StoredDescriptor]:
        return self._descriptors.read(slugs)

    def own_descriptors(self) -> list[StoredDescriptor]:
        return self._descriptors.own()

    def descriptors_version(self) -> DescriptorsVersion:
        return self._descriptors.version()

    def holds_bank(self, version: str, number: int) -> bool:
        return self._descriptors.holds(version, number)

    def nearest_descriptors(
        self, vector: np.ndarray, limit: int, categories: Sequence[str] | None
    ) -> list[tuple[str, float]]:
        return self._descriptors.nearest(vector, limit, categories)

    # Parts

    def _note(self, removed: Sequence[str], added: Sequence[Point]) -> None:
        """Tell what is kept of all tracks of a change. With the lock of those who write."""
        for kept in (self._order, *self._hashes.values()):
            kept.changed(removed, added)

    def _ids(self, conditions: Conditions) -> frozenset[str] | None:
        """The tracks that match; None for conditions that all match."""
        if conditions == ANYTHING:
            return None
        return frozenset(point.id for point in walk(self._engine, conditions, ()))

    def _record_tracks(self) -> None:
        if self._directory is not None:
            self._directory.record_tracks(self._engine.count(ANYTHING))

    def _flush(self) -> None:
        """Flush segments first, so that a track that survives a loss of power has its segments."""
        self._descriptors.flush()
        self._segments.engine.flush()
        self._engine.flush()
        if self._directory is not None:
            self._directory.overwritten.clear()

    def _close_engines(self) -> None:
        with ExitStack() as closing:
            if self._directory is not None:
                closing.callback(self._directory.close)
            closing.callback(self._engine.close)
            closing.callback(self._segments.engine.close)
            closing.callback(self._descriptors.close)

    def _count_stems(self, points: Sequence[Point], replaced: Sequence[Point]) -> None:
        """Counting them anew after every write would slow down searches during indexing."""
        stems = {point.id: point.vectors.keys() for point in points}
        if self._stems is None or any(not stems[point.id] >= set(point.payload["has"]) for point in replaced):
            self._stems = None  # the last track that has a stem may have lost it
        else:
            self._stems = self._stems.union(*stems.values())

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


def _vectors(point: Point) -> dict[str, np.ndarray]:
    """Those that the track was stored with: a loss of power may leave others, which are zero."""
    return {name: point.vectors[name] for name in point.payload["has"] if name in point.vectors}


def _with_day(entry: Entry, stored: Payload | None) -> Entry:
    return entry if stored is None else replace(entry, track=with_day(entry.track, stored))


def _to_point(entry: Entry) -> Point:
    payload = to_payload(entry.track, frozenset(entry.vectors), len(entry.segments))
    return Point(entry.track.id, payload, entry.vectors)


def _with_marks(entry: Entry, stored: Mapping[str, Track]) -> Entry:
    """The entry with the marks that its track has; a new track keeps those that it comes with."""
    before = stored.get(entry.track.id)
    if before is None or before.marks == entry.track.marks:
        return entry
    return replace(entry, track=replace(entry.track, marks=before.marks))


def _payload_like(point: Point, track: Track) -> Payload:
    return to_payload(track, frozenset(point.payload["has"]), segment_count(point.payload))


def _without_marks(point: Point) -> Payload:
    if "marks" not in point.payload:
        return point.payload
    return _payload_like(point, replace(to_track(point.id, point.payload), marks=NO_MARKS))


def _differing(old: Payload, new: Payload) -> Payload:
    """The fields of the new payload that differ; None for those that it does not have."""
    return {name: new.get(name) for name in {**old, **new} if old.get(name) != new.get(name)}


def _with_unseen_files(entry: Entry, known: Mapping[str, Track], stored: Mapping[str, Track]) -> Entry:
    id_ = entry.track.id
    if id_ not in stored:
        return entry
    return replace(entry, track=with_unseen_files(entry.track, known.get(id_), stored[id_]))


def _segment_counts(tracks: Iterable[Point]) -> dict[str, int]:
    return {track.id: segment_count(track.payload) for track in tracks}


def _valid(ids: Iterable[str]) -> list[str]:
    return [id_ for id_ in dict.fromkeys(ids) if is_track_id(id_)]
