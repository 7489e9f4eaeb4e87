"""What the service answers."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from catalog.keys import readable
from catalog.query import Hit, PartKind
from catalog.search_options import MAX_DEPTH
from catalog.track import Track
from search_api.queries import ID_EXAMPLE, SearchRequest

_SUMMARY_EXAMPLE = {
    "id": ID_EXAMPLE,
    "title": "Gymnopédie No. 1",
    "artist": "Erik Satie",
    "album": "Gymnopédies",
    "year": 1888,
    "duration": 34.2,
    "paths": ["/music/satie/gymnopedie-1.opus"],
    "tags": [{"slug": "calm", "category": "mood", "confidence": 0.83}],
}
_HIT_EXAMPLE = {
    **_SUMMARY_EXAMPLE,
    "score": 0.71,
    "stem": "mix",
    "stem_scores": {"mix": 0.71},
    "moment": {"start": 15.0, "end": 24.0, "score": 0.78},
    "parts": [],
}
UPLOAD_EXAMPLE = "Zk2nUq0cTf2s1l9J0bq3Yw"
_QUERY_EXAMPLE = {
    "texts": [{"text": "calm piano", "weight": 1.0}],
    "not_texts": [],
    "tracks": [],
    "not_tracks": [],
    "audio": [],
    "not_audio": [],
    "stems": {"mix": 1.0},
    "where": "year:..1900",
    "limit": 20,
    "offset": 0,
    "min_score": None,
    "diversity": 0.0,
    "moments": "locate",
    "without_duplicates": False,
    "without_same": [],
    "explain": False,
}


def _example(value: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [value]})


class TagAnswer(BaseModel):
    slug: str
    category: str = Field(description="mood, genre, instruments or texture")
    confidence: float = Field(description="0 to 1")


class TrackSummary(BaseModel):
    id: str
    title: str
    artist: str
    album: str
    year: int | None
    duration: float = Field(description="seconds")
    paths: list[str] = Field(description="absolute; bytes that are not UTF-8 appear as U+FFFD")
    tags: list[TagAnswer] = Field(description="the surest first")


class MomentAnswer(BaseModel):
    start: float = Field(description="seconds from the start of the track")
    end: float
    score: float = Field(description="cosine")


class PartAnswer(BaseModel):
    """What one part of the query contributed to a score, in one stem; the contributions sum to the score."""

    kind: PartKind
    label: str = Field(description="the text, or the title of the track; empty for a sound")
    stem: str
    weight: float
    similarity: float = Field(description="cosine of this part with the stem of the hit")
    contribution: float


class HitAnswer(TrackSummary):
    score: float = Field(description="cosine, the weighted mean over the stems asked for; 1 is the most alike")
    stem: str = Field(description="the stem that contributed most to the score")
    stem_scores: dict[str, float]
    moment: MomentAnswer | None = Field(description="where `moments` was asked for and the track has them")
    parts: list[PartAnswer] = Field(description="empty unless `explain` was asked for")


class SearchAnswer(BaseModel):
    """`next_offset` is where the next page starts; it is null when this page is the last one that can be had."""

    model_config = _example(
        {"profile": "starter", "took_ms": 4.1, "query": _QUERY_EXAMPLE, "hits": [_HIT_EXAMPLE], "next_offset": None}
    )

    profile: str = Field(description="the networks whose vectors were compared: starter or clamp3")
    took_ms: float
    query: SearchRequest = Field(description="the query as it was understood")
    hits: list[HitAnswer]
    next_offset: int | None


class HeardAnswer(BaseModel):
    """How an upload was heard."""

    seconds: float = Field(description="of it that were decoded")
    capped: bool = Field(description="whether it goes on after them")
    stems: list[str] = Field(description="what it has vectors of; for other stems its mix stands in")


class AudioSearchAnswer(SearchAnswer):
    model_config = _example(
        {
            "profile": "starter",
            "took_ms": 4.1,
            "query": {**_QUERY_EXAMPLE, "texts": [], "audio": [{"token": UPLOAD_EXAMPLE, "weight": 1.0}]},
            "hits": [_HIT_EXAMPLE],
            "next_offset": None,
            "audio_token": UPLOAD_EXAMPLE,
            "heard": {"seconds": 34.2, "capped": False, "stems": ["mix"]},
        }
    )

    audio_token: str = Field(description="names the sound in `audio` of further searches, for about an hour")
    heard: HeardAnswer


class StemAnswer(BaseModel):
    level_db: float | None = Field(description="RMS relative to full scale; null for digital silence")
    present: bool


class TrackAnswer(TrackSummary):
    model_config = _example(
        {
            **_SUMMARY_EXAMPLE,
            "genres": ["classical"],
            "format": "opus",
            "stems": {"vocals": {"level_db": -61.0, "present": False}},
            "models": {"embedder": "3b1c", "separator": "90ff"},
            "indexed_at": "2026-11-22T12:00:00+00:00",
        }
    )

    genres: list[str]
    format: str
    stems: dict[str, StemAnswer]
    models: dict[str, str] = Field(description="role -> fingerprint of what the vectors come from")
    indexed_at: str = Field(description="ISO 8601, UTC")


class TracksAnswer(BaseModel):
    model_config = _example({"profile": "starter", "tracks": [_SUMMARY_EXAMPLE], "cursor": None})

    profile: str
    tracks: list[TrackSummary]
    cursor: str | None = Field(description="ask with it for the next page; null on the last one")


class TagsAnswer(BaseModel):
    model_config = _example({"profile": "starter", "id": ID_EXAMPLE, "tags": _SUMMARY_EXAMPLE["tags"]})

    profile: str
    id: str
    tags: list[TagAnswer] = Field(description="the surest first")


class StatsAnswer(BaseModel):
    model_config = _example(
        {
            "profile": "starter",
            "tracks": 176,
            "hours": 9.5,
            "stems": {"mix": 176, "vocals": 40},
            "bytes_on_disk": 9999360,
        }
    )

    profile: str
    tracks: int
    hours: float = Field(description="of music")
    stems: dict[str, int] = Field(description="how many tracks have a vector of the stem")
    bytes_on_disk: int


class HealthAnswer(BaseModel):
    model_config = _example({"status": "ok"})

    status: Literal["ok"]


def search_answer(request: SearchRequest, hits: Sequence[Hit], *, profile: str, took: float) -> SearchAnswer:
    """`took` in seconds."""
    end = request.offset + request.limit
    more = len(hits) == request.limit and end < MAX_DEPTH
    return SearchAnswer(
        profile=profile,
        took_ms=round(took * 1000, 1),
        query=request,
        hits=[_hit(hit) for hit in hits],
        next_offset=end if more else None,
    )


def _hit(hit: Hit) -> HitAnswer:
    moment = hit.moment and MomentAnswer(start=hit.moment.start, end=hit.moment.end, score=hit.moment.score)
    parts = [PartAnswer(**asdict(part)) for part in hit.parts]
    scores = {"score": hit.score, "stem": hit.stem, "stem_scores": dict(hit.stem_scores)}
    return HitAnswer(**_summary(hit.track), **scores, moment=moment, parts=parts)


def _summary(track: Track) -> dict[str, Any]:
    return {
        "id": track.id,
        "title": track.title,
        "artist": track.artist,
        "album": track.album,
        "year": track.year,
        "duration": track.duration,
        "paths": [readable(file.path) for file in track.files],
        "tags": tag_answers(track),
    }


def track_summary(track: Track) -> TrackSummary:
    return TrackSummary(**_summary(track))


def track_answer(track: Track) -> TrackAnswer:
    stems = {
        name: StemAnswer(level_db=stem.level_db if math.isfinite(stem.level_db) else None, present=stem.present)
        for name, stem in track.stems.items()
    }
    return TrackAnswer(
        **_summary(track),
        genres=list(track.genres),
        format=track.format,
        stems=stems,
        models=dict(track.models),
        indexed_at=track.indexed_at,
    )


def tag_answers(track: Track) -> list[TagAnswer]:
    tags = sorted(track.tags, key=lambda tag: (-tag.confidence, tag.slug))
    return [TagAnswer(slug=tag.slug, category=tag.category, confidence=tag.confidence) for tag in tags]
