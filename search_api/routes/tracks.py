"""`/v1/tracks`: the tracks of the library."""

import math
import secrets
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from catalog.filters import parse_filter
from catalog.keys import readable
from catalog.library_order import MAX_CURSOR, seed_of
from catalog.orders import MAX_SEED, ORDERS, RANDOM, Sort
from catalog.track import Source, Track
from polymuse.errors import UserError
from polymuse.music import Measurements, TrackKind
from search_api.openapi import example
from search_api.problems import declared
from search_api.queries import ID_EXAMPLE, Strict, WhereText
from search_api.service import CurrentService

router = APIRouter(prefix="/tracks", tags=["tracks"])

if TYPE_CHECKING:
    OrderName = str
else:
    OrderName = Literal[*ORDERS]
MAX_OFFSET = 10_000_000

PathId = Annotated[str, Path(min_length=1, max_length=64, examples=[ID_EXAMPLE])]

MARKS_EXAMPLE = {
    "favourite_since": "2026-11-29T18:30:00+00:00",
    "hidden_since": "",
    "wrong_tags": ["sad"],
    "plays": 3,
    "last_played": "2026-11-30T12:00:00+00:00",
}
SUMMARY_EXAMPLE = {
    "id": ID_EXAMPLE,
    "kind": "audio",
    "title": "Gymnopédie No. 1",
    "artist": "Erik Satie",
    "artists": ["Erik Satie"],
    "composers": ["Erik Satie"],
    "album": "Gymnopédies",
    "album_artist": "Aldo Ciccolini",
    "track_number": 4,
    "disc_number": 1,
    "year": 1888,
    "added": "2026-11-22T12:00:00+00:00",
    "duration": 34.2,
    "paths": ["/music/satie/gymnopedie-1.opus"],
    "bpm": 72.0,
    "bpm_source": "file",
    "key": "D",
    "key_source": "measured",
    "camelot": "10B",
    "loudness": -23.4,
    "energy": 0.18,
    "tags": [{"slug": "calm", "category": "mood", "confidence": 0.83}],
    "marks": MARKS_EXAMPLE,
}


MEASURED_EXAMPLE = {
    "bpm": 71.6,
    "bpm_confidence": 0.61,
    "bpm_other": 143.2,
    "first_beat": 0.42,
    "key": "D",
    "key_confidence": 0.72,
    "loudness": -23.4,
    "loudness_range": 11.2,
    "true_peak": -6.0,
    "energy": 0.18,
    "version": 1,
}


class TagAnswer(BaseModel):
    slug: str
    category: str = Field(description="mood, genre, instruments or texture")
    confidence: float = Field(description="0 to 1")


class MarksAnswer(BaseModel):
    """What people have said of a track, and how often it was played here. Times are ISO 8601, UTC."""

    favourite_since: str = Field(description="empty: it is no favourite")
    hidden_since: str = Field(description="empty: it is not hidden")
    wrong_tags: list[str] = Field(description="slugs of tags that do not apply; they are not among the tags")
    plays: int
    last_played: str = Field(description="when the last play began; empty: never")


class TrackSummary(BaseModel):
    id: str
    kind: TrackKind = Field(description="score: MIDI, ABC or MusicXML, without audio, duration, stems or tags")
    title: str
    artist: str = Field(description="as shown, for example `Queen & David Bowie`")
    artists: list[str] = Field(description="each of them; all are values of the filter `artist:`")
    composers: list[str]
    album: str
    album_artist: str
    track_number: int | None
    disc_number: int | None
    year: int | None
    added: str = Field(description="when it came into the library, ISO 8601, UTC")
    duration: float = Field(description="seconds")
    paths: list[str] = Field(description="absolute paths; bytes that are not UTF-8 appear as U+FFFD")
    bpm: float | None = Field(description="tempo in beats per minute, of the file tag or measured")
    bpm_source: Source = Field(description="where it comes from: file (its tag, which wins) or measured; empty: none")
    key: str = Field(description="musical key by its usual name, such as F#m, of the file tag or measured")
    key_source: Source = Field(description="the same of the key")
    camelot: str = Field(description="the Camelot code of the key, such as 11A")
    loudness: float | None = Field(
        description="integrated loudness in LUFS, by EBU R128; null: silence, or not measured"
    )
    energy: float | None = Field(description="0 to 1; null: not measured")
    tags: list[TagAnswer] = Field(description="the most confident first")
    marks: MarksAnswer


