"""`/healthz`, `/readyz` and `/v1/stats`: how the service and its library are."""

from fastapi import APIRouter

from search_api.answers import HealthAnswer, StatsAnswer
from search_api.problems import declared
from search_api.service import CurrentService

probes = APIRouter(tags=["status"])
router = APIRouter(tags=["status"])


@probes.get("/healthz", summary="Whether the process answers at all")
async def healthz() -> HealthAnswer:
    return HealthAnswer(status="ok")


@probes.get("/readyz", responses=declared(503), summary="Whether the store and the text encoder work")
def readyz(service: CurrentService) -> HealthAnswer:
    service.check()
    return HealthAnswer(status="ok")


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
