"""`/v1/tracks/{id}/audio`, `/cover` and `/waveform`."""

from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import quote

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from catalog.keys import readable
from catalog.track import Track
from polymuse.errors import BadAudioError, NotFoundError
from search_api.media.derived import COVER, WAV, WAVEFORM, Kind, Source, open_cover
from search_api.media.file_answers import OpenFile, file_answer
from search_api.media.track_files import is_disguised, open_track_file
from search_api.problems import declared
from search_api.queries import Strict
from search_api.routes.tracks import PathId
from search_api.service import CurrentService, SearchService

router = APIRouter(prefix="/tracks", tags=["media"])

REVALIDATE = {"Cache-Control": "private, no-cache"}
KEEP = {"Cache-Control": "private, max-age=3600"}

# Requests that wait for a derived file block threads; they must not use up those that searches run in.
_waiting = {kind: CapacityLimiter(2) for kind in (COVER, WAVEFORM, WAV)}


class WaveformAnswer(BaseModel):
    seconds: float = Field(description="duration of the decoded audio")
    peaks: list[float] = Field(description="0 to 1, relative to full scale; one per equal part of the track")


class AudioParams(Strict):
    format: Literal["wav"] | None = Field(
        default=None, description="wav: a copy that every browser can play; default: the file unchanged"
    )


class CoverParams(Strict):
    optional: bool = Field(
        default=False, description="204 instead of 404 if there is none: browsers report every 404 of a page"
    )


def _binary(*media_types: str) -> dict[str, Any]:
    return {"content": {each: {"schema": {"type": "string", "format": "binary"}} for each in media_types}}


_AUDIO: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file", **_binary("audio/*")},
    206: {"description": "The requested range of the file", **_binary("audio/*")},
    304: {"description": "Not modified"},
    **declared(404, 416, 422),
}
_COVER: dict[int | str, dict[str, Any]] = {
    200: {"description": "The picture", **_binary("image/jpeg", "image/png", "image/gif", "image/webp")},
    204: {"description": "There is none, and it is optional"},
    304: {"description": "Not modified"},
    **declared(404, 416, 422),
}
_WAVEFORM: dict[int | str, dict[str, Any]] = {
    200: {"model": WaveformAnswer},
    304: {"description": "Not modified"},
    **declared(404, 416, 422),
}


@router.head("/{id}/audio", include_in_schema=False)
@router.get("/{id}/audio", response_class=Response, responses=_AUDIO, summary="The audio of a track")
async def audio(
    service: CurrentService,
    request: Request,
    id: PathId,  # noqa: A002  the field's own word
    params: Annotated[AudioParams, Query()],
) -> Response:
    """The track's file; if there are several, the first that exists. Supports `Range`.

    DTS or AC-3 in a WAV file whose header says PCM is decoded.
    """
    track = await _track(service, id)
    if params.format == "wav":
        return await _wav_copy(service, request, track)
    content, media_type = await run_in_threadpool(open_track_file, track, service.folders)
    if is_disguised(track, media_type):
        content.close()
        return await _wav_copy(service, request, track)
    return file_answer(request, content, media_type, {**REVALIDATE, **_named(content.path.name)})


@router.head("/{id}/cover", include_in_schema=False)
@router.get("/{id}/cover", response_class=Response, responses=_COVER, summary="The cover of a track")
async def cover(
    service: CurrentService,
    request: Request,
    id: PathId,  # noqa: A002
    params: Annotated[CoverParams, Query()],
) -> Response:
    """The picture embedded in the track's file, or `cover`, `folder` or `front` (.jpg, .png, .webp) from its folder."""
    track = await _track(service, id)
    try:
        embedded, source = await _made(service, COVER, track)
        content, media_type = await run_in_threadpool(open_cover, embedded, source)
    except (NotFoundError, BadAudioError):
        if params.optional:
            return Response(status_code=204, headers=KEEP)
        raise
    return file_answer(request, content, media_type, KEEP)


@router.head("/{id}/waveform", include_in_schema=False)
@router.get("/{id}/waveform", response_class=Response, responses=_WAVEFORM, summary="The peaks of a track")
async def waveform(service: CurrentService, request: Request, id: PathId) -> Response:  # noqa: A002
    """1000 peaks. The first request decodes the track."""
    content, _ = await _made(service, WAVEFORM, await _track(service, id))
    return file_answer(request, content, "application/json", REVALIDATE)


async def _track(service: SearchService, id_: str) -> Track:
    [track] = await run_in_threadpool(service.catalog.get, [id_])
    return track


async def _wav_copy(service: SearchService, request: Request, track: Track) -> Response:
    content, source = await _made(service, WAV, track)
    return file_answer(request, content, "audio/wav", {**REVALIDATE, **_named(f"{source.path.stem}.wav")})


async def _made(service: SearchService, kind: Kind, track: Track) -> tuple[OpenFile, Source]:
    media = service.media
    source = await run_in_threadpool(Source.of, track, service.folders)
    found = await run_in_threadpool(media.find, kind, source)
    if found is None:
        found = await to_thread.run_sync(partial(media.get, kind, source), limiter=_waiting[kind])
    return found, source


def _named(name: str) -> dict[str, str]:
    return {"Content-Disposition": f"inline; filename*=UTF-8''{quote(readable(name))}"}
