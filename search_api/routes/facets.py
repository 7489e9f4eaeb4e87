"""`/v1/facets`: by what the library can be narrowed down."""

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from catalog.fields import FACETS
from catalog.filters import parse_filter
from search_api.openapi import example
from search_api.problems import declared
from search_api.queries import Strict, WhereText
from search_api.service import CurrentService

router = APIRouter(tags=["library"])

if TYPE_CHECKING:
    FacetField = str
else:
    FacetField = Literal[*FACETS]
MAX_VALUES = 1000


class FacetValue(BaseModel):
    value: str = Field(description="as a filter takes it: a name, a year, the slug of a tag, the name of a stem")
    tracks: int


class FacetAnswer(BaseModel):
    model_config = example({"profile": "starter", "field": "artist", "values": [{"value": "Erik Satie", "tracks": 12}]})

    profile: str
    field: str
    values: list[FacetValue] = Field(description="the most frequent first, ties by name")


class FacetParams(Strict):
    field: FacetField = Field(description="what to count by; of tags, those of confidence 0.5 and more")
    where: WhereText = ""
    limit: Annotated[int, Field(ge=1, le=MAX_VALUES, description="number of values at most")] = 50


@router.get("/facets", responses=declared(400, 422), summary="How many tracks have each value of a field")
def facets(service: CurrentService, params: Annotated[FacetParams, Query()]) -> FacetAnswer:
    counts = service.catalog.facets(params.field, parse_filter(params.where), params.limit)
    values = [FacetValue(value=value, tracks=tracks) for value, tracks in counts.items()]
    return FacetAnswer(profile=service.profile, field=params.field, values=values)