class MeasuredAnswer(BaseModel):
    """What was measured in the waveform, whatever the file says."""

    model_config = ConfigDict(from_attributes=True)

    bpm: float | None = Field(description="null: no pulse was found")
    bpm_confidence: float = Field(description="0 to 1")
    bpm_other: float | None = Field(description="the tempo at the other metrical level, such as half of it")
    first_beat: float | None = Field(description="seconds from the start of the track")
    key: str = Field(description="empty if it is not known")
    key_confidence: float = Field(description="0 to 1")
    loudness: float | None = Field(description="integrated, in LUFS; null: silence")
    loudness_range: float | None = Field(description="LU")
    true_peak: float | None = Field(description="dBTP")
    energy: float | None = Field(description="0 to 1")
    version: int = Field(description="of the algorithms")


class StemAnswer(BaseModel):
    level_db: float | None = Field(description="RMS relative to full scale; null for digital silence")
    present: bool


class TrackAnswer(TrackSummary):
    model_config = example(
        {
            **SUMMARY_EXAMPLE,
            "genres": ["classical"],
            "original_year": 1888,
            "compilation": False,
            "label": "EMI",
            "isrcs": ["FRZ119400123"],
            "musicbrainz": {"recording": ["b1a9c0e9-d987-4042-ae91-78d6a3267d69"]},
            "tag_bpm": 72.0,
            "tag_key": "",
            "measured": MEASURED_EXAMPLE,
            "replay_gain": {"track_gain_db": 4.1, "track_peak": 0.52},
            "lyrics": "",
            "comment": "",
            "format": "opus",
            "stems": {"vocals": {"level_db": -61.0, "present": False}},
            "models": {"embedder": "3b1c", "separator": "90ff"},
            "indexed_at": "2026-11-22T12:00:00+00:00",
        }
    )

    genres: list[str]
    original_year: int | None = Field(description="of the first release")
    compilation: bool
    label: str
    isrcs: list[str]
    musicbrainz: dict[str, list[str]] = Field(
        description="ids by kind: recording, track, release, release_group, artist, album_artist, work"
    )
    tag_bpm: float | None = Field(description="beats per minute, as the file says")
    tag_key: str = Field(description="musical key, as the file says")
    measured: MeasuredAnswer | None = Field(description="null: not measured yet, or a score")
    replay_gain: dict[str, float] = Field(description="track_gain_db, track_peak, album_gain_db, album_peak")
    lyrics: str = Field(description="plain, or with time stamps as in LRC files")
    comment: str
    format: str
    stems: dict[str, StemAnswer]
    models: dict[str, str] = Field(description="role -> fingerprint of the model that computed the vectors")
    indexed_at: str = Field(description="when it was last analysed, ISO 8601, UTC")


SORTS = "; ".join(f"{name}: {order.about}" for name, order in ORDERS.items())


class ListParams(Strict):
    where: WhereText = ""
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    cursor: Annotated[str | None, Field(max_length=MAX_CURSOR, description="`cursor` of the previous page")] = None
    sort: Annotated[OrderName | None, Field(description=f"{SORTS}. Without it, tracks come by their ids")] = None
    order: Annotated[
        Literal["asc", "desc"] | None,
        Field(description="tracks without the value always come last; default: asc, of `added` desc"),
    ] = None
    seed: Annotated[
        str | None, Field(max_length=MAX_SEED, description="of `random`; without one, each first page draws another")
    ] = None
    offset: Annotated[
        int | None, Field(ge=0, le=MAX_OFFSET, description="in place of `cursor`, with `sort`: where the page begins")
    ] = None

    def to_sort(self) -> Sort | None:
        """The wanted order, if there is one. Raises UserError."""
        if self.sort is None:
            if (self.order, self.seed, self.offset) != (None, None, None):
                raise UserError("order, seed and offset need sort", "Add sort=artist, or leave them out.")
            return None
        seed = self.seed or (seed_of(self.cursor) if self.cursor else secrets.token_hex(8))
        descending = ORDERS[self.sort].newest_first if self.order is None else self.order == "desc"
        return Sort(self.sort, descending, seed if self.sort == RANDOM else "")


class TracksAnswer(BaseModel):
    model_config = example(
        {"profile": "starter", "tracks": [SUMMARY_EXAMPLE], "cursor": None, "start": 0, "total": 1, "seed": None}
    )

    profile: str
    tracks: list[TrackSummary]
    cursor: str | None = Field(description="parameter for the next page; null on the last one")
    start: int | None = Field(default=None, description="with `sort`: the place of the first track in the whole list")
    total: int | None = Field(default=None, description="with `sort`: tracks of the whole list")
    seed: str | None = Field(default=None, description="with `sort=random`: the seed of this order")


