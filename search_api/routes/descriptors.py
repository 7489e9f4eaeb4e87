"""`/v1/descriptors`: all tags, with their names in a language."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel, Field

from models.tagging.descriptor_bank import BankEntry
from search_api.languages import accepted_languages, look_up
from search_api.openapi import example
from search_api.problems import declared
from search_api.queries import Strict
from search_api.service import CurrentService

router = APIRouter(tags=["library"])

FALLBACK = "en"  # every descriptor has an English name
_CALM = {"slug": "calm", "category": "mood", "name": "平静", "language": "zh", "expressible": True}


class DescriptorAnswer(BaseModel):
    slug: str = Field(description="the name of the tag in filters and responses")
    category: str = Field(description="mood, genre, instruments or texture")
    name: str
    language: str = Field(description="of the name")
    expressible: bool = Field(description="whether this profile can assign the tag")


class DescriptorsAnswer(BaseModel):
    model_config = example({"profile": "starter", "descriptors": [_CALM]})

    profile: str
    descriptors: list[DescriptorAnswer] = Field(description="in the order of the descriptor bank")


class DescriptorParams(Strict):
    lang: Annotated[
        str | None,
        Field(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$", max_length=40, description="a language tag (BCP 47)"),
    ] = None


@router.get("/descriptors", responses=declared(422), summary="All tags, with their names in a language")
async def descriptors(
    service: CurrentService,
    response: Response,
    params: Annotated[DescriptorParams, Query()],
    accept_language: Annotated[str, Header()] = "",
) -> DescriptorsAnswer:
    """Names are in the language `lang`, else in one of `Accept-Language`, else in English."""
    response.headers["Vary"] = "Accept-Language"
    wanted = [*([params.lang] if params.lang else []), *accepted_languages(accept_language), FALLBACK]
    named = [_named(entry, wanted, entry.slug in service.expressible) for entry in service.descriptors]
    return DescriptorsAnswer(profile=service.profile, descriptors=named)


def _named(entry: BankEntry, wanted: list[str], expressible: bool) -> DescriptorAnswer:
    language, name = look_up(entry.names, wanted) or (FALLBACK, entry.names[FALLBACK])
    return DescriptorAnswer(
        slug=entry.slug, category=entry.category, name=name, language=language, expressible=expressible
    )
