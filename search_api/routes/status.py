"""`/healthz`, `/readyz`, `/metrics` and `/v1/stats`: state of the service and of its library."""

from typing import Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from pydantic import BaseModel, Field

from models.pictures.captions import can_caption
from search_api.metrics import Metrics
from search_api.openapi import example
from search_api.problems import declared
from search_api.service import CurrentLoader, CurrentService

probes = APIRouter(tags=["status"])
figures = APIRouter(tags=["status"])
router = APIRouter(tags=["status"])


class StatsAnswer(BaseModel):
    model_config = example(
        {
            "profile": "starter",
            "tracks": 176,
            "missing": 0,
            "scores": 12,
            "hours": 9.5,
            "stems": {"mix": 176, "vocals": 40},
            "bytes_on_disk": 9999360,
            "score_suffixes": [],
            "pictures": False,
        }
    )

    profile: str
    tracks: int = Field(description="without those that are missing")
    missing: int = Field(description="tracks whose files are gone, kept for a while")
    scores: int = Field(description="of the tracks")
    hours: float = Field(description="total duration of the others")
    stems: dict[str, int] = Field(description="stem -> number of tracks with a vector of it")
    bytes_on_disk: int
    score_suffixes: list[str] = Field(description="names of scores that can be sent as queries; none: no scores can")
    pictures: bool = Field(description="whether `POST /v1/caption` is installed")


class HealthAnswer(BaseModel):
    model_config = example({"status": "ok"})

    status: Literal["ok"]


@probes.get("/healthz", summary="Whether the process is running")
async def healthz() -> HealthAnswer:
    return HealthAnswer(status="ok")


@probes.get("/readyz", responses=declared(503), summary="Whether the store and the text encoder work")
def readyz(loader: CurrentLoader) -> HealthAnswer:
    loader.check()
    return HealthAnswer(status="ok")


@figures.get("/metrics", response_class=PlainTextResponse, summary="Metrics for Prometheus")
def metrics(request: Request) -> Response:
    found: Metrics = request.app.state.metrics
    return Response(found.text(), media_type=CONTENT_TYPE_PLAIN_0_0_4)


@router.get("/stats", summary="Size of the library")
def stats(service: CurrentService) -> StatsAnswer:
    stats = service.catalog.stats()
    return StatsAnswer(
        profile=service.profile,
        tracks=stats.tracks,
        missing=stats.missing,
        scores=stats.scores,
        hours=round(stats.hours, 3),
        stems=dict(stats.stems),
        bytes_on_disk=stats.bytes_on_disk,
        score_suffixes=list(service.score_suffixes),
        pictures=can_caption(service.analyzer.recipe.home.models),
    )
