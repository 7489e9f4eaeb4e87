"""What a `Catalog` needs of its storage: the operations that are carried out where the engines are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from catalog.engine import Payload
from catalog.facets import FacetPage, FacetQuery
from catalog.filters import Filter
from catalog.journeys.journey import FoundJourney, Journey
from catalog.journeys.radio import Radio, RadioTracks
from catalog.marks import MarkChange
from catalog.names.found_name import FoundName
from catalog.orders import Sort
from catalog.path_hashes import PathHash
from catalog.query import Hit, Query
from catalog.track import Entry, Track
from polymuse.descriptors import DescriptorsVersion, StoredDescriptor
from polymuse.music import Segment


@dataclass(frozen=True, slots=True)
class Page:
    """Tracks ordered by id. `cursor` requests the next page; it is None after the last one."""

    tracks: list[Track]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Listing:
    """Tracks in an order. `cursor` requests the next page; it is None after the last one."""

    tracks: list[Track]
    cursor: str | None
    start: int  # place of the first of them in the whole list
    total: int  # tracks of the whole list


@dataclass(frozen=True, slots=True)
class CatalogStats:
    """Totals of a catalog."""

    tracks: int  # without those that are missing
    missing: int
    hours: float
    stems: Mapping[str, int]  # number of tracks with a vector of the stem
    segments: int
    scores: int  # of the tracks
    bytes_on_disk: int  # 0 in memory and on a server


class Storage(Protocol):
    """The operations of `Catalog`, which documents them; those explained here are its parts.

    Each one that reads what it then changes is one operation, because several threads and processes may write. An
    operation can be repeated without harm. All raise UnavailableError if the storage fails.
    """

    @property
    def attached(self) -> bool:
        """Whether another process carries them out."""
        ...

    def upsert(self, entries: Sequence[Entry], known: Mapping[str, Track] | None) -> None:
        """Entries have different ids, and no file in common. Raises InvalidEntryError before anything is written."""
        ...

    def update(self, track: Track, before: Track | None) -> None: ...

    def mark(self, changes: Mapping[str, MarkChange]) -> list[Track]:
        """{id: change}; returns the tracks in the same order."""
        ...

    def remove_path(self, path: str, missing_since: str = "") -> bool: ...

    def delete(self, ids: Sequence[str]) -> int: ...

    def orphans(self) -> dict[str, int]: ...

    def delete_orphans(self) -> dict[str, int]: ...

    def put_descriptors(self, descriptors: Sequence[StoredDescriptor], version: str) -> None: ...

    def put_descriptor(self, descriptor: StoredDescriptor) -> None: ...

    def remove_descriptor(self, slug: str) -> bool: ...

    def flush(self) -> None: ...

    def get(self, ids: Sequence[str]) -> list[Track]: ...

    def vectors(self, ids: Sequence[str]) -> dict[str, dict[str, np.ndarray]]: ...

    def segments(self, id: str) -> list[Segment]: ...  # noqa: A002  # the field's own word

    def entries(self, cursor: str | None, limit: int) -> tuple[list[Entry], str | None]:
        """One page of tracks with vectors and segments, and the cursor of the next page."""
        ...

    def alike(self, payloads: Mapping[str, Payload]) -> set[str]:
        """The ids of the tracks that are stored with exactly this payload."""
        ...

    def find_by_path(self, path: str) -> Track | None: ...

    def find_by_path_hashes(self, rule: PathHash, digests: Sequence[str]) -> dict[str, Track]: ...

    def related(self, ids: Sequence[str], paths: Sequence[str]) -> list[Track]:
        """The tracks that have one of these ids or files."""
        ...

    def scroll(self, where: Filter, limit: int, cursor: str | None) -> Page:
        """`limit` and `cursor` are valid."""
        ...

    def listing(self, where: Filter, sort: Sort, limit: int, cursor: str | None, offset: int | None) -> Listing:
        """`limit` and `offset` are valid. Raises UserError for an invalid cursor."""
        ...

    def prepare_listing(self) -> None: ...

    def stems(self, asked: Sequence[str]) -> list[str]:
        """The stems that tracks have vectors of. Those `asked` are missing only if no track has them."""
        ...

    def search(self, query: Query, texts: Mapping[str, np.ndarray]) -> list[Hit]:
        """The hits of a query that has been checked; `texts` has the vector [dim] of each of its texts."""
        ...

    def journey(self, journey: Journey) -> FoundJourney: ...

    def radio(self, radio: Radio) -> RadioTracks: ...

    def find_names(self, text: str, limit: int) -> list[FoundName]: ...

    def facets(self, field: str, where: Filter, limit: int) -> dict[str, int]: ...

    def facet_page(self, wanted: FacetQuery, where: Filter) -> FacetPage: ...

    def count(self, where: Filter) -> int: ...

    def stats(self) -> CatalogStats: ...

    def descriptors(self, slugs: Sequence[str] | None) -> list[StoredDescriptor]: ...

    def own_descriptors(self) -> list[StoredDescriptor]: ...

    def descriptors_version(self) -> DescriptorsVersion: ...

    def holds_bank(self, version: str, number: int) -> bool: ...

    def nearest_descriptors(
        self, vector: np.ndarray, limit: int, categories: Sequence[str] | None
    ) -> list[tuple[str, float]]: ...

    def close(self) -> None: ...
