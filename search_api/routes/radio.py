"""`/v1/radio`: what to play next."""

import time
from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import BaseModel, Field

from catalog.filters import Filter
from catalog.journeys.journey import MAX_EXCLUDED
from catalog.journeys.radio import MAX_COUNT, MAX_GAP, MAX_SEEDS, Gap, Radio
from polymuse.music import MIX
from search_api.openapi import example
from search_api.problems import declared
from search_api.queries import ID_EXAMPLE, StemName, Strict, TrackId, Where
from search_api.routes.tracks import SUMMARY_EXAMPLE, TrackSummary, track_summary
from search_api.service import CurrentService

router = APIRouter(prefix="/radio", tags=["search"])

_BODIES: dict[str, Any] = {
    "the first tracks": {"value": {"seeds": [ID_EXAMPLE]}},
    "further ones": {"value": {"seeds": [ID_EXAMPLE], "liked": [ID_EXAMPLE], "exclude": [ID_EXAMPLE], "count": 5}},
}

Ids = Annotated[list[TrackId], Field(max_length=MAX_EXCLUDED)]
GapTracks = Annotated[int, Field(ge=0, le=MAX_GAP)]


class RadioRequest(Strict):
    """Where the radio begins, and what was played. The service remembers nothing; unknown ids are ignored."""

    seeds: list[TrackId] = Field(min_length=1, max_length=MAX_SEEDS, description="what it is to sound like")
    liked: Ids = Field(default=[], description="more like these; the latest last")
    disliked: Ids = Field(default=[], description="less like these")
    exclude: Ids = Field(default=[], description="all that was played; nor is any version of it played again")
    recent: Ids = Field(default=[], description="the tracks played last, in their order, for the gaps")
    count: int = Field(default=10, ge=1, le=MAX_COUNT)
    stem: StemName = Field(default=MIX, description="what is compared")
    artist_gap: GapTracks = Field(default=5, description="tracks between two with an artist in common")
    album_gap: GapTracks = Field(default=10, description="tracks between two of one album")
    where: Where = Filter()

    def to_radio(self) -> Radio:
        return Radio(
            seeds=tuple(self.seeds),
            liked=tuple(self.liked),
            disliked=tuple(self.disliked),
            exclude=frozenset(self.exclude),
            recent=tuple(self.recent),
            count=self.count,
            stem=self.stem,
            artist_gap=self.artist_gap,
            album_gap=self.album_gap,
            where=self.where,
        )


class RadioAnswer(BaseModel):
    model_config = example(
        {"profile": "starter", "took_ms": 35.0, "exhausted": False, "relaxed": [], "tracks": [SUMMARY_EXAMPLE]}
    )

    profile: str
    took_ms: float
    exhausted: bool = Field(
        description="whether there are no more tracks than these; to begin again, leave out `exclude`"
    )
    relaxed: list[Gap] = Field(description="gaps that could not be kept")
    tracks: list[TrackSummary] = Field(description="in the order in which they are to be played")


@router.post("", responses=declared(400, 404, 413, 422), summary="What to play next")
def next_tracks(
    service: CurrentService, request: Annotated[RadioRequest, Body(openapi_examples=_BODIES)]
) -> RadioAnswer:
    """Recordings that resemble the seeds and what is liked, without repeating a song."""
    begun = time.perf_counter()
    found = service.catalog.radio(request.to_radio())
    return RadioAnswer(
        profile=service.profile,
        exhausted=found.exhausted,
        relaxed=list(found.relaxed),
        tracks=[track_summary(track) for track in found.tracks],
        took_ms=round((time.perf_counter() - begun) * 1000, 1),
    )
