"""`/v1/search`: texts, tracks, uploads and filters in, ranked tracks out."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Response
from pydantic import BaseModel, Field

from catalog.chance import Match, match_of
from catalog.names.found_name import NameField
from catalog.query import Hit, PartKind
from catalog.query import Query as SearchQuery
from catalog.search_options import MAX_DEPTH
from catalog.understanding.asking import understood_query
from catalog.unlike_stems import compares_stems, unlike_separators
from models.profiles import profiles_that
from models.separators import separator_name
from search_api.openapi import example
from search_api.problems import declared
from search_api.queries import ID_EXAMPLE, MAX_TERMS, WHERE_EXAMPLE, QueryText, SearchOptions, SearchRequest
from search_api.routes.tracks import SUMMARY_EXAMPLE, TrackSummary, summary_fields
from search_api.service import CurrentService, SearchService
from search_api.understanding import TextUnderstood

router = APIRouter(tags=["search"])

_BODIES: dict[str, Any] = {
    "one text": {"value": {"texts": ["calm piano"]}},
    "texts and unwanted texts": {
        "value": {"texts": [{"text": "大提琴", "weight": 2}, "melancholic"], "not_texts": ["singing"], "limit": 5}
    },
    "similar to a track, mainly in its vocals": {"value": {"tracks": [ID_EXAMPLE], "stems": {"vocals": 2, "mix": 1}}},
    "its vocals compared with mixes, with moments and explanation": {
        "value": {"tracks": [{"id": ID_EXAMPLE, "stem": "vocals"}], "moments": "locate", "explain": True}
    },
    "by others": {"value": {"tracks": [ID_EXAMPLE], "without_duplicates": True, "without_same": ["artist", "album"]}},
    "with a filter, diverse": {"value": {"texts": ["techno"], "where": WHERE_EXAMPLE, "diversity": 0.3}},
    "the filter as an object": {
        "value": {
            "texts": ["techno"],
            "where": {"years": [{"low": 1990}], "tags": [{"slug": "calm", "min_confidence": 0.6}]},
        }
    },
}

HIT_EXAMPLE = {
    **SUMMARY_EXAMPLE,
    "score": 0.71,
    "stem": "mix",
    "stem_scores": {"mix": 0.71},
    "moment": {"start": 15.0, "end": 24.0, "score": 0.78},
    "parts": [],
    "matched": [],
}
QUERY_EXAMPLE = {
    "texts": [{"text": "calm piano", "weight": 1.0}],
    "not_texts": [],
    "descriptors": [],
    "not_descriptors": [],
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
    "understand": True,
}
UNDERSTOOD_EXAMPLE = {
    "text": "piano before 1900",
    "parts": [
        {
            "kind": "sound",
            "start": 0,
            "end": 5,
            "value": "piano",
            "wanted": True,
            "field": "",
            "exact": True,
            "without": "before 1900",
            "turned": '-"piano" before 1900',
            "literal": '"piano" before 1900',
        },
        {
            "kind": "limit",
            "start": 6,
            "end": 17,
            "value": "year:..1899",
            "wanted": True,
            "field": "year",
            "exact": True,
            "without": "piano",
            "turned": "piano -year:..1899",
            "literal": 'piano "before 1900"',
        },
    ],
    "meaning": [{"slug": "piano", "weight": 1.0}],
}


class MomentAnswer(BaseModel):
    start: float = Field(description="seconds from the start of the track")
    end: float
    score: float = Field(description="cosine")


class PartAnswer(BaseModel):
    """What one part of the query contributed to a score, in one stem; the contributions sum to the score."""

    kind: PartKind
    label: str = Field(description="the text, or the title of the track; empty for an upload")
    stem: str
    weight: float
    similarity: float = Field(description="cosine of this part with the stem of the hit")
    contribution: float


class HitAnswer(TrackSummary):
    score: float = Field(description="cosine, the weighted mean over the stems compared; 1 is the most similar")
    stem: str = Field(description="the stem that contributed most to the score")
    stem_scores: dict[str, float]
    moment: MomentAnswer | None = Field(description="null unless `moments` was requested and the track has segments")
    parts: list[PartAnswer] = Field(description="empty unless `explain` was requested")
    matched: list[NameField] = Field(default=[], description="the names in the query that the track has")


class SearchAnswer(BaseModel):
    """`next_offset` is the offset of the next page; null on the last one."""

    model_config = example(
        {
            "profile": "starter",
            "took_ms": 4.1,
            "query": QUERY_EXAMPLE,
            "hits": [HIT_EXAMPLE],
            "next_offset": None,
            "separators": {},
            "understood": [UNDERSTOOD_EXAMPLE],
            "match": "good",
        }
    )

    profile: str = Field(description=f"the networks whose vectors were compared: {profiles_that()}")
    took_ms: float
    query: SearchRequest = Field(description="the normalised request")
    hits: list[HitAnswer]
    next_offset: int | None
    separators: dict[str, int] = Field(
        default={},
        description="empty, unless the stems compared were made by several separators, which lowers scores between "
        "them: separator -> hits with stems by it",
    )
    understood: list[TextUnderstood] = Field(
        default=[], description="what was understood of each of `texts`; empty if that was not to be tried"
    )
    match: Match | None = Field(
        default=None,
        description="whether the best hit is good for the texts, weak, or no nearer than one for a text about anything "
        "else; null without texts, and until that has been measured",
    )


class SearchParams(SearchOptions):
    """The query string of a search by one text."""

    q: QueryText
    not_: list[QueryText] = Field(default=[], alias="not", max_length=MAX_TERMS, description="texts to move away from")


def answer(service: SearchService, request: SearchRequest) -> SearchAnswer:
    """Run a search and time it."""
    start = time.perf_counter()
    query, read = request.to_query(service.uploads), ()
    if request.understand and query.texts:
        query, read = understood_query(service.catalog, query, service.folders.named())
    hits = service.catalog.search(query, service.encoder)
    return SearchAnswer(
        profile=service.profile,
        query=request,
        hits=[_hit(hit) for hit in hits],
        next_offset=_next_offset(request, hits),
        separators=_unlike_separators(service, request, query, hits),
        understood=[TextUnderstood.of(each, service.meaning_of) for each in read],
        match=match_of(query, hits, service.are_sure, service.chance.latest),
        took_ms=round((time.perf_counter() - start) * 1000, 1),
    )


def _unlike_separators(
    service: SearchService, request: SearchRequest, query: SearchQuery, hits: Sequence[Hit]
) -> dict[str, int]:
    if not compares_stems(query):
        return {}
    seeds = service.catalog.get([seed.track_id for seed in (*query.tracks, *query.not_tracks)])
    audio = (service.uploads.get(term.token).separator for term in (*request.audio, *request.not_audio))
    unlike = unlike_separators(hits, seeds, filter(None, audio))
    names = service.separator_names() if unlike else {}
    return {separator_name(made, names): count for made, count in unlike.items()}


def never_store(response: Response) -> None:
    """Disable caching, for responses that contain the time they took."""
    response.headers["Cache-Control"] = "no-store"


@router.get("/search", responses=declared(400, 422), summary="Search by one text")
def search_text(service: CurrentService, response: Response, params: Annotated[SearchParams, Query()]) -> SearchAnswer:
    never_store(response)
    return answer(service, params.to_request(texts=[params.q], not_texts=params.not_))


@router.post("/search", responses=declared(400, 404, 413, 422), summary="Search by texts, tracks and uploads")
def search(service: CurrentService, request: Annotated[SearchRequest, Body(openapi_examples=_BODIES)]) -> SearchAnswer:
    return answer(service, request)


def _next_offset(request: SearchRequest, hits: Sequence[Hit]) -> int | None:
    end = request.offset + request.limit
    return end if len(hits) == request.limit and end < MAX_DEPTH else None


def _hit(hit: Hit) -> HitAnswer:
    moment = hit.moment and MomentAnswer(start=hit.moment.start, end=hit.moment.end, score=hit.moment.score)
    parts = [PartAnswer(**asdict(part)) for part in hit.parts]
    scores = {"score": hit.score, "stem": hit.stem, "stem_scores": dict(hit.stem_scores)}
    return HitAnswer(**summary_fields(hit.track), **scores, moment=moment, parts=parts, matched=list(hit.matched))
