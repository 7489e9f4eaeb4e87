"""`/v1/tracks/{id}/similar`: search by a track."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from catalog import search_options
from search_api.problems import declared
from search_api.queries import SearchOptions, StemName, WeightedTrack, described
from search_api.routes.search import SearchAnswer, answer, never_store
from search_api.routes.tracks import PathId
from search_api.service import CurrentService

router = APIRouter(prefix="/tracks", tags=["tracks"])


class SimilarParams(SearchOptions):
    """The query string of a search by the track in the path."""

    from_stem: Annotated[StemName | None, described(search_options.FROM_STEM)] = None


@router.get("/{id}/similar", responses=declared(400, 404, 422), summary="Tracks that sound like this one")
def similar(
    service: CurrentService,
    response: Response,
    id: PathId,  # noqa: A002
    params: Annotated[SimilarParams, Query()],
) -> SearchAnswer:
    never_store(response)
    return answer(service, params.to_request(tracks=[WeightedTrack(id=id, stem=params.from_stem)]))
