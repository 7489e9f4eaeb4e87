"""`/v1/search`: texts, tracks, sounds and filters in, ranked tracks out."""

import time
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Response

from search_api.answers import SearchAnswer, search_answer
from search_api.problems import declared
from search_api.queries import ID_EXAMPLE, WHERE_EXAMPLE, SearchParams, SearchRequest
from search_api.service import CurrentService, SearchService

router = APIRouter(tags=["search"])

_BODIES: dict[str, Any] = {
    "one text": {"value": {"texts": ["calm piano"]}},
    "texts against texts": {
        "value": {"texts": [{"text": "大提琴", "weight": 2}, "melancholic"], "not_texts": ["singing"], "limit": 5}
    },
    "like a track, by its voice": {"value": {"tracks": [ID_EXAMPLE], "stems": {"vocals": 2, "mix": 1}}},
    "its voice against whole mixes, why and where": {
        "value": {"tracks": [{"id": ID_EXAMPLE, "stem": "vocals"}], "moments": "locate", "explain": True}
    },
    "others only": {"value": {"tracks": [ID_EXAMPLE], "without_duplicates": True, "without_same": ["artist", "album"]}},
    "within a filter, varied": {"value": {"texts": ["techno"], "where": WHERE_EXAMPLE, "diversity": 0.3}},
    "the filter as an object": {
        "value": {
            "texts": ["techno"],
            "where": {"years": [{"low": 1990}], "tags": [{"slug": "calm", "min_confidence": 0.6}]},
        }
    },
}


def answer(service: SearchService, request: SearchRequest) -> SearchAnswer:
    """Search and say how long it took."""
    start = time.perf_counter()
    hits = service.catalog.search(request.to_query(service.uploads), service.encoder)
    return search_answer(request, hits, profile=service.profile, took=time.perf_counter() - start)


def never_store(response: Response) -> None:
    """For answers that say how long they took: no two are the same."""
    response.headers["Cache-Control"] = "no-store"


@router.get("/search", responses=declared(400, 422), summary="Search by one text")
def search_text(service: CurrentService, response: Response, params: Annotated[SearchParams, Query()]) -> SearchAnswer:
    never_store(response)
    return answer(service, params.to_request(texts=[params.q], not_texts=params.not_))


@router.post("/search", responses=declared(400, 404, 413, 422), summary="Search by anything, alone or mixed")
def search(service: CurrentService, request: Annotated[SearchRequest, Body(openapi_examples=_BODIES)]) -> SearchAnswer:
    return answer(service, request)
