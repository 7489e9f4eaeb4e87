"""`/v1/search/audio`: an audio file or a score in, ranked tracks out."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError

from polymuse.music import MIX
from search_api.openapi import example
from search_api.problems import declared
from search_api.queries import AudioTerm, SearchRequest
from search_api.routes.search import HIT_EXAMPLE, QUERY_EXAMPLE, SearchAnswer, answer
from search_api.service import CurrentService, SearchService
from search_api.upload_analysis import UploadKind
from search_api.upload_form import form_body, receiving

router = APIRouter(tags=["search"])

_QUERY = "a search request as JSON, to which the upload is added; default: the upload alone"
_FILE = "audio that FFmpeg can decode; or a score, where `score_suffixes` of `/v1/stats` are not empty"
_BODY = form_body(_FILE, query={"$ref": "#/components/schemas/SearchRequest-Input", "description": _QUERY})
_UPLOAD_EXAMPLE = "Zk2nUq0cTf2s1l9J0bq3Yw"


class AnalysedAnswer(BaseModel):
    """What an upload was taken for, and how much of it was analysed."""

    kind: UploadKind = Field(description="score: MIDI, ABC or MusicXML, recognised by content and name")
    seconds: float = Field(description="duration of the analysed part; 0 for a score")
    capped: bool = Field(description="whether the upload is longer than that")
    stems: list[str] = Field(description="stems with vectors; the mix replaces any other, as the one of a score does")
    title: str = Field(description="that a score names; may be empty")
    composer: str = Field(description="the same")
    remarks: list[str] = Field(description="what was read leniently, or left out")


class AudioSearchAnswer(SearchAnswer):
    model_config = example(
        {
            "profile": "starter",
            "took_ms": 4.1,
            "query": {**QUERY_EXAMPLE, "texts": [], "audio": [{"token": _UPLOAD_EXAMPLE, "weight": 1.0}]},
            "hits": [HIT_EXAMPLE],
            "next_offset": None,
            "audio_token": _UPLOAD_EXAMPLE,
            "analysed": {
                "kind": "audio",
                "seconds": 34.2,
                "capped": False,
                "stems": ["mix"],
                "title": "",
                "composer": "",
                "remarks": [],
            },
        }
    )

    audio_token: str = Field(description="identifies the upload in `audio` of further searches, for about an hour")
    analysed: AnalysedAnswer


@dataclass(frozen=True, slots=True)
class Received:
    """An upload on disk, and the request that came with it."""

    path: Path
    query: SearchRequest


async def received(request: Request, service: CurrentService) -> AsyncIterator[Received]:
    """The parts of the form; the file is deleted after the request."""
    async with receiving(request, service, "query") as form:
        yield Received(form.path, _read_query(form.fields.get("query", "{}")))


@router.post(
    "/search/audio",
    responses=declared(400, 404, 413, 415, 422, 507),
    summary="Search by an audio file or a score",
    openapi_extra={"requestBody": _BODY},
)
def search_audio(service: CurrentService, upload: Annotated[Received, Depends(received)]) -> AudioSearchAnswer:
    """The file is analysed once. For about an hour, `audio_token` identifies it in `audio` of further searches.

    Stems in the query are separated from the upload if the weights for that are installed; otherwise its mix is
    compared with them. `analysed` shows which. A score finds music of its kind, rarely the same piece.
    """
    return _search(service, upload)


def _search(service: SearchService, upload: Received) -> AudioSearchAnswer:
    stems = tuple(sorted(set(upload.query.stems) - {MIX}))
    analysed = service.analyzer.analyze(upload.path, stems)
    token = service.uploads.keep(analysed)
    query = upload.query.model_copy(update={"audio": [*upload.query.audio, AudioTerm(token=token)]})
    found = answer(service, query)
    return AudioSearchAnswer(
        **dict(found),
        audio_token=token,
        analysed=AnalysedAnswer(
            kind=analysed.kind,
            seconds=round(analysed.seconds, 2),
            capped=analysed.capped,
            stems=sorted(analysed.vectors),
            title=analysed.title,
            composer=analysed.composer,
            remarks=list(analysed.remarks),
        ),
    )


def _read_query(text: str) -> SearchRequest:
    try:
        return SearchRequest.model_validate_json(text)
    except ValidationError as error:
        parts = error.errors(include_url=False, include_context=False, include_input=False)
        raise RequestValidationError([{**part, "loc": ("body", "query", *part["loc"])} for part in parts]) from error
