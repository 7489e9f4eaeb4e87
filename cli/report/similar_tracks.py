"""The most similar tracks of the user's library, for a report. The library may be missing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from catalog.catalog import Catalog, Space
from catalog.opening import known_spaces, open_catalog
from catalog.query import Audio, Hit, Query
from models.embedder import Embedder
from polymuse.errors import UserError
from polymuse.music import MIX
from polymuse.settings import Settings

MAX_HITS = 5  # per list


class LibraryState(StrEnum):
    """Whether the library could be searched."""

    SEARCHED = "searched"
    NONE = "none"  # nothing indexed yet, or nothing with this embedder
    UNAVAILABLE = "unavailable"  # in use by another process, made by another model, damaged, unreachable


@dataclass(frozen=True, slots=True)
class SimilarTracks:
    """Similar tracks of the library, or the reason why there are none."""

    state: LibraryState
    note: str = ""  # for people
    hits: Mapping[str, tuple[Hit, ...]] = field(default_factory=dict)  # "mix" and stems -> best first


def find_similar(
    settings: Settings, embedder: Embedder, vectors: Mapping[str, np.ndarray], track_id: str
) -> SimilarTracks:
    """Search by the mix among mixes and by each stem among the same stems, without the track itself.

    Creates no store.
    """
    space = Space.of(embedder)
    try:
        if all(known.name != space.name for known in known_spaces(settings)):
            note = f"No music has been indexed with the {embedder.profile} profile: `polymuse index` fills the library."
            return SimilarTracks(LibraryState.NONE, note)
        with open_catalog(settings, space) as catalog:
            stems = [name for name in catalog.facets("stem") if name in vectors]
            hits = {
                name: _nearest(catalog, embedder, vectors, name, track_id) for name in sorted(stems, key=_mix_first)
            }
    except UserError as error:
        return SimilarTracks(LibraryState.UNAVAILABLE, str(error))
    if not any(hits.values()):
        return SimilarTracks(LibraryState.NONE, "The library contains no other track.")
    return SimilarTracks(LibraryState.SEARCHED, "", hits)


def _nearest(
    catalog: Catalog, embedder: Embedder, vectors: Mapping[str, np.ndarray], stem: str, track_id: str
) -> tuple[Hit, ...]:
    query = Query(audio=(Audio(vectors),), stems={stem: 1.0}, limit=MAX_HITS + 1)
    hits = catalog.search(query, embedder.embed_text)
    return tuple(hit for hit in hits if hit.track.id != track_id)[:MAX_HITS]


def _mix_first(stem: str) -> tuple[bool, str]:
    return stem != MIX, stem
