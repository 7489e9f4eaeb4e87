"""`/v1/map`: the library as points on a plane."""

import gzip
import json
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from polymuse.music import TrackKind
from search_api.openapi import example
from search_api.queries import ID_EXAMPLE
from search_api.service import CurrentService

router = APIRouter(tags=["library"])


class MapPoint(BaseModel):
    id: str
    x: float = Field(description="0 to 1")
    y: float = Field(description="0 to 1")
    kind: TrackKind
    title: str
    artist: str = Field(description="of a score, its composers")
    tags: dict[str, str] = Field(description="category -> slug of the most confident tag")


_POINT = {
    "id": ID_EXAMPLE,
    "x": 0.4103,
    "y": 0.7781,
    "kind": "audio",
    "title": "Gymnopédie No. 1",
    "artist": "Erik Satie",
    "tags": {"mood": "calm", "instruments": "piano"},
}


class MapAnswer(BaseModel):
    model_config = example({"profile": "starter", "state": "ready", "points": [_POINT]})

    profile: str
    state: Literal["ready", "computing"] = Field(description="computing: try again in a few seconds")
    points: list[MapPoint] = Field(description="similar tracks are close together; in no particular order")


_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"model": MapAnswer},
    304: {"description": "Not modified"},
}


@router.get("/map", response_class=Response, responses=_ANSWERS, summary="The library as points on a plane")
def library_map(service: CurrentService, request: Request) -> Response:
    """Positions of the mixes. Computing them takes a while, the first time and after many tracks were added."""
    drawn = service.map.current()
    if drawn is None:
        waiting = {"profile": service.profile, "state": "computing", "points": []}
        return Response(json.dumps(waiting), media_type="application/json", headers={"Cache-Control": "no-store"})
    headers = {"ETag": drawn.etag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
    known = {etag.strip().removeprefix("W/") for etag in request.headers.get("if-none-match", "").split(",")}
    if drawn.etag in known:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(drawn.compressed, media_type="application/json", headers=headers)
    return Response(gzip.decompress(drawn.compressed), media_type="application/json", headers=headers)