class TagsAnswer(BaseModel):
    model_config = example({"profile": "starter", "id": ID_EXAMPLE, "tags": SUMMARY_EXAMPLE["tags"]})

    profile: str
    id: str
    tags: list[TagAnswer] = Field(description="the most confident first")


@router.get("", responses=declared(400, 422), summary="List the tracks that match a filter")
def list_tracks(service: CurrentService, params: Annotated[ListParams, Query()]) -> TracksAnswer:
    where = parse_filter(params.where)
    sort = params.to_sort()
    if sort is not None:
        found = service.catalog.listing(where, sort, params.limit, cursor=params.cursor, offset=params.offset)
        return TracksAnswer(
            profile=service.profile,
            tracks=[track_summary(track) for track in found.tracks],
            cursor=found.cursor,
            start=found.start,
            total=found.total,
            seed=sort.seed or None,
        )
    page = service.catalog.scroll(where, params.limit, params.cursor)
    return TracksAnswer(
        profile=service.profile, tracks=[track_summary(track) for track in page.tracks], cursor=page.cursor
    )


@router.get("/{id}", responses=declared(404, 422), summary="Everything stored about a track")
def get_track(service: CurrentService, id: PathId) -> TrackAnswer:  # noqa: A002  the field's own word
    [track] = service.catalog.get([id])
    return _track_answer(track)


@router.get("/{id}/tags", responses=declared(404, 422), summary="The tags of a track")
def get_tags(service: CurrentService, id: PathId) -> TagsAnswer:  # noqa: A002
    [track] = service.catalog.get([id])
    return TagsAnswer(profile=service.profile, id=track.id, tags=_tags(track))


def track_summary(track: Track) -> TrackSummary:
    return TrackSummary(**summary_fields(track))


def summary_fields(track: Track) -> dict[str, Any]:
    """The fields of a TrackSummary, for models that extend it."""
    return {
        "id": track.id,
        "kind": track.kind,
        "title": track.title,
        "artist": track.artist,
        "artists": list(track.artists),
        "composers": list(track.composers),
        "album": track.album,
        "album_artist": track.album_artist,
        "track_number": track.track_number,
        "disc_number": track.disc_number,
        "year": track.year,
        "added": track.added,
        "duration": track.duration,
        "paths": [readable(file.path) for file in track.files],
        "bpm": track.bpm,
        "bpm_source": track.bpm_source,
        "key": track.key,
        "key_source": track.key_source,
        "camelot": track.camelot,
        "loudness": track.loudness,
        "energy": track.energy,
        "tags": _tags(track),
        "marks": marks_answer(track),
    }


def marks_answer(track: Track) -> MarksAnswer:
    marks = track.marks
    return MarksAnswer(
        favourite_since=marks.favourite_since,
        hidden_since=marks.hidden_since,
        wrong_tags=list(marks.wrong_tags),
        plays=marks.plays,
        last_played=marks.last_played,
    )


def _track_answer(track: Track) -> TrackAnswer:
    stems = {
        name: StemAnswer(level_db=stem.level_db if math.isfinite(stem.level_db) else None, present=stem.present)
        for name, stem in track.stems.items()
    }
    return TrackAnswer(
        **summary_fields(track),
        genres=list(track.genres),
        original_year=track.original_year,
        compilation=track.compilation,
        label=track.label,
        isrcs=list(track.isrcs),
        musicbrainz={kind: list(ids) for kind, ids in track.musicbrainz.items()},
        tag_bpm=track.tag_bpm,
        tag_key=track.tag_key,
        measured=_measured(track.measured),
        replay_gain=dict(track.replay_gain),
        lyrics=track.lyrics,
        comment=track.comment,
        format=track.format,
        stems=stems,
        models=dict(track.models),
        indexed_at=track.indexed_at,
    )


def _measured(measured: Measurements | None) -> MeasuredAnswer | None:
    return None if measured is None else MeasuredAnswer.model_validate(measured)


def _tags(track: Track) -> list[TagAnswer]:
    tags = sorted(track.right_tags, key=lambda tag: (-tag.confidence, tag.slug))
    return [TagAnswer(slug=tag.slug, category=tag.category, confidence=tag.confidence) for tag in tags]
