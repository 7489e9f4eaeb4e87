"""`/v1/journeys`: from one track to another in small steps."""

import time
from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import BaseModel, Field

from catalog.filters import Filter
from catalog.journeys.journey import MAX_EXCLUDED, MAX_SEED, MAX_TRACKS, MIN_TRACKS, NO_LIMIT, Journey, Relaxed, Step
from polymuse.music import MIX
from search_api.openapi import example
from search_api.problems import declared
from search_api.queries import ID_EXAMPLE, StemName, Strict, TrackId, Where
from search_api.routes.tracks import SUMMARY_EXAMPLE, TrackSummary, summary_fields
from search_api.service import CurrentService

router = APIRouter(prefix="/journeys", tags=["search"])

OTHER_ID = "0d9c7a3e-64a5-5b5c-8a55-2f1f7a8a1f10"
_BODIES: dict[str, Any] = {
    "twelve tracks": {"value": {"start": ID_EXAMPLE, "end": OTHER_ID}},
    "by the vocals, another try": {
        "value": {"start": ID_EXAMPLE, "end": OTHER_ID, "count": 20, "stem": "vocals", "variety": 0.5, "seed": 2}
    },
}

Limit = Annotated[int, Field(ge=NO_LIMIT, le=MAX_TRACKS)]
Excluded = Annotated[list[TrackId], Field(max_length=MAX_EXCLUDED)]


class JourneyRequest(Strict):
    """Two ends, both part of the journey, and what is between them."""

    start: TrackId
    end: TrackId
    count: int = Field(default=12, ge=MIN_TRACKS, le=MAX_TRACKS, description="tracks, both ends included")
    stem: StemName = Field(default=MIX, description="what is compared")
    per_artist: Limit = Field(default=1, description="tracks of one artist at most, the ends included; 0: any number")
    per_album: Limit = Field(default=1, description="the same of one album")
    variety: float = Field(
        default=0.0, ge=0, le=1, description="0: the smoothest path; towards 1: another one for each seed"
    )
    seed: int = Field(default=0, ge=0, le=MAX_SEED, description="the same seed gives the same journey")
    where: Where = Filter()
    exclude: Excluded = Field(default=[], description="ids of tracks that must not be between the ends")

    def to_journey(self) -> Journey:
        fields = {name: getattr(self, name) for name in type(self).model_fields if name != "exclude"}
        return Journey(**fields, exclude=frozenset(self.exclude))


class StepAnswer(TrackSummary):
    to_previous: float | None = Field(description="cosine of its stem with that of the track before; null: the start")
    to_start: float = Field(description="cosine with the start")


class JourneyAnswer(BaseModel):
    model_config = example(
        {
            "profile": "starter",
            "took_ms": 41.0,
            "relaxed": ["album"],
            "per_artist": 1,
            "per_album": 0,
            "tracks": [
                {**SUMMARY_EXAMPLE, "to_previous": None, "to_start": 1.0},
                {**SUMMARY_EXAMPLE, "id": OTHER_ID, "to_previous": 0.81, "to_start": 0.81},
            ],
        }
    )

    profile: str
    took_ms: float
    relaxed: list[Relaxed] = Field(
        description="limits that could not be kept, in the order in which they were given up; count: it is shorter"
    )
    per_artist: int = Field(description="the limit that was kept; 0: none")
    per_album: int
    tracks: list[StepAnswer] = Field(description="in their order; the first is the start and the last the end")


@router.post("", responses=declared(400, 404, 413, 422), summary="Tracks that lead from one to another")
def find_journey(
    service: CurrentService, request: Annotated[JourneyRequest, Body(openapi_examples=_BODIES)]
) -> JourneyAnswer:
    """Every step is small, and no song is repeated. There is a journey as long as both ends exist and have the stem."""
    begun = time.perf_counter()
    found = service.catalog.journey(request.to_journey())
    return JourneyAnswer(
        profile=service.profile,
        relaxed=list(found.relaxed),
        per_artist=found.per_artist,
        per_album=found.per_album,
        tracks=[_step(step) for step in found.steps],
        took_ms=round((time.perf_counter() - begun) * 1000, 1),
    )


def _step(step: Step) -> StepAnswer:
    return StepAnswer(**summary_fields(step.track), to_previous=step.to_previous, to_start=step.to_start)
