"""The catalog of tracks: the interface of storage and search."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalog.facets import FacetPage, FacetQuery
from catalog.filters import Filter
from catalog.journeys.journey import FoundJourney, Journey, check_journey
from catalog.journeys.radio import Radio, RadioTracks, check_radio
from catalog.local_storage import LocalStorage
from catalog.marks import NO_MARKS, MarkChange, Marks
from catalog.merging import merged
from catalog.names.found_name import FoundName
from catalog.orders import Sort
from catalog.path_hashes import PathHash
from catalog.payload import to_payload
from catalog.planning import EmbedText, check_query, no_texts
from catalog.playlists.changes import Change
from catalog.playlists.playlist import Playlist, PlaylistEntry, PlaylistHead, SmartQuery
from catalog.playlists.playlist_store import PlaylistStore
from catalog.query import Hit, Query
from catalog.storage import CatalogStats, Listing, Page, Storage
from catalog.store import Space, StoreDirectory, StoreInfo, directory_of, stored_spaces
from catalog.track import Entry, Track
from catalog.validation import is_track_id
from polymuse.descriptors import DescriptorsVersion, StoredDescriptor
from polymuse.errors import UserError
from polymuse.music import Segment

if TYPE_CHECKING:
    from catalog.server import Server

NO_FILTER = Filter()
BY_ARTIST = Sort()
MAX_PAGE = 1000
PLAYLISTS = "playlists"  # folder of all playlists, beside the stores of tracks
ENTRIES_PAGE = 64  # about 6 MB of vectors with stems and segments


class Catalog(AbstractContextManager["Catalog"]):
    """Tracks with their vectors in one space. Thread-safe.

    Every method that accesses the storage raises UnavailableError on failure.
    """

    def __init__(self, storage: Storage, space: Space, place: str, playlists: PlaylistStore) -> None:
        """Use `share`, `open`, `connect` or `in_memory` instead."""
        self.space = space
        self.place = place  # for display
        self._storage = storage
        self._playlists = playlists  # of all models of the store

    @classmethod
    def open(cls, store: Path, space: Space) -> "Catalog":
        """Open the catalog of this space below `store` for this process alone, or create it.

        Raises InUseError if another process has it open, and UnavailableError if another model made it, or it is
        damaged.
        """
        from catalog.embedded import open_engines

        directory = StoreDirectory(store, space)
        try:
            storage = LocalStorage(*open_engines(directory), space.dim, directory)
        except BaseException:
            directory.close()
            raise
        return cls(storage, space, f"embedded, {directory.path}", _playlists_beside(store))

    @classmethod
    def share(cls, store: Path, space: Space) -> "Catalog":
        """Open the catalog of this space below `store`, or create it, together with other processes that share it.

        Raises UnavailableError if the store is damaged, another model made it, or a process has it open that does not
        share it or runs another version.
        """
        from catalog.shared_storage import SharedStorage

        place = f"embedded, {directory_of(store, space)}"
        return cls(SharedStorage(store, space), space, place, _playlists_beside(store))

    @classmethod
    def connect(cls, server: "Server", space: Space, *, staged: bool = False) -> "Catalog":
        """Open the catalog of this space on a server, or create it; other processes may use it as well.

        With `staged`, use the collections of exactly this model, even if they are not in use. `close` also closes the
        server. Raises UnavailableError if the server cannot be used, or another model is in use.
        """
        from catalog.playlists.server_shelf import ServerShelf
        from catalog.server_collections import open_engines

        storage = LocalStorage(*open_engines(server, space, staged=staged), space.dim, others_write=True)
        return cls(storage, space, f"Qdrant server {server.url}", PlaylistStore(ServerShelf(server)))

    @classmethod
    def in_memory(cls, space: Space, place: str = "memory") -> "Catalog":
        """An empty catalog in memory."""
        from catalog.client import ClientEngine
        from catalog.descriptors import DESCRIPTORS
        from catalog.playlists.shelf import MemoryShelf

        tracks, segments = ClientEngine.in_memory(space.dim), ClientEngine.in_memory(space.dim)
        descriptors = ClientEngine.in_memory(space.dim, DESCRIPTORS.vectors)
        storage = LocalStorage(tracks, segments, lambda _: descriptors, space.dim)
        return cls(storage, space, place, PlaylistStore(MemoryShelf()))

    @staticmethod
    def peek(store: Path) -> list[StoreInfo]:
        """The catalogs below `store`, without opening or locking them."""
        return stored_spaces(store)

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def attached(self) -> bool:
        """Whether another process owns the store at this moment."""
        return self._storage.attached

    def close(self) -> None:
        """Flush all writes and release the store. May be called more than once."""
        self._storage.close()

    # Writing

    def upsert(self, entries: Iterable[Entry], known: Mapping[str, Track] | None = None) -> None:
        """Store tracks with their vectors, replacing tracks of the same ids.

        When this returns they survive a kill of the process, and after `flush` a loss of power.

        Entries with the same id are merged: all files are kept, other attributes are those of the last entry. A track
        that is there keeps its marks (`mark`), whatever those of the entry are. A file
        belongs to one track: it is removed from all others. With `known`, the tracks of these ids as they were read
        before, files that were stored since then are kept as well. Raises InvalidEntryError before anything is written.
        """
        if batch := merged(entries):
            self._storage.upsert(batch, known)

    def update(self, track: Track, before: Track | None = None) -> None:
        """Replace the attributes of a track but neither its marks nor its vectors.

        With `before`, the track as it was read, only what differs from it is replaced: other processes may have changed
        the rest meanwhile. Raises NotFoundError, InvalidEntryError.
        """
        self._storage.update(track, before)

    def mark(self, ids: Iterable[str], change: MarkChange) -> list[Track]:
        """Change the marks of these tracks, and return the tracks. On disk when this returns.

        Raises NotFoundError, UserError for too many wrong tags of a track, both before anything is written. On a
        server, a process that stores one of these tracks in the same instant may store it with its former marks.
        """
        changes = dict.fromkeys(ids, change)
        return self._storage.mark(changes) if changes else []

    def mark_each(self, changes: Mapping[str, MarkChange]) -> list[Track]:
        """The same with a change for each track, {id: change}."""
        return self._storage.mark(changes) if changes else []

    def join_marks(self, marks: Mapping[str, Marks]) -> None:
        """Add the marks of copies of these tracks, {id: marks}. Raises NotFoundError before anything is written."""
        changes = {id_: MarkChange(join=of_copy) for id_, of_copy in marks.items() if of_copy != NO_MARKS}
        if changes:
            self._storage.mark(changes)

    def remove_path(self, path: str, missing_since: str = "") -> bool:
        """Remove a file from its track, and the track with its last file. False if no track has the file.

        With `missing_since` (ISO 8601, UTC), a track whose last file it is stays with that file, as missing.
        """
        return self._storage.remove_path(path, missing_since)

    def delete(self, ids: Iterable[str]) -> int:
        """Delete tracks, and return how many of the ids existed."""
        return self._storage.delete(list(ids))

    def orphans(self) -> dict[str, int]:
        """Segments without a track, as {track: number of its segments}.

        The track was never stored, because of a crash, or it is lost, or it is being stored.
        """
        return self._storage.orphans()

    def delete_orphans(self) -> dict[str, int]:
        """Delete segments without a track, and forget losses. Returns them as `orphans` does."""
        return self._storage.delete_orphans()

    def put_descriptors(self, descriptors: Sequence[StoredDescriptor], version: str) -> None:
        """Store the bank, in place of a bank of another version. Descriptors that users have added stay.

        On disk when this returns. Raises InvalidEntryError before anything is written.
        """
        self._storage.put_descriptors(descriptors, version)

    def put_descriptor(self, descriptor: StoredDescriptor) -> None:
        """Add a user's descriptor, or replace it. On disk when this returns.

        Raises InvalidEntryError, also for the slug of a descriptor of the bank.
        """
        self._storage.put_descriptor(descriptor)

    def remove_descriptor(self, slug: str) -> bool:
        """Remove a user's descriptor; False if there is none. Raises InvalidEntryError for one of the bank."""
        return self._storage.remove_descriptor(slug)

    def create_playlist(
        self,
        name: str,
        entries: Sequence[PlaylistEntry] = (),
        *,
        description: str = "",
        smart: SmartQuery | None = None,
    ) -> Playlist:
        """Store a new playlist, fixed or smart. On disk when this returns. Raises PlaylistError."""
        return self._playlists.create(name, entries, description=description, smart=smart)

    def put_playlist(self, playlist: Playlist) -> bool:
        """Store a playlist of another library under its id; False if there is one of that id. Raises PlaylistError."""
        return self._playlists.put(playlist)

    def change_playlist(self, id: str, changes: Sequence[Change], revision: int | None = None) -> Playlist:  # noqa: A002
        """Apply changes to a playlist, all or none, and return it as it is then. On disk when this returns.

        `revision` is the one that the changes were made for; without it they are made for the latest. Raises
        NotFoundError, PlaylistConflictError for a change that cannot be meant any more, and PlaylistError.
        """
        return self._playlists.change(id, changes, revision)

    def remove_playlist(self, id: str) -> PlaylistHead:  # noqa: A002
        """Remove a playlist, which `bring_back_playlist` takes back for 30 days. Raises NotFoundError."""
        return self._playlists.remove(id)

    def bring_back_playlist(self, id: str) -> PlaylistHead:  # noqa: A002
        """Take back the removal of a playlist. Raises NotFoundError, PlaylistError."""
        return self._playlists.bring_back(id)

    def flush(self) -> None:
        """Sync all writes to disk, so that they survive a loss of power. A kill of the process loses none anyway."""
        self._storage.flush()

    # Reading

    def get(self, ids: Sequence[str]) -> list[Track]:
        """The tracks with these ids, in the same order. Raises NotFoundError."""
        return self._storage.get(ids)

    def known(self, ids: Sequence[str] = (), paths: Sequence[str] = ()) -> list[Track]:
        """The tracks that have one of these ids or files, in any order; others are left out."""
        found: dict[str, Track] = {}
        for start in range(0, max(len(ids), len(paths)), MAX_PAGE):
            end = start + MAX_PAGE
            found |= {track.id: track for track in self._storage.related(ids[start:end], paths[start:end])}
        return list(found.values())

    def vectors(self, ids: Sequence[str]) -> dict[str, dict[str, np.ndarray]]:
        """{id: {stem: [dim] float32, L2-normalised}}. Raises NotFoundError."""
        return self._storage.vectors(ids)

    def segments(self, id: str) -> list[Segment]:  # noqa: A002  # the field's own word
        """The segments of a track in order of time; empty if it was stored without. Raises NotFoundError."""
        return self._storage.segments(id)

    def entries(self) -> Iterator[list[Entry]]:
        """All tracks with vectors and segments, in pages, ordered by id. Tracks deleted meanwhile are skipped."""
        page, cursor = self._storage.entries(None, ENTRIES_PAGE)
        yield page
        while cursor is not None:
            page, cursor = self._storage.entries(cursor, ENTRIES_PAGE)
            yield page

    def stored_alike(self, entries: Iterable[Entry]) -> set[str]:
        """The ids of entries that are already stored with the same payload; neither vectors nor marks are compared."""
        bare = [replace(entry, track=replace(entry.track, marks=NO_MARKS)) for entry in entries]
        return self._storage.alike(
            {e.track.id: to_payload(e.track, frozenset(e.vectors), len(e.segments)) for e in bare}
        )

    def find_by_path(self, path: str) -> Track | None:
        """The track of a file. If concurrent processes assigned it to two tracks, the one analysed last."""
        return self._storage.find_by_path(path)

    def find_by_path_hashes(self, rule: PathHash, digests: Sequence[str]) -> dict[str, Track]:
        """{hash: track} for those of the hashes, each 32 hexadecimal digits, that a file of a track has by this rule.

        The first call reads the paths of all tracks: seconds for 100,000.
        """
        return self._storage.find_by_path_hashes(rule, digests) if digests else {}

    def related(self, tracks: Sequence[Track]) -> list[Track]:
        """The stored tracks that have the id or a file of one of these."""
        paths = [file.path for track in tracks for file in track.files]
        return self._storage.related([track.id for track in tracks], paths) if tracks else []

    def scroll(self, where: Filter = NO_FILTER, limit: int = 100, cursor: str | None = None) -> Page:
        """One page of the tracks that pass the filter. Raises UserError for an invalid limit or cursor."""
        if not 1 <= limit <= MAX_PAGE:
            raise UserError(f"A page cannot have {limit} tracks", f"Choose 1 to {MAX_PAGE}.")
        if cursor is not None and not is_track_id(cursor):
            raise UserError(
                f'"{cursor}" is not a cursor', "Start without a cursor, then use the one of the previous page."
            )
        return self._storage.scroll(where, limit, cursor)

    def listing(
        self,
        where: Filter = NO_FILTER,
        sort: Sort = BY_ARTIST,
        limit: int = 100,
        *,
        cursor: str | None = None,
        offset: int | None = None,
    ) -> Listing:
        """One page, in an order, of the tracks that pass the filter: the first, or from a cursor or an offset on.

        Pages by cursors fit together whatever is written meanwhile. Raises UserError for an invalid limit or offset,
        and for a cursor that is none or belongs to another order.
        """
        if not 1 <= limit <= MAX_PAGE:
            raise UserError(f"A page cannot have {limit} tracks", f"Choose 1 to {MAX_PAGE}.")
        if offset is not None and (offset < 0 or cursor is not None):
            raise UserError("A page begins at a cursor or at an offset of 0 or more", "Leave one of them out.")
        return self._storage.listing(where, sort, limit, cursor, offset)

    def prepare_listing(self) -> None:
        """Read what `listing` needs, which otherwise the first call does: seconds for 100,000 tracks."""
        self._storage.prepare_listing()

    def tracks(self, where: Filter = NO_FILTER) -> Iterator[Track]:
        """The tracks that pass the filter, ordered by id and read page by page.

        Tracks that are missing, and those that are hidden, pass only a filter that asks for them. Concurrent writes may
        or may not be included; no track is returned twice.
        """
        page = self.scroll(where, MAX_PAGE)
        yield from page.tracks
        while page.cursor is not None:
            page = self.scroll(where, MAX_PAGE, page.cursor)
            yield from page.tracks

    def search(self, query: Query, embed_text: EmbedText = no_texts) -> list[Hit]:
        """The hits of a query, best first; `catalog.planning` has the formulas.

        `embed_text` maps texts to [n, dim] float32, L2-normalised; it is called at most once, and not for a query
        without texts, which needs none. Raises UserError for an invalid query, NotFoundError for an unknown track.
        """
        stems = self._storage.stems(list(query.stems))
        check_query(query, stems)
        if not stems:
            self._storage.get([seed.track_id for seed in (*query.tracks, *query.not_tracks)])
            return []
        texts = list(dict.fromkeys(each.text for each in (*query.texts, *query.not_texts)))
        vectors = embed_text(texts) if texts else []
        return self._storage.search(query, dict(zip(texts, vectors, strict=True)))

    def journey(self, journey: Journey) -> FoundJourney:
        """Tracks from one to another in small steps; `catalog.journeys.finding` has the formulas.

        Both ends are always in place; what could not be kept is relaxed, and the answer says so. Raises UserError for
        an invalid request and for an end without the stem, NotFoundError for an unknown end.
        """
        check_journey(journey)
        return self._storage.journey(journey)

    def radio(self, radio: Radio) -> RadioTracks:
        """What to play next, without repeating what was played; `catalog.journeys.radio` has the formula.

        Raises UserError for an invalid request and for seeds without the stem, NotFoundError if no seed is known.
        """
        check_radio(radio)
        return self._storage.radio(radio)

    def find_names(self, text: str, limit: int = 50) -> list[FoundName]:
        """The names of the library that a text may contain, best first; their parts of the text may overlap.

        Only the first MAX_TEXT characters of the text are read.
        """
        return self._storage.find_names(text, limit) if text.strip() and limit > 0 else []

    def facets(self, field: str, where: Filter = NO_FILTER, limit: int = 50) -> dict[str, int]:
        """Number of tracks for each value of a field with a facet, most frequent first."""
        return self._storage.facets(field, where, limit)

    def facet_page(self, wanted: FacetQuery, where: Filter = NO_FILTER) -> FacetPage:
        """One page of the values of a field, with the number of tracks of each. Raises UserError for other fields."""
        return self._storage.facet_page(wanted, where)

    def count(self, where: Filter = NO_FILTER) -> int:
        """Number of tracks that pass the filter."""
        return self._storage.count(where)

    def stats(self) -> CatalogStats:
        """Totals of the whole catalog."""
        return self._storage.stats()

    def descriptors(self, slugs: Sequence[str] | None = None) -> list[StoredDescriptor]:
        """The descriptors with these slugs, or all, ordered by slug. Unknown slugs are left out."""
        return self._storage.descriptors(slugs)

    def own_descriptors(self) -> list[StoredDescriptor]:
        """The descriptors that users have added, ordered by slug."""
        return self._storage.own_descriptors()

    def descriptors_version(self) -> DescriptorsVersion:
        """Which descriptors there are, without reading them: equal as long as no process has written any."""
        return self._storage.descriptors_version()

    def holds_bank(self, version: str, number: int) -> bool:
        """Whether `put_descriptors` has stored this version with its `number` descriptors."""
        return self._storage.holds_bank(version, number)

    def nearest_descriptors(
        self, vector: np.ndarray, limit: int, categories: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """(slug, cosine) of the descriptors nearest to a vector [dim] of norm 1, of these categories or of all.

        Exact on every engine: nearest first, those with equal cosines ordered by slug.
        """
        return self._storage.nearest_descriptors(vector, limit, categories)

    def playlists(self) -> list[PlaylistHead]:
        """All playlists without their entries, ordered by name. They are the same for every model of the store."""
        return self._playlists.heads()

    def removed_playlists(self) -> list[PlaylistHead]:
        """The playlists that can be brought back, the latest first."""
        return self._playlists.removed()

    def playlist(self, id: str) -> Playlist:  # noqa: A002
        """A playlist with its entries; a smart one has none, as its search finds them. Raises NotFoundError."""
        return self._playlists.get(id)


def _playlists_beside(store: Path) -> PlaylistStore:
    from catalog.playlists.file_shelf import FileShelf

    return PlaylistStore(FileShelf(store / PLAYLISTS))
