"""`/v1/tracks/{id}/audio`: what a track sounds like."""

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from catalog.keys import readable
from search_api.file_answers import file_answer
from search_api.problems import declared
from search_api.service import CurrentService
from search_api.track_files import open_track_file
from search_api.track_routes import PathId

router = APIRouter(prefix="/tracks", tags=["media"])

_AUDIO: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file as it is",
        "content": {"audio/*": {"schema": {"type": "string", "format": "binary"}}},
    },
    206: {"description": "A range of it", "content": {"audio/*": {"schema": {"type": "string", "format": "binary"}}}},
    304: {"description": "The client has it already"},
    **declared(404, 416, 422),
}


@router.head("/{id}/audio", include_in_schema=False)
@router.get("/{id}/audio", response_class=Response, responses=_AUDIO, summary="The audio of a track")
def audio(service: CurrentService, request: Request, id: PathId) -> Response:  # noqa: A002  the field's own word
    """The track's file, or of several the first that is still there. `Range` asks for a part of it."""
    [track] = service.catalog.get([id])
    content, media_type = open_track_file(track)
    name = quote(readable(content.path.name))
    headers = {"Content-Disposition": f"inline; filename*=UTF-8''{name}", "Cache-Control": "private, no-cache"}
    return file_answer(request, content, media_type, headers)
