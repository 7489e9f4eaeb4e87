"""`/v1/caption`: a picture in, words to search for out."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from models.pictures.captions import WEIGHTS, check_can_caption
from search_api.openapi import example
from search_api.problems import declared
from search_api.service import CurrentService
from search_api.upload_form import form_body, receiving

router = APIRouter(tags=["search"])


class CaptionAnswer(BaseModel):
    model_config = example({"caption": "a sailing boat on the sea at sunset", "model": WEIGHTS, "took_ms": 910.3})

    caption: str = Field(description="what is to be seen, in English; search for it as a text")
    model: str = Field(description="the weights that described it")
    took_ms: float


async def received(request: Request, service: CurrentService) -> AsyncIterator[Path]:
    """The picture; it is deleted after the request. Nothing is received if it could not be described."""
    check_can_caption(service.analyzer.recipe.home.models)
    async with receiving(request, service) as form:
        yield form.path


@router.post(
    "/caption",
    responses=declared(413, 415, 422, 507),
    summary="Describe a picture",
    openapi_extra={"requestBody": form_body("a picture: JPEG, PNG, WebP, GIF, BMP or TIFF")},
)
def caption(service: CurrentService, picture: Annotated[Path, Depends(received)]) -> CaptionAnswer:
    """The caption is a text like any other: edit it, and search for it with `POST /v1/search`.

    503 with the type `pictures-unavailable` says what to install. `pictures` in `/v1/stats` tells beforehand.
    """
    start = time.perf_counter()
    words = service.analyzer.caption(picture)
    return CaptionAnswer(caption=words, model=WEIGHTS, took_ms=round(1000 * (time.perf_counter() - start), 1))
