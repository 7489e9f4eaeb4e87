"""`/v1/marks`, `/v1/tracks/{id}/marks` and `/played`: favourites, hidden tracks, wrong tags and plays.

A library is shared by all who use the service, and so are its marks: changing them needs an admin key.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from catalog.marks import MarkChange, as_moment
from catalog.track import Track
from polymuse.errors import UserError
from search_api.openapi import example
from search_api.problems import declared
from search_api.queries import ID_EXAMPLE, Slug, Strict, TrackId
from search_api.routes.tracks import MARKS_EXAMPLE, MarksAnswer, PathId, marks_answer
from search_api.service import CurrentService, SearchService

changes = APIRouter(tags=["tracks"])

MAX_IDS = 1000  # of a request
MAX_SLUGS = 100
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
CLOCKS_DIFFER = timedelta(minutes=5)

Slugs = Annotated[list[Slug], Field(max_length=MAX_SLUGS)]


class MarksChange(Strict):
    """What is left out stays as it is."""

    favourite: bool | None = None
    hidden: bool | None = Field(default=None, description="hidden tracks are left out of everything, see `hidden:`")
    wrong: Slugs = Field(default=[], description="tags that do not apply")
    not_wrong: Slugs = Field(default=[], description="tags that are no longer said not to apply")

    def to_change(self) -> MarkChange:
        """Raises UserError."""
        return MarkChange(self.favourite, self.hidden, tuple(self.wrong), tuple(self.not_wrong))


class ManyMarksChange(MarksChange):
    ids: Annotated[list[TrackId], Field(min_length=1, max_length=MAX_IDS)]


class Play(Strict):
    at: Annotated[str, Field(max_length=40, examples=["2026-11-30T12:00:00Z"])] = Field(
        default="", description="when it began, ISO 8601 with a time zone; default: now. The same time counts once"
    )


class MarkedAnswer(BaseModel):
    model_config = example({"profile": "starter", "id": ID_EXAMPLE, "marks": MARKS_EXAMPLE})

    profile: str
    id: str
    marks: MarksAnswer


class ManyMarkedAnswer(BaseModel):
    model_config = example({"profile": "starter", "marks": {ID_EXAMPLE: MARKS_EXAMPLE}})

    profile: str
    marks: dict[str, MarksAnswer] = Field(description="by the id of the track")


@changes.patch(
    "/tracks/{id}/marks", responses=declared(400, 403, 404, 413, 415, 422), summary="Change the marks of a track"
)
def mark_track(service: CurrentService, id: PathId, wanted: MarksChange) -> MarkedAnswer:  # noqa: A002
    [track] = _marked(service, [id], wanted)
    return MarkedAnswer(profile=service.profile, id=track.id, marks=marks_answer(track))


@changes.post("/marks", responses=declared(400, 403, 404, 413, 415, 422), summary="Change the marks of several tracks")
def mark_tracks(service: CurrentService, wanted: ManyMarksChange) -> ManyMarkedAnswer:
    """All of them or, if one is unknown, none."""
    tracks = _marked(service, wanted.ids, wanted)
    return ManyMarkedAnswer(profile=service.profile, marks={track.id: marks_answer(track) for track in tracks})


@changes.post(
    "/tracks/{id}/played", responses=declared(400, 403, 404, 413, 415, 422), summary="Count a play of a track"
)
def played(service: CurrentService, id: PathId, play: Play) -> MarkedAnswer:  # noqa: A002
    """Players call it once a play, after half of the track or four minutes; repeated with the same time it is safe."""
    change = MarkChange(played_at=_time_of(play.at))
    [track] = service.catalog.mark([id], change)
    return MarkedAnswer(profile=service.profile, id=track.id, marks=marks_answer(track))


def _marked(service: SearchService, ids: list[str], wanted: MarksChange) -> list[Track]:
    """Raises NotFoundError, UserError."""
    change = wanted.to_change()
    if unknown := {*change.wrong} - service.live_descriptors.current().by_slug.keys():
        unknown -= {tag.slug for track in service.catalog.get(ids) for tag in track.tags}
        if unknown:
            raise UserError(f'There is no tag "{min(unknown)}"', "GET /v1/descriptors lists them")
    return service.catalog.mark(ids, change)


def _time_of(text: str) -> str:
    """Raises UserError for a text that is no time, and for a time that no play can have begun at."""
    now = datetime.now(UTC)
    try:
        at = as_moment(text) if text else as_moment(now.isoformat())
    except ValueError:
        raise UserError("`at` is not a time with a time zone", "Write it as 2026-11-30T12:00:00Z") from None
    if not EARLIEST <= datetime.fromisoformat(at) <= now + CLOCKS_DIFFER:
        raise UserError(f"Nothing was played at {at}", "Give a time since 1970 that has passed; check the clock")
    return at
