"""`/v1/facets`: how many tracks have each value of a field."""

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
    value: str = Field(description="as in a filter: a name, a year, the slug of a tag, the name of a stem, a kind")
    tracks: int


class FacetAnswer(BaseModel):
    model_config = example({"profile": "starter", "field": "artist", "values": [{"value": "Erik Satie", "tracks": 12}]})

    profile: str
    field: str
    values: list[FacetValue] = Field(description="most frequent first, ties by name")


class FacetParams(Strict):
    field: FacetField = Field(description="the field to count; tags count from a confidence of 0.5")
    where: WhereText = ""
    limit: Annotated[int, Field(ge=1, le=MAX_VALUES, description="maximum number of values")] = 50


@router.get("/facets", responses=declared(400, 422), summary="How many tracks have each value of a field")
def facets(service: CurrentService, params: Annotated[FacetParams, Query()]) -> FacetAnswer:
    counts = service.catalog.facets(params.field, parse_filter(params.where), params.limit)
    values = [FacetValue(value=value, tracks=tracks) for value, tracks in counts.items()]
    return FacetAnswer(profile=service.profile, field=params.field, values=values)
