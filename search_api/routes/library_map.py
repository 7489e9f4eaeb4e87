"""`/v1/map`: the library as points on a plane."""

import gzip
import json
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from polymuse.music import TrackKind
from search_api.library_map.drawing import CATEGORIES
from search_api.openapi import example
from search_api.queries import ID_EXAMPLE
from search_api.service import CurrentService

router = APIRouter(tags=["library"])


class CodedTags(BaseModel):
    slugs: list[str]
    of: list[int] = Field(description="of each point: the index of its most confident tag in `slugs`, -1 for none")


class MapRegion(BaseModel):
    x: float
    y: float
    level: int = Field(description="0: the largest regions; those of later levels are for a nearer view")
    tags: list[str] = Field(description="slugs of the tags that set it apart from the library, one or two")
    tracks: int


_CODED = {"slugs": ["ambient", "techno"], "of": [0, -1]}
_REGION = {"x": 0.41, "y": 0.77, "level": 0, "tags": ["ambient", "calm"], "tracks": 120}
_HEAD = {"profile": "starter", "state": "ready", "version": "6f1c"}
_POINTS = {
    "x": [0.41033, 0.7],
    "y": [0.77812, 0.1],
    "tags": dict.fromkeys(CATEGORIES, _CODED),
    "bpm": [72, None],
    "key": ["10B", ""],
    "energy": [0.18, 0.9],
    "year": [1888, None],
    "regions": [_REGION],
}
_NAMES = {
    "ids": [ID_EXAMPLE, ID_EXAMPLE],
    "kinds": ["audio", "audio"],
    "titles": ["Gymnopédie No. 1", "Warehouse"],
    "artists": ["Erik Satie", "Unit 7"],
}


class MapHead(BaseModel):
    profile: str
    state: Literal["ready", "computing"] = Field(description="computing: empty; try again in a few seconds")
    version: str = Field(description="points and names of the same version belong together")


class MapAnswer(MapHead):
    """One column for each property; the same index is the same point in all of them and in those of the names."""

    model_config = example(_HEAD | _POINTS)

    x: list[float] = Field(description="0 to 1; similar tracks are close together")
    y: list[float] = Field(description="0 to 1")
    tags: dict[str, CodedTags] = Field(description="by category")
    bpm: list[int | None]
    key: list[str] = Field(description="Camelot codes")
    energy: list[float | None]
    year: list[int | None]
    regions: list[MapRegion]


class MapNames(MapHead):
    model_config = example(_HEAD | _NAMES)

    ids: list[str]
    kinds: list[TrackKind]
    titles: list[str]
    artists: list[str] = Field(description="of a score, its composers")


def _answers(model: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    return {200: {"model": model}, 304: {"description": "Not modified"}}


@router.get("/map", response_class=Response, responses=_answers(MapAnswer), summary="The library as points on a plane")
def library_map(service: CurrentService, request: Request) -> Response:
    """Places and colours of the mixes. Computing them takes a while, the first time and after many were added."""
    drawn = service.map.current()
    if drawn is None:
        return _computing(service.profile, {name: [] for name in _POINTS} | {"tags": {}})
    return _packed(drawn.points, f'"{drawn.version}"', request)


@router.get(
    "/map/names", response_class=Response, responses=_answers(MapNames), summary="What the points of the map are"
)
def map_names(service: CurrentService, request: Request) -> Response:
    """Ids, titles and artists: most of the bytes, which drawing can do without."""
    drawn = service.map.current()
    if drawn is None:
        return _computing(service.profile, {name: [] for name in _NAMES})
    return _packed(drawn.names, f'"{drawn.version}-names"', request)


def _computing(profile: str, columns: dict[str, Any]) -> Response:
    waiting = {"profile": profile, "state": "computing", "version": "", **columns}
    return Response(json.dumps(waiting), media_type="application/json", headers={"Cache-Control": "no-store"})


def _packed(body: bytes, etag: str, request: Request) -> Response:
    """A gzipped body, as the client accepts it."""
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
    known = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
    if etag in known:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(body, media_type="application/json", headers=headers)
    return Response(gzip.decompress(body), media_type="application/json", headers=headers)
