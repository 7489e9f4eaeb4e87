"""The tools that only read: search, similar, journey, track, tags, playlists.

Each goes the way of the HTTP route of the same purpose, and answers less of it.
"""

from collections.abc import Callable, Sized
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, StringConstraints

from catalog.facets import FacetQuery
from catalog.filters import Filter, parse_filter
from catalog.journeys.journey import MAX_SEED
from catalog.orders import Sort
from catalog.playlists.playlist import MAX_ENTRIES, MAX_NAME
from catalog.search_options import MAX_DEPTH
from polymuse.errors import NotFoundError, UserError
from polymuse.music import MIX
from polymuse.text import for_agent
from search_api.agents.answers import (
    EntryLine,
    Found,
    HitLine,
    JourneyFound,
    PlaylistFound,
    PlaylistsFound,
    TagLine,
    TagsFound,
    TrackFound,
    entry_line,
    hit_line,
    line_fields,
    playlist_line,
    step_line,
    track_found,
    understood_lines,
)
from search_api.agents.filter_help import WHERE
from search_api.queries import MAX_FILTER, MAX_TERMS, QueryText, SearchRequest, StemName, WeightedText, WeightedTrack
from search_api.routes.journeys import JourneyRequest, find_journey
from search_api.routes.playlists import EntriesParams, head_answer, playlist_tracks
from search_api.routes.search import SearchAnswer, answer
from search_api.routes.tracks import get_track, track_summary
from search_api.service import SearchService

MAX_HITS = 50  # a model reads them all
MAX_STEPS = 50
MAX_LISTED = 100  # entries of a playlist, or playlists
MAX_TAGS = 200
MAX_REFERENCE = 4096  # characters of an id or a path

Reference: TypeAlias = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_REFERENCE),
    Field(description="id of a track as other tools give it, or the absolute path of its file"),
]
References: TypeAlias = Annotated[list[Reference], Field(max_length=MAX_TERMS)]
Texts: TypeAlias = Annotated[list[QueryText], Field(max_length=MAX_TERMS)]
Where: TypeAlias = Annotated[str, Field(max_length=MAX_FILTER, description=WHERE)]
Limit: TypeAlias = Annotated[int, Field(ge=1, le=MAX_HITS, description="hits at most")]
Offset: TypeAlias = Annotated[int, Field(ge=0, lt=MAX_DEPTH, description="hits to skip: `next_offset` of an answer")]
Stems: TypeAlias = Annotated[
    list[StemName],
    Field(
        max_length=MAX_TERMS,
        description="compare these instead of the whole mix: vocals, instrumental, drums, bass, other; as far as the "
        "library was indexed with them",
    ),
]
Category: TypeAlias = Literal["", "mood", "genre", "instruments", "texture"]
PlaylistReference: TypeAlias = Annotated[
    str, Field(min_length=1, max_length=MAX_NAME, description="id of a playlist, or its exact name")
]
Page: TypeAlias = Annotated[int, Field(ge=1, le=MAX_LISTED, description="how many at most")]
Skipped: TypeAlias = Annotated[int, Field(ge=0, le=MAX_ENTRIES, description="how many to skip")]


