"""`/v1/navidrome`: what the plugin in `players/navidrome` forwards, in the words of Navidrome's plugins."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from catalog.catalog import Catalog
from catalog.filters import parse_filter
from catalog.songs.reference import SongReference
from catalog.songs.resolving import foreign_id, resolve
from catalog.track import Track
from players.navidrome.finding import MAX_COUNT, Settings, Similar, path, similar_artists, similar_songs
from players.navidrome.seeds import album_tracks, artist_tracks
from polymuse.errors import NotFoundError, UserError
from polymuse.music import MIX
from search_api.learning import Learning
from search_api.openapi import example
from search_api.problems import declared
from search_api.queries import StemName, Strict, WhereText
from search_api.service import CurrentService, SearchService

router = APIRouter(prefix="/navidrome", tags=["players"])

SERVER = "navidrome"  # whose ids are learned
MAX_NAME = 1000  # characters of a name or id that are read
MAX_ARTISTS = 50  # of a song that are read
Function = Literal[
    "nd_get_sonic_similar_tracks",
    "nd_find_sonic_path",
    "nd_get_similar_songs_by_track",
    "nd_get_similar_songs_by_album",
    "nd_get_similar_songs_by_artist",
    "nd_get_similar_artists",
]

logger = logging.getLogger(__name__)


class _Words(BaseModel):
    """JSON as Navidrome writes it. Names that are not known are of a newer version, and ignored."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class ArtistName(_Words):
    name: str = ""
    mbid: str = ""


class Song(_Words):
    """A song of Navidrome, without its path."""

    id: str = ""
    name: str = ""
    mbid: str = Field(default="", description="of the recording")
    isrc: str = ""
    artist: str = ""
    artists: list[ArtistName] = []
    album: str = ""
    duration: float = Field(default=0.0, allow_inf_nan=False, description="seconds")
    duration_ms: float = Field(default=0.0, allow_inf_nan=False)


class Question(_Words):
    """The input of any function: each sends those of these names that it has."""

    song: Song | None = Field(default=None, description="nd_get_sonic_similar_tracks")
    start_song: Song | None = Field(default=None, description="nd_find_sonic_path")
    end_song: Song | None = None
    id: str = Field(default="", description="of the song, album or artist; the other functions")
    name: str = ""
    artist: str = ""
    mbid: str = Field(default="", description="of the recording, release or artist")
    count: int = Field(default=0, description=f"songs at most; more than {MAX_COUNT} are {MAX_COUNT}")
    limit: int = Field(default=0, description="artists at most; the same")


class PluginSettings(Strict):
    """What the plugin is set to."""

    stem: Annotated[StemName, Field(description="what must sound alike")] = MIX
    where: WhereText = ""
    exclude_artist: Annotated[bool, Field(description="without other songs of the same artist")] = False
    exclude_album: Annotated[bool, Field(description="without other songs of the same album")] = False
    per_artist: Annotated[
        int,
        Field(ge=0, le=MAX_COUNT, description="songs of one artist, unless there are too few others; 0: any"),
    ] = 3

    def to_settings(self) -> Settings:
        where = parse_filter(self.where)
        return Settings(self.stem, where, self.exclude_artist, self.exclude_album, self.per_artist)


class FoundSong(_Words):
    """By what Navidrome finds a song of its library; what is not known is left out."""

    id: str = ""
    name: str
    mbid: str = ""
    isrc: str = ""
    artist: str = ""
    artists: list[ArtistName] = []
    album: str = ""
    duration: float = 0.0
    duration_ms: int = 0


class Match(_Words):
    song: FoundSong
    similarity: float = Field(description="1: the same song, 0: as different as can be; of a path: to its start")


SONG_EXAMPLE = {
    "id": "0hX5uGKn3CB9caSe8AUGi4",
    "name": "Night Walk",
    "artist": "Kai",
    "artists": [{"name": "Kai"}],
    "album": "Two Rooms",
    "duration": 201.5,
    "durationMs": 201500,
}


class MatchesAnswer(_Words):
    model_config = example({"matches": [{"song": SONG_EXAMPLE, "similarity": 0.81}]})

    matches: list[Match]


class SongsAnswer(_Words):
    model_config = example({"songs": [SONG_EXAMPLE]})

    songs: list[FoundSong]


class ArtistsAnswer(_Words):
    model_config = example({"artists": [{"name": "Kai"}]})

    artists: list[ArtistName]


Answer = MatchesAnswer | SongsAnswer | ArtistsAnswer
_BODIES: dict[str, Any] = {
    "by a song": {"value": {"id": "0hX5uGKn3CB9caSe8AUGi4", "name": "Night Walk", "artist": "Kai", "count": 20}},
    "a path": {
        "value": {"startSong": SONG_EXAMPLE, "endSong": {"name": "Warehouse", "artist": "Poly-Muse"}, "count": 9}
    },
}


