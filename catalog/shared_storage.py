"""The storage of an embedded catalog that several processes use at once.

The process that gets the lock of the store owns it, and answers for the others (`catalog.owner_socket`), which are
attached until it leaves or is killed. Then the next one that needs the store takes it over, the others attach to that
one, and all repeat what was not answered. This is safe, because every operation of `Storage` can be repeated.
"""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from catalog import description
from catalog.attachment import Attachment
from catalog.embedded import open_engines
from catalog.engine import Payload
from catalog.facets import FacetPage, FacetQuery
from catalog.filters import Filter
from catalog.journeys.journey import FoundJourney, Journey
from catalog.journeys.radio import Radio, RadioTracks
from catalog.local_storage import LocalStorage
from catalog.marks import MarkChange
from catalog.names.found_name import FoundName
from catalog.orders import Sort
from catalog.owner import InUseError, Owner, advice
from catalog.owner_socket import OwnerSocket
from catalog.path_hashes import PathHash
from catalog.query import Hit, Query
from catalog.storage import CatalogStats, Listing, Page
from catalog.store import Space, StoreDirectory, check_same_space, directory_of
from catalog.track import Entry, Track
from catalog.validation import check_entry
from polymuse.descriptors import DescriptorsVersion, StoredDescriptor
from polymuse.errors import UnavailableError
from polymuse.music import Segment

PATIENCE = 60.0  # seconds in which an owner that has the lock must answer; opening a store can take this long
PATIENCE_ELSEWHERE = 3.0  # with an owner that answers on another machine; containers of one machine are reached
RETRY_SECONDS = 0.05
MAX_REPEATS = 10  # of one operation whose owners die
# Attached, large requests are made in parts, so that the owner's own work comes in between.
WRITE_PART, ENTRIES_PART, TRACKS_PART = 8, 8, 100  # entries or tracks

logger = logging.getLogger(__name__)