class ReadingTools:
    """`service` gives the open library, or raises the UserError that says why there is none."""

    def __init__(self, service: Callable[[], SearchService]) -> None:
        self._service = service

    def search(
        self,
        text: Annotated[
            str,
            Field(
                max_length=1000,
                description="what the music sounds like, in any of 100 languages (few with the profile starter): "
                "`calm piano for late evenings`, `大提琴`. Names of the library, likeness, limits and negation are "
                "understood too: `like Satie but with drums, before 1950, no vocals`. Empty: list what `where` lets "
                "through",
            ),
        ] = "",
        avoid: Annotated[Texts, Field(description="descriptions of sound that hits should not be like")] = [],  # noqa: B006
        like: Annotated[References, Field(description="tracks that hits should sound like")] = [],  # noqa: B006
        unlike: Annotated[References, Field(description="tracks that hits should not sound like")] = [],  # noqa: B006
        where: Where = "",
        stems: Stems = [],  # noqa: B006
        limit: Limit = 10,
        offset: Offset = 0,
        diversity: Annotated[float, Field(ge=0, le=1, description="0: by score; towards 1: more varied")] = 0,
        moments: Annotated[bool, Field(description="also where in each track it matches best")] = False,
    ) -> Found:
        """Search the user's own music by what it sounds like: words, example tracks, filters, or all together.

        Use this first. Scores of different searches cannot be compared; `match` says whether the best hit fits.
        """
        service = self._service()
        chosen = parse_filter(where)
        if not (text.strip() or avoid or like or unlike):
            return self._listed(service, chosen, limit, offset)
        request = SearchRequest(
            texts=[WeightedText(text=text)] if text.strip() else [],
            not_texts=[WeightedText(text=each) for each in avoid],
            tracks=[WeightedTrack(id=track_id(service, each)) for each in like],
            not_tracks=[WeightedTrack(id=track_id(service, each)) for each in unlike],
            stems=dict.fromkeys(stems or [MIX], 1.0),
            where=chosen,
            limit=limit,
            offset=offset,
            diversity=diversity,
            moments="locate" if moments else None,
            without_duplicates=True,
        )
        return found(answer(service, request))

    def similar(
        self,
        track: Reference,
        stems: Stems = [],  # noqa: B006
        where: Where = "",
        by_others: Annotated[bool, Field(description="leave out tracks of the same artist")] = False,
        limit: Limit = 10,
        offset: Offset = 0,
    ) -> Found:
        """Find tracks that sound like one, as a whole or in a stem ("the same kind of drums"). Copies are left out."""
        service = self._service()
        request = SearchRequest(
            tracks=[WeightedTrack(id=track_id(service, track))],
            stems=dict.fromkeys(stems or [MIX], 1.0),
            where=parse_filter(where),
            limit=limit,
            offset=offset,
            without_duplicates=True,
            without_same=["artist"] if by_others else [],
        )
        return found(answer(service, request))

    def journey(
        self,
        start: Reference,
        end: Reference,
        count: Annotated[int, Field(ge=3, le=MAX_STEPS, description="tracks, both ends included")] = 12,
        stem: Annotated[StemName, Field(description="what is compared: mix, vocals, drums, …")] = MIX,
        where: Where = "",
        per_artist: Annotated[int, Field(ge=0, le=MAX_STEPS, description="tracks of one artist at most; 0: any")] = 1,
        variety: Annotated[float, Field(ge=0, le=1, description="0: the smoothest way; more: another by `seed`")] = 0,
        seed: Annotated[int, Field(ge=0, le=MAX_SEED)] = 0,
    ) -> JourneyFound:
        """Find tracks that lead from one to another in small steps: the backbone of a playlist with a direction."""
        service = self._service()
        request = JourneyRequest(
            start=track_id(service, start),
            end=track_id(service, end),
            count=count,
            stem=stem,
            where=parse_filter(where),
            per_artist=per_artist,
            variety=variety,
            seed=seed,
        )
        way = find_journey(service, request)
        return JourneyFound(tracks=[step_line(step) for step in way.tracks], given_up=way.relaxed)

    def track(self, track: Reference) -> TrackFound:
        """Everything known about one track: names, tempo, key, loudness, what it sounds like, lyrics, files."""
        service = self._service()
        return track_found(get_track(service, track_id(service, track)))

    def tags(
        self,
        track: Annotated[str, Field(max_length=MAX_REFERENCE, description="id or path; empty: the vocabulary")] = "",
        category: Annotated[Category, Field(description="only these; empty: all")] = "",
    ) -> TagsFound:
        """The tags of one track with confidences; or, without a track, all tags and how many tracks have each.

        Slugs are for filters: `tag:calm>0.6`.
        """
        service = self._service()
        if track:
            of_track = get_track(service, track_id(service, track)).tags
            tags = [
                TagLine(slug=tag.slug, category=tag.category, confidence=round(tag.confidence, 2), tracks=None)
                for tag in of_track
            ]
        else:
            counts = service.catalog.facet_page(FacetQuery("tag", limit=MAX_TAGS), Filter()).values
            known = service.live_descriptors.current().by_slug.values()
            tags = [
                TagLine(slug=each.slug, category=each.category, confidence=None, tracks=counts.get(each.slug, 0))
                for each in known
                if each.own or each.slug in service.expressible
            ]
        return TagsFound(tags=[tag for tag in tags if category in ("", tag.category)][:MAX_TAGS])

    def playlists(self, limit: Page = 50, offset: Skipped = 0) -> PlaylistsFound:
        """List the user's playlists, by name. Those that are smart are searches that renew themselves."""
        heads = self._service().catalog.playlists()
        page = [playlist_line(head_answer(head)) for head in heads[offset : offset + limit]]
        return PlaylistsFound(playlists=page, total=len(heads), next_offset=_next(offset, page, len(heads)))

    def playlist(self, playlist: PlaylistReference, limit: Page = 50, offset: Skipped = 0) -> PlaylistFound:
        """The tracks of one playlist, in order; those of a smart one are searched for now."""
        service = self._service()
        return playlist_found(service, playlist_id(service, playlist), offset, limit)

    def _listed(self, service: SearchService, where: Filter, limit: int, offset: int) -> Found:
        """All tracks that pass a filter, by artist and album."""
        page = service.catalog.listing(where, Sort(), limit, offset=offset)
        hits = [HitLine(**line_fields(track_summary(each)), score=0.0, moment=None) for each in page.tracks]
        note = f"{page.total} tracks match; without text or examples they come by artist and album, unranked."
        return Found(hits=hits, next_offset=_next(offset, hits, page.total), note=note if page.total else EMPTY)


