"""`/healthz`, `/readyz`, `/metrics` and `/v1/stats`: how the service and its library are."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from search_api.answers import HealthAnswer, StatsAnswer
from search_api.metrics import Metrics
from search_api.problems import declared
from search_api.service import CurrentService

probes = APIRouter(tags=["status"])
figures = APIRouter(tags=["status"])
router = APIRouter(tags=["status"])


@probes.get("/healthz", summary="Whether the process answers at all")
async def healthz() -> HealthAnswer:
    return HealthAnswer(status="ok")


@probes.get("/readyz", responses=declared(503), summary="Whether the store and the text encoder work")
def readyz(service: CurrentService) -> HealthAnswer:
    service.check()
    return HealthAnswer(status="ok")


@figures.get("/metrics", response_class=PlainTextResponse, summary="Figures of the service for Prometheus")
def metrics(request: Request) -> Response:
    found: Metrics = request.app.state.metrics
    return Response(found.text(), media_type=CONTENT_TYPE_PLAIN_0_0_4)


@router.get("/stats", summary="How much is in the library")
def stats(service: CurrentService) -> StatsAnswer:
    stats = service.catalog.stats()
    return StatsAnswer(
        profile=service.profile,
        tracks=stats.tracks,
        hours=round(stats.hours, 3),
        stems=dict(stats.stems),
        bytes_on_disk=stats.bytes_on_disk,
    )