class SharedStorage:
    """Tracks in the store of a space. Implements `Storage`; thread-safe."""

    def __init__(self, store: Path, space: Space) -> None:
        """Open the store, or attach to its owner. Raises UnavailableError."""
        self._store = store
        self._path = directory_of(store, space)
        self._space = space
        self._opening = threading.Lock()
        self._local: LocalStorage | None = None  # while this process is the owner
        self._resources = ExitStack()  # of the owner
        self._idle: list[Attachment] = []
        self._unflushed = False
        self._closed = False
        self._give_back(self._link())

    @property
    def attached(self) -> bool:
        """Whether another process owns the store."""
        return self._local is None

    def close(self) -> None:
        """Flush all writes and leave the store to others. May be called more than once."""
        if self._closed:
            return
        try:
            if self.attached and self._unflushed:
                self.flush()
        finally:
            with self._opening:
                self._closed = True
                self._close_idle()
                self._resources.close()

    # Writing

    def upsert(self, entries: Sequence[Entry], known: Mapping[str, Track] | None) -> None:
        if self.attached:
            entries = [check_entry(entry, self._space.dim) for entry in entries]  # all, before the first is written
        for part in self._parts(entries, WRITE_PART):
            ids = {entry.track.id for entry in part}
            self._write("upsert", part, known and {id_: track for id_, track in known.items() if id_ in ids})

    def update(self, track: Track, before: Track | None) -> None:
        self._write("update", track, before)

    def mark(self, changes: Mapping[str, MarkChange]) -> list[Track]:
        parts = self._parts(list(changes), TRACKS_PART)
        if len(parts) > 1:
            for part in parts:  # all are known before the first is marked
                self._run("get", part)
        return [track for part in parts for track in self._write("mark", {id_: changes[id_] for id_ in part})]

    def remove_path(self, path: str, missing_since: str = "") -> bool:
        return self._write("remove_path", path, missing_since)

    def delete(self, ids: Sequence[str]) -> int:
        return sum(self._write("delete", part) for part in self._parts(ids, TRACKS_PART))

    def orphans(self) -> dict[str, int]:
        return self._run("orphans")

    def delete_orphans(self) -> dict[str, int]:
        return self._write("delete_orphans")

    def put_descriptors(self, descriptors: Sequence[StoredDescriptor], version: str) -> None:
        self._write("put_descriptors", descriptors, version)

    def put_descriptor(self, descriptor: StoredDescriptor) -> None:
        self._write("put_descriptor", descriptor)

    def remove_descriptor(self, slug: str) -> bool:
        return self._write("remove_descriptor", slug)

    def flush(self) -> None:
        self._run("flush")
        self._unflushed = False

    # Reading

    def get(self, ids: Sequence[str]) -> list[Track]:
        return [track for part in self._parts(ids, TRACKS_PART) for track in self._run("get", part)]

    def vectors(self, ids: Sequence[str]) -> dict[str, dict[str, np.ndarray]]:
        parts = self._parts(ids, TRACKS_PART)
        return {track: vectors for part in parts for track, vectors in self._run("vectors", part).items()}

    def segments(self, id: str) -> list[Segment]:  # noqa: A002  # the field's own word
        return self._run("segments", id)

    def entries(self, cursor: str | None, limit: int) -> tuple[list[Entry], str | None]:
        entries: list[Entry] = []
        while True:
            left = limit - len(entries)
            part, cursor = self._run("entries", cursor, min(left, ENTRIES_PART) if self.attached else left)
            entries += part
            if cursor is None or len(entries) >= limit:
                return entries, cursor

    def alike(self, payloads: Mapping[str, Payload]) -> set[str]:
        parts = self._parts(list(payloads), TRACKS_PART)
        return {each for part in parts for each in self._run("alike", {key: payloads[key] for key in part})}

    def find_by_path(self, path: str) -> Track | None:
        return self._run("find_by_path", path)

    def find_by_path_hashes(self, rule: PathHash, digests: Sequence[str]) -> dict[str, Track]:
        found: dict[str, Track] = {}
        for part in self._parts(digests, TRACKS_PART):
            found |= self._run("find_by_path_hashes", rule, part)
        return found

    def related(self, ids: Sequence[str], paths: Sequence[str]) -> list[Track]:
        found: dict[str, Track] = {}
        for some_ids in self._parts(ids, TRACKS_PART):
            found |= {track.id: track for track in self._run("related", some_ids, [])}
        for some_paths in self._parts(paths, TRACKS_PART):
            found |= {track.id: track for track in self._run("related", [], some_paths)}
        return list(found.values())

    def scroll(self, where: Filter, limit: int, cursor: str | None) -> Page:
        tracks: list[Track] = []
        while True:
            left = limit - len(tracks)
            page: Page = self._run("scroll", where, min(left, TRACKS_PART) if self.attached else left, cursor)
            tracks += page.tracks
            cursor = page.cursor
            if cursor is None or len(tracks) >= limit:
                return Page(tracks, cursor)

    def listing(self, where: Filter, sort: Sort, limit: int, cursor: str | None, offset: int | None) -> Listing:
        tracks: list[Track] = []
        start: int | None = None
        while True:
            left = limit - len(tracks)
            page: Listing = self._run(
                "listing", where, sort, min(left, TRACKS_PART) if self.attached else left, cursor, offset
            )
            tracks += page.tracks
            start = page.start if start is None else start
            cursor, offset = page.cursor, None
            if cursor is None or len(tracks) >= limit:
                return Listing(tracks, cursor, start, page.total)

    def prepare_listing(self) -> None:
        if not self.attached:  # the owner does so itself if it lists anything
            self._run("prepare_listing")

    def stems(self, asked: Sequence[str]) -> list[str]:
        return self._run("stems", asked)

    def search(self, query: Query, texts: Mapping[str, np.ndarray]) -> list[Hit]:
        return self._run("search", query, texts)

    def journey(self, journey: Journey) -> FoundJourney:
        return self._run("journey", journey)

    def radio(self, radio: Radio) -> RadioTracks:
        return self._run("radio", radio)

    def find_names(self, text: str, limit: int) -> list[FoundName]:
        return self._run("find_names", text, limit)

    def facets(self, field: str, where: Filter, limit: int) -> dict[str, int]:
        return self._run("facets", field, where, limit)

    def facet_page(self, wanted: FacetQuery, where: Filter) -> FacetPage:
        return self._run("facet_page", wanted, where)

    def count(self, where: Filter) -> int:
        return self._run("count", where)

    def stats(self) -> CatalogStats:
        return self._run("stats")

    def descriptors(self, slugs: Sequence[str] | None) -> list[StoredDescriptor]:
        return self._run("descriptors", slugs)

    def own_descriptors(self) -> list[StoredDescriptor]:
        return self._run("own_descriptors")

    def descriptors_version(self) -> DescriptorsVersion:
        return self._run("descriptors_version")

    def holds_bank(self, version: str, number: int) -> bool:
        return self._run("holds_bank", version, number)

    def nearest_descriptors(
        self, vector: np.ndarray, limit: int, categories: Sequence[str] | None
    ) -> list[tuple[str, float]]:
        return self._run("nearest_descriptors", vector, limit, categories)

    # Parts

    def _parts(self, items: Sequence[Any], size: int) -> list[Sequence[Any]]:
        """Everything at once as the owner, in parts of `size` if attached."""
        step = size if self.attached else max(len(items), 1)
        return [items[start : start + step] for start in range(0, len(items), step)]

    def _write(self, operation: str, *arguments: Any) -> Any:
        self._unflushed = True
        return self._run(operation, *arguments)

    def _run(self, operation: str, *arguments: Any) -> Any:
        """Carry out an operation here, or ask the owner for it, as often as owners leave meanwhile."""
        for _ in range(MAX_REPEATS):
            link = self._link()
            if link is None:
                return getattr(self._local, operation)(*arguments)
            try:
                return link.ask(operation, *arguments)
            except OSError as error:
                logger.debug("the owner of %s is gone: %s", self._path, error)
                self._close_idle()
            finally:
                self._give_back(link)
        raise UnavailableError(
            f"The store {self._path} lost its owner {MAX_REPEATS} times during {operation}", "Try again later."
        )

    def _give_back(self, link: Attachment | None) -> None:
        if link is not None and link.usable and not self._closed:
            self._idle.append(link)
        elif link is not None:
            link.close()

    def _close_idle(self) -> None:
        while True:
            try:
                self._idle.pop().close()
            except IndexError:
                return

    def _link(self) -> Attachment | None:
        """A connection to the owner; None if this process is the owner, perhaps from now on."""
        if self._local is not None:
            return None
        try:
            return self._idle.pop()
        except IndexError:
            pass
        with self._opening:
            begun = time.monotonic()
            while self._local is None:
                if self._closed:
                    raise UnavailableError(f"The store {self._path} is closed")
                try:
                    self._take_over()
                except InUseError:
                    link = self._attach(waited=time.monotonic() - begun)
                    if link is not None:
                        return link
                    time.sleep(RETRY_SECONDS)
        return None

    def _attach(self, *, waited: float) -> Attachment | None:
        """A connection to the owner; None if it does not answer, which is an error after so many seconds."""
        owner = Owner.of(self._path)
        if description.exists(self._path):  # otherwise the owner has only begun
            check_same_space(self._path, self._space)
        try:
            return Attachment(self._path, self._space, owner)
        except OSError as error:
            if owner.shared and waited < (PATIENCE_ELSEWHERE if owner.host and owner.address else PATIENCE):
                return None
            reason = "which does not answer for others" if owner.shared else "which needs it for itself"
            raise InUseError(
                f"The store {self._path} is in use by {owner.name}, {reason}",
                advice(owner),
            ) from error

    def _take_over(self) -> None:
        """Open the store as its owner. Raises InUseError if there is one, and UnavailableError."""
        with ExitStack() as undo:
            directory = StoreDirectory(self._store, self._space, shared=True)
            undo.callback(directory.close)
            storage = LocalStorage(*open_engines(directory), self._space.dim, directory)
            undo.pop_all()
            undo.callback(storage.close)
            try:
                undo.callback(OwnerSocket(storage, directory).close)
            except (OSError, UnavailableError) as error:  # on a full disk it answers for nobody
                logger.warning("other processes cannot use the store %s meanwhile: %s", self._path, error)
            self._resources = undo.pop_all()
            self._local = storage