EMPTY = (
    "No track matches. Loosen `where`, look at the tags there are with `tags`; an empty library is filled by "
    "`polymuse index FOLDER`."
)
WEAK = "Nothing in the library fits the text well: say so, or describe the sound in other words."


def found(answered: SearchAnswer) -> Found:
    """The short form of the answer to a search."""
    note = WEAK if answered.match in ("weak", "none") else ""
    return Found(
        hits=[hit_line(hit) for hit in answered.hits],
        understood=understood_lines(answered.understood),
        match=answered.match,
        next_offset=answered.next_offset,
        note=note if answered.hits else EMPTY,
    )


def track_id(service: SearchService, reference: str) -> str:
    """The id of the track with this id, or with a file at this path. Raises NotFoundError."""
    catalog = service.catalog
    if any(sign in reference for sign in "/\\"):
        track = catalog.find_by_path(reference)  # as it is stored: no file of the computer is looked at
    else:
        track = next(iter(catalog.known([reference])), None)
    if track is None:
        raise NotFoundError(
            f"The library has no track {for_agent(reference, 100)!r}", "Take an id from search, similar or playlists"
        )
    return track.id


def playlist_id(service: SearchService, reference: str) -> str:
    """The id of the playlist with this id or exact name. Raises NotFoundError, and UserError for a name of several."""
    heads = service.catalog.playlists()
    named = [head.id for head in heads if reference == head.id] or [h.id for h in heads if h.name == reference]
    shown = for_agent(reference, 100)
    if not named:
        raise NotFoundError(f"There is no playlist {shown!r}", "The tool playlists lists them")
    if len(named) > 1:
        raise UserError(f"{len(named)} playlists are called {shown!r}", f"Use an id: {', '.join(named[:5])}")
    return named[0]


def playlist_found(service: SearchService, id_: str, offset: int = 0, limit: int = MAX_LISTED) -> PlaylistFound:
    """A playlist with a part of its entries."""
    page = playlist_tracks(service, id_, EntriesParams(offset=offset, limit=limit))
    entries: list[EntryLine] = [entry_line(entry) for entry in page.entries]
    return PlaylistFound(
        playlist=playlist_line(page.playlist),
        entries=entries,
        total=page.total,
        next_offset=_next(offset, entries, page.total),
    )


def _next(offset: int, page: Sized, total: int) -> int | None:
    end = offset + len(page)
    return end if page and end < total else None
