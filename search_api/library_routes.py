"""`/v1/facets` and `/v1/descriptors`: by what the library can be narrowed down, and how that is called."""

from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from catalog.filters import parse_filter
from models.tagging.descriptor_bank import BankEntry
from search_api.languages import accepted_languages, look_up
from search_api.problems import declared
from search_api.queries import Strict, WhereText
from search_api.service import CurrentService

router = APIRouter(tags=["library"])

FacetField = Literal["artist", "album", "genre", "year", "tag", "stem"]  # those of catalog.facets
MAX_VALUES = 1000
FALLBACK = "en"  # the one language that every descriptor is named in
_CALM = {"slug": "calm", "category": "mood", "name": "平静", "language": "zh", "expressible": True}


class FacetValue(BaseModel):
    value: str = Field(description="as a filter takes it: a name, a year, the slug of a tag, the name of a stem")
    tracks: int


class FacetAnswer(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"profile": "starter", "field": "artist", "values": [{"value": "Erik Satie", "tracks": 12}]}]
        }
    )

    profile: str
    field: str
    values: list[FacetValue] = Field(description="the most frequent first, ties by name")


class FacetParams(Strict):
    field: FacetField = Field(description="what to count by; of tags, those of confidence 0.5 and more")
    where: WhereText = ""
    limit: Annotated[int, Field(ge=1, le=MAX_VALUES, description="number of values at most")] = 50


class DescriptorAnswer(BaseModel):
    slug: str = Field(description="what it is called in filters and answers")
    category: str = Field(description="mood, genre, instruments or texture")
    name: str
    language: str = Field(description="of the name")
    expressible: bool = Field(description="whether tracks get it as a tag under this profile")


class DescriptorsAnswer(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"profile": "starter", "descriptors": [_CALM]}]})

    profile: str
    descriptors: list[DescriptorAnswer] = Field(description="in the order of the descriptor bank")


class DescriptorParams(Strict):
    lang: Annotated[
        str | None,
        Field(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$", max_length=40, description="a language tag (BCP 47)"),
    ] = None


@router.get("/facets", responses=declared(400, 422), summary="How many tracks have each value of a field")
def facets(service: CurrentService, params: Annotated[FacetParams, Query()]) -> FacetAnswer:
    counts = service.catalog.facets(params.field, parse_filter(params.where), params.limit)
    values = [FacetValue(value=value, tracks=tracks) for value, tracks in counts.items()]
    return FacetAnswer(profile=service.profile, field=params.field, values=values)


@router.get("/descriptors", responses=declared(422), summary="What tracks can be tagged with, in a language")
async def descriptors(
    service: CurrentService,
    response: Response,
    params: Annotated[DescriptorParams, Query()],
    accept_language: Annotated[str, Header()] = "",
) -> DescriptorsAnswer:
    """Names come in the language asked for by `lang`, else in one of `Accept-Language`, else in English."""
    response.headers["Vary"] = "Accept-Language"
    wanted = [*([params.lang] if params.lang else []), *accepted_languages(accept_language), FALLBACK]
    library = service.library
    named = [_named(entry, wanted, entry.slug in library.expressible) for entry in library.descriptors]
    return DescriptorsAnswer(profile=service.profile, descriptors=named)


def _named(entry: BankEntry, wanted: list[str], expressible: bool) -> DescriptorAnswer:
    language, name = look_up(entry.names, wanted) or (FALLBACK, entry.names[FALLBACK])
    return DescriptorAnswer(
        slug=entry.slug, category=entry.category, name=name, language=language, expressible=expressible
    )
