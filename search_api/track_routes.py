"""`/v1/tracks`: what is in the library."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from catalog.filters import parse_filter
from search_api.answers import (
    SearchAnswer,
    TagsAnswer,
    TrackAnswer,
    TracksAnswer,
    tag_answers,
    track_answer,
    track_summary,
)
from search_api.problems import declared
from search_api.queries import ID_EXAMPLE, ListParams, SimilarParams, WeightedTrack
from search_api.search_routes import answer, never_store
from search_api.service import CurrentService

router = APIRouter(prefix="/tracks", tags=["tracks"])

PathId = Annotated[str, Path(min_length=1, max_length=64, examples=[ID_EXAMPLE])]


@router.get("", responses=declared(400, 422), summary="List the tracks that pass a filter")
def list_tracks(service: CurrentService, params: Annotated[ListParams, Query()]) -> TracksAnswer:
    page = service.catalog.scroll(parse_filter(params.where), params.limit, params.cursor)
    return TracksAnswer(
        profile=service.profile, tracks=[track_summary(track) for track in page.tracks], cursor=page.cursor
    )


@router.get("/{id}", responses=declared(404, 422), summary="Everything stored about a track")
def get_track(service: CurrentService, id: PathId) -> TrackAnswer:  # noqa: A002  the field's own word
    [track] = service.catalog.get([id])
    return track_answer(track)


@router.get("/{id}/tags", responses=declared(404, 422), summary="The tags of a track")
def get_tags(service: CurrentService, id: PathId) -> TagsAnswer:  # noqa: A002
    [track] = service.catalog.get([id])
    return TagsAnswer(profile=service.profile, id=track.id, tags=tag_answers(track))


@router.get("/{id}/similar", responses=declared(400, 404, 422), summary="Tracks that sound like this one")
def similar(
    service: CurrentService,
    response: Response,
    id: PathId,  # noqa: A002
    params: Annotated[SimilarParams, Query()],
) -> SearchAnswer:
    never_store(response)
    return answer(service, params.to_request(tracks=[WeightedTrack(id=id, stem=params.from_stem)]))
