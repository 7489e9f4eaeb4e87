"""`/v1/clusters`: tracks of the library that sound alike, as playlists with names."""

from typing import Annotated, Literal

from fastapi import APIRouter, Header, Path, Query
from pydantic import BaseModel, Field

from polymuse.errors import NotFoundError
from search_api.clusters.clusters import LISTED, Cluster
from search_api.clusters.naming import title
from search_api.languages import accepted_languages
from search_api.openapi import example
from search_api.problems import declared
from search_api.queries import ID_EXAMPLE, Strict
from search_api.routes.descriptors import Language
from search_api.routes.tracks import SUMMARY_EXAMPLE, TrackSummary, track_summary
from search_api.service import CurrentService

router = APIRouter(prefix="/clusters", tags=["library"])

COVERS = 8  # tracks of a cluster in the list of all
CLUSTER_EXAMPLE = {
    "key": "5d1f0a33c2e9",
    "name": "Calm · Piano",
    "tags": ["calm", "piano"],
    "size": 42,
    "artists": ["Erik Satie"],
    "tracks": [ID_EXAMPLE],
}
ClusterKey = Annotated[str, Path(min_length=1, max_length=64, examples=[CLUSTER_EXAMPLE["key"]])]
State = Literal["ready", "computing"]


class ClusterAnswer(BaseModel):
    key: str = Field(description="names the cluster; the same from one day to the next")
    name: str = Field(description="by the tags, or else the artists, that set it apart from the library")
    tags: list[str] = Field(description="slugs of the tags in the name")
    size: int = Field(description="tracks of the library that belong to it")
    artists: list[str] = Field(description="of its most typical tracks")
    tracks: list[str] = Field(description="ids of its most typical tracks")


class ClustersAnswer(BaseModel):
    model_config = example({"profile": "starter", "state": "ready", "clusters": [CLUSTER_EXAMPLE]})

    profile: str
    state: State = Field(description="computing: none are known yet; try again in a few seconds")
    clusters: list[ClusterAnswer] = Field(description="the largest first")


class ClusterTracksAnswer(BaseModel):
    model_config = example({"cluster": CLUSTER_EXAMPLE, "tracks": [SUMMARY_EXAMPLE]})

    cluster: ClusterAnswer
    tracks: list[TrackSummary] = Field(
        description="the most typical first, those of one artist apart, without versions of a song"
    )


class ClusterParams(Strict):
    lang: Language = None


class ClusterTracksParams(ClusterParams):
    limit: Annotated[int, Field(ge=1, le=LISTED)] = 100


AcceptLanguage = Annotated[str, Header()]


@router.get("", responses=declared(422), summary="The library in clusters of tracks that sound alike")
def clusters(
    service: CurrentService, params: Annotated[ClusterParams, Query()], accept_language: AcceptLanguage = ""
) -> ClustersAnswer:
    """Found in the background, at first and after many tracks came or went; new ones join those that there are."""
    found = service.clusters.current()
    state: State = "computing" if found is None else "ready"
    return ClustersAnswer(
        profile=service.profile, state=state, clusters=_answers(service, found or [], params.lang, accept_language)
    )


@router.get("/{key}/tracks", responses=declared(404, 422), summary="The tracks of a cluster, as a playlist")
def cluster_tracks(
    service: CurrentService,
    key: ClusterKey,
    params: Annotated[ClusterTracksParams, Query()],
    accept_language: AcceptLanguage = "",
) -> ClusterTracksAnswer:
    found = service.clusters.current() or []
    chosen = [cluster for cluster in found if cluster.key == key]
    if not chosen:
        raise NotFoundError(f"There is no cluster {key}", "GET /v1/clusters lists those that there are")
    [answer] = _answers(service, chosen, params.lang, accept_language)
    known = {track.id: track for track in service.catalog.known(chosen[0].tracks[: params.limit])}
    tracks = [track_summary(known[id_]) for id_ in chosen[0].tracks if id_ in known]
    return ClusterTracksAnswer(cluster=answer, tracks=tracks)


def _answers(service: CurrentService, found: list[Cluster], lang: str | None, header: str) -> list[ClusterAnswer]:
    languages = [*([lang] if lang else []), *accepted_languages(header)]
    descriptors = service.live_descriptors.current().by_slug
    return [
        ClusterAnswer(
            key=cluster.key,
            name=title(cluster.name, descriptors, languages),
            tags=list(cluster.name.tags),
            size=cluster.size,
            artists=list(cluster.artists),
            tracks=list(cluster.tracks[:COVERS]),
        )
        for cluster in found
    ]
