"""All results of a search, for a playlist; and searches that are kept and renew themselves."""

from collections.abc import Callable, Mapping, Sequence
from heapq import nsmallest
from typing import Any

from pydantic import ValidationError

from catalog.catalog import Catalog
from catalog.planning import EmbedText
from catalog.playlists.ordering import by_artist
from catalog.playlists.playlist import MAX_ENTRIES, PlaylistError, SmartQuery
from catalog.search_options import MAX_DEPTH
from catalog.track import Track
from catalog.understanding.asking import understood_query
from search_api.queries import SearchRequest
from search_api.uploads import UploadMemory

OF_A_PAGE = {"limit", "offset", "explain", "moments"}  # what a kept search does without
TERMS = ("texts", "not_texts", "descriptors", "not_descriptors", "tracks", "not_tracks", "audio", "not_audio")

NamedFolders = Callable[[], Sequence[str]]


def saved(request: SearchRequest, limit: int) -> SmartQuery:
    """The search as a playlist keeps it. Raises PlaylistError for one with uploads, which are soon forgotten."""
    if request.audio or request.not_audio:
        raise PlaylistError("A smart playlist cannot search for an upload", "Make a fixed playlist of the results.")
    return SmartQuery(request.model_dump(mode="json", exclude_defaults=True, exclude=OF_A_PAGE), limit)


def read(stored: Mapping[str, Any]) -> SearchRequest:
    """The search of a smart playlist. Raises PlaylistError for one that this version does not know."""
    try:
        return SearchRequest.model_validate({key: each for key, each in stored.items() if key not in OF_A_PAGE})
    except ValidationError as error:
        first = error.errors()[0]
        raise PlaylistError(
            f"The search of the playlist cannot be read: {'.'.join(map(str, first['loc']))}: {first['msg']}",
            "Save it again.",
        ) from None


def results(
    request: SearchRequest,
    limit: int,
    catalog: Catalog,
    embed_text: EmbedText,
    folders: Sequence[str],
    uploads: UploadMemory | None = None,
) -> list[Track]:
    """The tracks that a search finds, best first; those of a filter alone as a shelf is ordered.

    A search by likeness ranks at most MAX_DEPTH. `folders` are those that a text may name. Raises UserError.
    """
    limit = min(limit, MAX_ENTRIES)
    if not any(getattr(request, name) for name in TERMS):
        return nsmallest(limit, catalog.tracks(request.where), key=lambda track: (by_artist(track), track.id))
    asked = request.model_copy(update={"limit": min(limit, MAX_DEPTH), "offset": 0, "explain": False})
    query = asked.to_query(uploads or UploadMemory())
    if request.understand and query.texts:
        query, _ = understood_query(catalog, query, folders)
    return [hit.track for hit in catalog.search(query, embed_text)]