@router.post(
    "/{function}",
    responses=declared(400, 413, 422),
    response_model_exclude_defaults=True,
    summary="What Navidrome's plugins are asked for",
)
def answer_navidrome(
    request: Request,
    service: CurrentService,
    function: Function,
    question: Annotated[Question, Body(openapi_examples=_BODIES)],
    params: Annotated[PluginSettings, Query()],
) -> Answer:
    """For the plugin of `polymuse plugin navidrome`. A song that is not in the library has an empty answer.

    The ids by which Navidrome knows songs are remembered, so that answers have them.
    """
    learning: Learning = request.app.state.learning
    try:
        return _FUNCTIONS[function](_Call(service, learning, question, params.to_settings()))
    except NotFoundError:  # a track was deleted meanwhile
        return _FUNCTIONS[function](_Call(service, learning, Question(), Settings()))
    except UserError as error:
        if error.http_status == UserError.http_status:  # the plugin shows it to nobody, and refers to the log
            logger.warning("a setting of the plugin for Navidrome: %s", error)
        raise


@dataclass(frozen=True, slots=True)
class _Call:
    """One request."""

    service: SearchService
    learning: Learning
    question: Question
    settings: Settings

    @property
    def catalog(self) -> Catalog:
        return self.service.catalog

    def tracks(self, *songs: Song | None) -> list[Track]:
        """The tracks of all these songs; empty if one is not known. Their ids are learned."""
        resolved = resolve([_reference(song or Song()) for song in songs], self.catalog)
        self.learning.note(resolved, self.catalog)
        tracks = [each.track for each in resolved if each.track is not None]
        return tracks if len(tracks) == len(songs) else []

    @property
    def by_name(self) -> Song:
        """The song that the fields of the question name."""
        asked = self.question
        return Song(id=asked.id, name=asked.name, artist=asked.artist, mbid=asked.mbid)


def _sonic(call: _Call) -> MatchesAnswer:
    return _matches(similar_songs(call.catalog, call.tracks(call.question.song), call.question.count, call.settings))


def _path(call: _Call) -> MatchesAnswer:
    ends = call.tracks(call.question.start_song, call.question.end_song)
    if not ends:
        return MatchesAnswer(matches=[])
    return _matches(path(call.catalog, ends[0], ends[1], call.question.count, call.settings))


def _by_track(call: _Call) -> SongsAnswer:
    return _songs(similar_songs(call.catalog, call.tracks(call.by_name), call.question.count, call.settings))


def _by_album(call: _Call) -> SongsAnswer:
    asked = call.question
    tracks = album_tracks(call.catalog, asked.name[:MAX_NAME], asked.artist[:MAX_NAME], asked.mbid[:MAX_NAME])
    return _songs(similar_songs(call.catalog, tracks, asked.count, call.settings))


def _by_artist(call: _Call) -> SongsAnswer:
    """The artist's own songs count as similar: this is the radio of the artist."""
    tracks = artist_tracks(call.catalog, call.question.name[:MAX_NAME], call.question.mbid[:MAX_NAME])
    return _songs(similar_songs(call.catalog, tracks, call.question.count, call.settings, with_seeds=True))


def _artists(call: _Call) -> ArtistsAnswer:
    name = call.question.name[:MAX_NAME]
    tracks = artist_tracks(call.catalog, name, call.question.mbid[:MAX_NAME])
    found = similar_artists(call.catalog, tracks, name, call.question.limit, call.settings.stem)
    return ArtistsAnswer(artists=[ArtistName(name=each.name, mbid=each.mbid) for each in found])


_FUNCTIONS: dict[Function, Callable[[_Call], Answer]] = {
    "nd_get_sonic_similar_tracks": _sonic,
    "nd_find_sonic_path": _path,
    "nd_get_similar_songs_by_track": _by_track,
    "nd_get_similar_songs_by_album": _by_album,
    "nd_get_similar_songs_by_artist": _by_artist,
    "nd_get_similar_artists": _artists,
}


def _reference(song: Song) -> SongReference:
    names = [artist.name for artist in song.artists[:MAX_ARTISTS] if artist.name] or [song.artist]
    if song.artist not in names:  # Navidrome shows artists otherwise than it lists them
        names.append(song.artist)
    seconds = song.duration_ms / 1000 or song.duration
    return SongReference(
        title=song.name[:MAX_NAME],
        artists=tuple(name[:MAX_NAME] for name in names if name),
        album=song.album[:MAX_NAME],
        duration=seconds if seconds > 0 else None,
        mbid=song.mbid[:MAX_NAME],
        isrc=song.isrc[:MAX_NAME],
        id=song.id[:MAX_NAME],
        server=SERVER,
    )


def _matches(found: Iterable[Similar]) -> MatchesAnswer:
    return MatchesAnswer(matches=[Match(song=_song(each.track), similarity=each.similarity) for each in found])


def _songs(found: Iterable[Similar]) -> SongsAnswer:
    return SongsAnswer(songs=[_song(each.track) for each in found])


def _song(track: Track) -> FoundSong:
    of_artists = track.musicbrainz.get("artist", ())
    ids = of_artists if len(of_artists) == len(track.artists) else ("",) * len(track.artists)
    return FoundSong(
        id=foreign_id(track, SERVER),
        name=track.title,
        mbid=next(iter(track.musicbrainz.get("recording", ())), ""),
        isrc=next(iter(track.isrcs), ""),
        artist=track.artist,
        artists=[ArtistName(name=name, mbid=mbid) for name, mbid in zip(track.artists, ids, strict=True)],
        album=track.album,
        duration=round(track.duration, 3),
        duration_ms=round(track.duration * 1000),
    )
