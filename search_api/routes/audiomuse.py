"""`/audiomuse/…`: what plugins for AudioMuse-AI ask for, in the form that they read.

Numbers beyond a limit are brought to it, as callers ask for more than they use; unknown parameters are ignored. Errors
are `{"error": text}`, which `search_api.problems` makes. The API description does not list these routes: their form is
another project's, and generated clients have better ones.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, BeforeValidator, Field, ValidatorFunctionWrapHandler, WrapValidator

from catalog.fields import Filter
from catalog.journeys.journey import MAX_TRACKS
from catalog.playlists.playlist import MAX_ENTRIES, PlaylistEntry
from catalog.query import Query as SearchQuery
from catalog.query import Text
from catalog.search_options import MAX_DEPTH
from catalog.songs.reference import SongReference
from catalog.songs.resolving import resolve
from catalog.track import Track
from catalog.understanding.asking import understood_query
from players.audiomuse.artists import REPRESENTATIVE, similar_artists, tracks_of_artist
from players.audiomuse.songs import (
    PER_ARTIST,
    PLAYABLE,
    Song,
    distinct,
    farthest,
    mixed_songs,
    path_between,
    songs_like,
    songs_of_taste,
)
from players.server_ids import ServerIds
from polymuse.errors import NotFoundError, UserError
from polymuse.text import clean
from search_api.middleware.audiomuse import PLACE, calling_server
from search_api.queries import QueryText
from search_api.same_site import check_json
from search_api.service import CurrentService

router = APIRouter(prefix=PLACE)
changes = APIRouter(prefix=PLACE, dependencies=[Depends(check_json)])  # for admin keys

MAX_TEXT = 1000  # characters of a name or an id
MAX_FOUND = 500  # songs of a text search
MAX_ARTISTS = 100
MAX_ITEMS = 500  # of an alchemy
LOADED_SECONDS = 86_400  # the text encoder is never unloaded


def _within(most: int, default: int) -> WrapValidator:
    """Reads a count and brings it to its limits; without one, or with one below 1, it is the default."""

    def read(value: Any, as_int: ValidatorFunctionWrapHandler) -> int:
        count = default if value in (None, "") else as_int(value)
        return default if count < 1 else min(count, most)

    return WrapValidator(read)


Words = Annotated[str, Field(max_length=MAX_TEXT)]


def _ids(request: Request, service: CurrentService) -> ServerIds:
    return ServerIds(service.catalog, calling_server(request.scope), request.app.state.jellyfin_folders)


Ids = Annotated[ServerIds, Depends(_ids)]


def _one(ids: ServerIds, id_: str) -> Track:
    found = ids.find([id_])
    if id_ not in found:
        raise NotFoundError(
            f'No song with the id "{clean(id_)[:100]}" is known here',
            "Is it indexed, and do the folders of Poly-Muse and of the server agree? See docs/players.md",
        )
    return found[id_]


def _rows(ids: ServerIds, songs: Iterable[Song]) -> list[dict[str, Any]]:
    """Those that the server knows."""
    rows = [_row(ids, song.track) | {"distance": round(song.distance, 4)} for song in songs]
    return [row for row in rows if row["item_id"]]


def _row(ids: ServerIds, track: Track) -> dict[str, Any]:
    return {"item_id": ids.of(track), "title": track.title, "author": track.credit, "album": track.album}


@router.get("/")
@router.get("/api/health")
def health() -> dict[str, str]:
    return {"status": "ok"}


@router.get("/api/active_tasks")
def active_tasks() -> dict[str, str]:
    """Poly-Muse indexes by itself; callers show an empty answer as no task."""
    return {}


@router.post("/api/clap/warmup")
def warm_up(service: CurrentService) -> dict[str, Any]:
    service.check()
    return {"loaded": True, "expiry_seconds": LOADED_SECONDS}


@router.get("/api/similar_tracks")
def similar_tracks(
    service: CurrentService,
    ids: Ids,
    item_id: Words = "",
    title: Words = "",
    artist: Words = "",
    n: Annotated[int, _within(MAX_DEPTH, 10)] = 10,
    eliminate_duplicates: bool = True,
) -> list[dict[str, Any]]:
    """`eliminate_duplicates`: of each artist first PER_ARTIST songs. Versions of a song are always one."""
    track = _one(ids, item_id) if item_id else _named(service, title, artist)
    per_artist = PER_ARTIST if eliminate_duplicates else 0
    return _rows(ids, songs_like(service.catalog, track, n, per_artist=per_artist, knows=ids.of))


def _named(service: CurrentService, title: str, artist: str) -> Track:
    if not title.strip() or not artist.strip():
        raise UserError("Neither an item_id nor a title and an artist were given")
    track = resolve([SongReference(title, (artist,))], service.catalog)[0].track
    if track is None or track.missing_since:
        raise NotFoundError(f'The library has no "{clean(title)[:100]}" by "{clean(artist)[:100]}"')
    return track


@router.get("/api/find_path")
def find_path(
    service: CurrentService,
    ids: Ids,
    start_song_id: Words,
    end_song_id: Words,
    max_steps: Annotated[int, _within(MAX_TRACKS, 25)] = 25,
) -> dict[str, Any]:
    path = path_between(service.catalog, _one(ids, start_song_id), _one(ids, end_song_id), max_steps)
    return {"path": _rows(ids, path.songs), "total_distance": round(path.length, 4)}


@router.get("/api/max_distance")
def max_distance(service: CurrentService, ids: Ids, item_id: Words) -> dict[str, Any]:
    song = farthest(service.catalog, _one(ids, item_id))
    return {"max_distance": round(song.distance, 4), "farthest_item_id": ids.of(song.track)}


@router.get("/api/search_tracks")
def search_tracks(
    service: CurrentService,
    ids: Ids,
    artist: Words = "",
    title: Words = "",
    search_query: Words = "",
    start: Annotated[int, Query(ge=0, lt=MAX_DEPTH)] = 0,
    end: Annotated[int, _within(MAX_DEPTH, 10)] = 100,
) -> list[dict[str, Any]]:
    """Names alone: songs by the artist and with the part of a title, or by or called what `search_query` says."""
    if search_query:
        tracks = {track.id: track for track in _search(service, search_query, "", end)}
        tracks |= {track.id: track for track in _search(service, "", search_query, end)}
        found = list(tracks.values())
    else:
        found = _search(service, title, artist, end)
    rows = [_row(ids, track) for track in found[start:end]]
    return [row for row in rows if row["item_id"]]


def _search(service: CurrentService, title: str, artist: str, limit: int) -> list[Track]:
    if not title.strip():
        if not artist.strip():
            raise UserError("Neither an artist nor a title was given")
        try:
            return tracks_of_artist(service.catalog, artist, limit)
        except NotFoundError:
            return []
    where = replace(PLAYABLE, titles=(title,))
    if not artist.strip():
        return service.catalog.listing(where, limit=limit).tracks
    return service.catalog.listing(replace(where, artists=(artist,)), limit=limit).tracks


@router.get("/api/similar_artists")
def artists_like(
    service: CurrentService,
    ids: Ids,
    artist: Words = "",
    artist_id: Words = "",
    n: Annotated[int, _within(MAX_ARTISTS, 10)] = 10,
    include_component_matches: bool = False,
) -> list[dict[str, Any]]:
    name = artist or artist_id
    tracks = tracks_of_artist(service.catalog, name)
    own = [_brief(ids, track) for track in tracks[:REPRESENTATIVE]]
    rows = []
    for each in similar_artists(service.catalog, tracks, name, n):
        row: dict[str, Any] = {"artist": each.name, "artist_id": "", "divergence": round(each.distance, 4)}
        if include_component_matches:
            theirs = [_brief(ids, song.track) for song in each.songs]
            row["component_matches"] = [
                {"artist1_representative_songs": own, "artist2_representative_songs": theirs},
            ]
        rows.append(row)
    return rows


def _brief(ids: ServerIds, track: Track) -> dict[str, str]:
    return {"item_id": ids.of(track), "title": track.title}


class TextSearch(BaseModel):
    query: QueryText
    limit: Annotated[int, _within(MAX_FOUND, 100)] = 100


@router.post("/api/clap/search")
def search_by_text(service: CurrentService, ids: Ids, asked: TextSearch) -> dict[str, Any]:
    query = SearchQuery(texts=(Text(asked.query),), where=Filter(), limit=min(MAX_DEPTH, 2 * asked.limit))
    query, _ = understood_query(service.catalog, query, service.folders.named())
    hits = (hit for hit in service.catalog.search(query, service.encoder) if ids.of(hit.track))
    found = distinct(hits, asked.limit)
    rows = [_row(ids, song.track) | {"similarity": round(1 - song.distance, 4)} for song in found]
    return {"query": asked.query, "count": len(rows), "results": rows}


class Item(BaseModel):
    id: Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]
    op: Annotated[Literal["ADD", "SUBTRACT"], BeforeValidator(lambda op: op.upper() if isinstance(op, str) else op)] = (
        "ADD"
    )
    type: Literal["song", "artist"] = "song"


class Alchemy(BaseModel):
    items: Annotated[list[Item], Field(min_length=1, max_length=MAX_ITEMS)]
    n: Annotated[int, _within(MAX_DEPTH, 25)] = 25
    subtract_distance: Annotated[float | None, Field(ge=0, le=2)] = None


@router.post("/api/alchemy")
def alchemy(service: CurrentService, ids: Ids, asked: Alchemy) -> dict[str, Any]:
    """Songs like what is added and unlike what is subtracted; an artist counts as much as a song."""
    wanted, unwanted = (_weights(service, ids, asked.items, op) for op in ("ADD", "SUBTRACT"))
    if not wanted:
        raise NotFoundError("Nothing that is to be added is known here", "Add a song or an artist of the library")
    unwanted = {id_: weight for id_, weight in unwanted.items() if id_ not in wanted}
    kept, left_out = mixed_songs(
        service.catalog, wanted, unwanted, asked.n, least_distance=asked.subtract_distance, knows=ids.of
    )
    return {"results": _rows(ids, kept), "filtered_out": _rows(ids, left_out)}


def _weights(service: CurrentService, ids: ServerIds, items: list[Item], op: str) -> dict[str, float]:
    """{id of a track: weight}, without what is unknown."""
    songs = ids.find([item.id for item in items if item.op == op and item.type == "song"])
    weights = {track.id: 1.0 for track in songs.values()}
    for name in dict.fromkeys(item.id for item in items if item.op == op and item.type == "artist"):
        try:
            tracks = tracks_of_artist(service.catalog, name)
        except NotFoundError:
            continue
        for track in tracks:
            weights[track.id] = weights.get(track.id, 0.0) + 1 / len(tracks)
    return weights


@router.get("/api/sonic_fingerprint/generate")
def fingerprint(
    service: CurrentService, ids: Ids, n: Annotated[int, _within(MAX_DEPTH, 25)] = 25
) -> list[dict[str, Any]]:
    """Plays are kept for all users together, so that whose fingerprint is asked for makes no difference."""
    return _rows(ids, songs_of_taste(service.catalog, n, knows=ids.of))


class NewPlaylist(BaseModel):
    playlist_name: Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]
    track_ids: Annotated[list[Words], Field(min_length=1, max_length=MAX_ENTRIES)]


@changes.post("/api/create_playlist", status_code=201)
def create_playlist(service: CurrentService, ids: Ids, new: NewPlaylist) -> dict[str, Any]:
    """A playlist of Poly-Muse, of those of the songs that are known."""
    known = ids.find(new.track_ids)
    entries = [PlaylistEntry.of_track(known[each]) for each in new.track_ids if each in known]
    if not entries:
        raise NotFoundError("None of the songs of the playlist is known here")
    made = service.catalog.create_playlist(new.playlist_name, entries).head
    left_out = len(new.track_ids) - len(entries)
    message = f"Poly-Muse has made the playlist {made.name}" + (
        f", without {left_out} unknown songs" if left_out else ""
    )
    return {"message": message, "playlist_id": made.id, "tracks_added": len(entries)}


@router.api_route("/{rest:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def nothing_else(rest: str) -> None:
    raise NotFoundError(
        f"Poly-Muse has no {clean(rest)[:100]}", "It answers what AudioMuse-AI calls similar songs, paths and searches"
    )
