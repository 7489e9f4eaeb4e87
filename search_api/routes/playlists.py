"""`/v1/playlists`: lists of tracks that people keep, and searches that renew themselves."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from catalog.keys import readable
from catalog.playlists.changes import Add, Arrange, Change, Describe, Move, PutBack, Remove, Requery
from catalog.playlists.ordering import Rule
from catalog.playlists.playlist import MAX_DESCRIPTION, MAX_ENTRIES, MAX_NAME, Playlist, PlaylistEntry, PlaylistHead
from catalog.playlists.present import ordered_numbers, present
from catalog.track import Track
from polymuse.errors import NotFoundError, UserError
from search_api import saved_searches
from search_api.openapi import example
from search_api.problems import declared
from search_api.queries import ID_EXAMPLE, SearchRequest, Strict, TrackId
from search_api.routes.tracks import SUMMARY_EXAMPLE, TrackSummary, track_summary
from search_api.service import CurrentService, SearchService

router = APIRouter(prefix="/playlists", tags=["playlists"])
changes = APIRouter(prefix="/playlists", tags=["playlists"])

PLAYLIST_EXAMPLE = {
    "id": "0b6c7c1e-4a43-4c3e-9f6e-7a7d1a3f5c52",
    "name": "Sunday morning",
    "description": "",
    "created": "2026-11-29T08:00:00+00:00",
    "changed": "2026-11-29T08:05:00+00:00",
    "revision": 3,
    "count": 1,
    "duration": 34.2,
    "smart": None,
}
MAX_IDS = 20_000  # in one request, whose body may have 1 MB
MAX_CHANGES = 100

PlaylistId = Annotated[str, Path(min_length=1, max_length=64, examples=[PLAYLIST_EXAMPLE["id"]])]
EntryNumber = Annotated[int, Field(ge=0, lt=2**53)]
Numbers = Annotated[list[EntryNumber], Field(max_length=MAX_ENTRIES, description="`number` of entries")]
Before = Annotated[
    EntryNumber | None, Field(description="`number` of the entry that they come before; null: at the end")
]
TrackIds = Annotated[list[TrackId], Field(max_length=MAX_IDS, description="ids of tracks, in order")]
PlaylistName = Annotated[str, Field(min_length=1, max_length=MAX_NAME, examples=["Sunday morning"])]
Description = Annotated[str, Field(max_length=MAX_DESCRIPTION)]
Revision = Annotated[
    EntryNumber | None,
    Field(description="`revision` that the change was made for; 409 if it cannot be meant any more; null: the latest"),
]
Count = Annotated[int, Field(ge=1, le=MAX_ENTRIES, description="tracks at most; a search by likeness ranks 1000")]


class SmartAnswer(BaseModel):
    search: dict[str, Any] = Field(description="the body of POST /v1/search, without `limit`")
    limit: int = Field(description="tracks at most")


class PlaylistAnswer(BaseModel):
    model_config = example(PLAYLIST_EXAMPLE)

    id: str
    name: str
    description: str
    created: str = Field(description="ISO 8601, UTC")
    changed: str = Field(description="the same")
    revision: int = Field(description="counts changes")
    count: int = Field(description="entries; 0 for a smart playlist")
    duration: float = Field(description="seconds of all entries")
    smart: SmartAnswer | None = Field(description="the search of a smart playlist; null for a fixed list")


class PlaylistsAnswer(BaseModel):
    model_config = example({"playlists": [PLAYLIST_EXAMPLE]})

    playlists: list[PlaylistAnswer]


class ListParams(Strict):
    removed: Annotated[bool, Field(description="those that can be brought back, instead of those that are there")] = (
        False
    )


class Nothing(Strict):
    """An empty object: pages of other sites cannot send JSON."""


class Source(Strict):
    """Tracks by their ids, or all that a search finds."""

    tracks: TrackIds = Field(default=[])
    search: SearchRequest | None = Field(default=None, description="as for POST /v1/search; its `limit` is `count`")
    count: Count = 1000

    def entries(self, service: SearchService) -> list[PlaylistEntry]:
        """Raises NotFoundError for an unknown id, and UserError for both, or a search that cannot be answered."""
        if self.tracks and self.search is not None:
            raise UserError("Both tracks and a search were given", "Give one of them, and make a second request.")
        return [PlaylistEntry.of_track(track) for track in self._found(service)]

    def _found(self, service: SearchService) -> list[Track]:
        if self.search is not None:
            return searched(service, self.search, self.count)
        known = {track.id: track for track in service.catalog.known(self.tracks)}
        if unknown := [each for each in self.tracks if each not in known]:
            raise NotFoundError(f"No track {unknown[0]} in the catalog", "Take the id from a search or a listing")
        return [known[each] for each in self.tracks]


class NewPlaylist(Source):
    """A playlist of these tracks, of all that a search finds now, or with `smart`, of what it finds whenever read."""

    name: PlaylistName
    description: Description = ""
    smart: bool = False


class PlaylistPatch(Strict):
    name: PlaylistName | None = None
    description: Description | None = None
    search: SearchRequest | None = Field(default=None, description="another search for a smart playlist")
    count: Count = 1000
    revision: Revision = None


class Addition(Source):
    before: Before = None
    revision: Revision = None


class AddTracks(Strict):
    op: Literal["add"]
    tracks: TrackIds
    before: Before = None


class OfEntries(Strict):
    op: Literal["remove", "put_back"] = Field(description="put_back takes back a removal")
    entries: Numbers


class MoveEntries(Strict):
    op: Literal["move"]
    entries: Numbers
    before: Before = None


class Edit(Strict):
    """Changes that are made together, or not at all."""

    changes: list[Annotated[AddTracks | OfEntries | MoveEntries, Field(discriminator="op")]] = Field(
        min_length=1, max_length=MAX_CHANGES
    )
    revision: Revision = None


class Order(Strict):
    by: Rule | Literal["given"] = Field(
        description="key: around the Camelot wheel; smooth: neighbours sound alike, from the first track; given: as in "
        "`entries`. Tracks without a value, and those that the library does not have, come last"
    )
    reverse: bool = False
    seed: Annotated[int, Field(ge=0, lt=2**32, description="of a shuffle")] = 0
    entries: Numbers = Field(default=[])
    revision: Revision = None


class EntryAnswer(BaseModel):
    number: int = Field(description="names the entry in changes; for a smart playlist its place")
    id: str = Field(description="of the track; empty if the library has never had it")
    title: str = Field(description="as last seen")
    artist: str
    path: str
    duration: float = Field(description="seconds; 0: unknown")
    track: TrackSummary | None = Field(description="null: the library does not have it now; it may come back")


class EntriesParams(Strict):
    offset: Annotated[int, Field(ge=0, le=MAX_ENTRIES)] = 0
    limit: Annotated[int, Field(ge=1, le=1000)] = 200


class EntriesAnswer(BaseModel):
    model_config = example(
        {
            "playlist": PLAYLIST_EXAMPLE,
            "total": 1,
            "offset": 0,
            "entries": [
                {"number": 1, "id": ID_EXAMPLE, "title": "Gymnopédie No. 1", "artist": "Erik Satie"}
                | {"path": "/music/satie/gymnopedie-1.opus", "duration": 34.2, "track": SUMMARY_EXAMPLE}
            ],
        }
    )

    playlist: PlaylistAnswer
    total: int
    offset: int
    entries: list[EntryAnswer]


@router.get("", responses=declared(422), summary="All playlists")
def list_playlists(service: CurrentService, params: Annotated[ListParams, Query()]) -> PlaylistsAnswer:
    """Ordered by name; removed ones, which are kept for 30 days, the latest first."""
    heads = service.catalog.removed_playlists() if params.removed else service.catalog.playlists()
    return PlaylistsAnswer(playlists=[head_answer(head) for head in heads])


@router.get("/{id}", responses=declared(404, 422), summary="A playlist without its tracks")
def get_playlist(service: CurrentService, id: PlaylistId) -> PlaylistAnswer:  # noqa: A002  the field's own word
    return head_answer(service.catalog.playlist(id).head)


@router.get("/{id}/tracks", responses=declared(400, 404, 422), summary="The tracks of a playlist, page by page")
def playlist_tracks(
    service: CurrentService,
    id: PlaylistId,  # noqa: A002
    params: Annotated[EntriesParams, Query()],
) -> EntriesAnswer:
    """Those of a smart playlist are searched for each time."""
    playlist = service.catalog.playlist(id)
    entries, tracks = current_entries(service, playlist)
    page = entries[params.offset : params.offset + params.limit]
    if playlist.head.smart is None:
        tracks = present(service.catalog, page)
    return EntriesAnswer(
        playlist=head_answer(playlist.head),
        total=len(entries),
        offset=params.offset,
        entries=[_entry(entry, tracks) for entry in page],
    )


@changes.post("", status_code=201, responses=declared(400, 403, 404, 413, 415, 422), summary="Make a playlist")
def create_playlist(service: CurrentService, new: NewPlaylist) -> PlaylistAnswer:
    if not new.smart:
        made = service.catalog.create_playlist(new.name, new.entries(service), description=new.description)
        return head_answer(made.head)
    if new.search is None:
        raise UserError("A smart playlist needs a search", "Give `search`, or leave out `smart`")
    smart = saved_searches.saved(new.search, new.count)
    searched(service, saved_searches.read(smart.request), 1)  # refuses one that cannot be answered
    return head_answer(service.catalog.create_playlist(new.name, description=new.description, smart=smart).head)


@changes.patch("/{id}", responses=declared(400, 403, 404, 409, 413, 415, 422), summary="Rename or describe a playlist")
def patch_playlist(service: CurrentService, id: PlaylistId, patch: PlaylistPatch) -> PlaylistAnswer:  # noqa: A002
    made: list[Change] = [Describe(patch.name, patch.description)]
    if patch.search is not None:
        made.append(Requery(saved_searches.saved(patch.search, patch.count)))
    return head_answer(service.catalog.change_playlist(id, made, patch.revision).head)


@changes.delete("/{id}", responses=declared(403, 404, 422), summary="Remove a playlist")
def delete_playlist(service: CurrentService, id: PlaylistId) -> PlaylistAnswer:  # noqa: A002
    """It is kept for 30 days, and can be brought back until then."""
    return head_answer(service.catalog.remove_playlist(id))


@changes.put("/{id}/restore", responses=declared(403, 404, 413, 415, 422), summary="Bring back a removed playlist")
def restore_playlist(service: CurrentService, id: PlaylistId, nothing: Nothing) -> PlaylistAnswer:  # noqa: A002, ARG001
    return head_answer(service.catalog.bring_back_playlist(id))


@changes.post("/{id}/tracks", responses=declared(400, 403, 404, 409, 413, 415, 422), summary="Add tracks to a playlist")
def add_tracks(service: CurrentService, id: PlaylistId, added: Addition) -> PlaylistAnswer:  # noqa: A002
    entries = tuple(added.entries(service))
    return head_answer(service.catalog.change_playlist(id, [Add(entries, added.before)], added.revision).head)


@changes.patch(
    "/{id}/tracks", responses=declared(400, 403, 404, 409, 413, 415, 422), summary="Add, remove and move entries"
)
def edit_tracks(service: CurrentService, id: PlaylistId, edit: Edit) -> PlaylistAnswer:  # noqa: A002
    """Changes of several clients merge. One that is about an entry that has gone meanwhile is a conflict, 409."""
    made = [_change(service, each) for each in edit.changes]
    return head_answer(service.catalog.change_playlist(id, made, edit.revision).head)


@changes.put("/{id}/order", responses=declared(400, 403, 404, 409, 413, 415, 422), summary="Order a playlist by a rule")
def order_playlist(service: CurrentService, id: PlaylistId, order: Order) -> PlaylistAnswer:  # noqa: A002
    playlist = service.catalog.playlist(id)
    if order.by == "given":
        numbers = order.entries
    else:
        numbers = ordered_numbers(service.catalog, playlist, order.by, reverse=order.reverse, seed=order.seed)
    return head_answer(service.catalog.change_playlist(id, [Arrange(tuple(numbers))], order.revision).head)


def current_entries(service: SearchService, playlist: Playlist) -> tuple[Sequence[PlaylistEntry], Mapping[int, Track]]:
    """The entries, and for a smart playlist the tracks that its search finds now, by the numbers of entries."""
    smart = playlist.head.smart
    if smart is None:
        return playlist.entries, {}
    tracks = searched(service, saved_searches.read(smart.request), smart.limit)
    entries = [PlaylistEntry.of_track(track) for track in tracks]
    numbered = [
        PlaylistEntry(number, each.track_id, each.title, each.artist, each.path, each.duration)
        for number, each in enumerate(entries)
    ]
    return numbered, dict(enumerate(tracks))


def searched(service: SearchService, request: SearchRequest, limit: int) -> list[Track]:
    """All tracks that a search finds, at most so many."""
    folders = service.folders.named()
    return saved_searches.results(request, limit, service.catalog, service.encoder, folders, service.uploads)


def head_answer(head: PlaylistHead) -> PlaylistAnswer:
    smart = head.smart and SmartAnswer(search=dict(head.smart.request), limit=head.smart.limit)
    return PlaylistAnswer(
        id=head.id,
        name=head.name,
        description=head.description,
        created=head.created,
        changed=head.changed,
        revision=head.revision,
        count=head.count,
        duration=head.duration,
        smart=smart,
    )


def _entry(entry: PlaylistEntry, tracks: Mapping[int, Track]) -> EntryAnswer:
    track = tracks.get(entry.number)
    return EntryAnswer(
        number=entry.number,
        id=entry.track_id if track is None else track.id,
        title=entry.title if track is None else track.title,
        artist=entry.artist if track is None else track.credit,
        path=readable(entry.path),
        duration=entry.duration if track is None else track.duration,
        track=None if track is None else track_summary(track),
    )


def _change(service: SearchService, asked: AddTracks | OfEntries | MoveEntries) -> Change:
    match asked:
        case AddTracks():
            return Add(tuple(Source(tracks=asked.tracks).entries(service)), asked.before)
        case MoveEntries():
            return Move(tuple(asked.entries), asked.before)
        case OfEntries():
            return (Remove if asked.op == "remove" else PutBack)(tuple(asked.entries))
