"""`/v1/facets`: how many tracks have each value of a field."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from catalog.facets import FacetQuery
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
MAX_OFFSET = 10_000_000


class FacetValue(BaseModel):
    value: str = Field(description="as in a filter: a name, a year, the slug of a tag, the name of a stem, a kind")
    tracks: int


class FacetAnswer(BaseModel):
    model_config = example(
        {
            "profile": "starter",
            "field": "artist",
            "values": [{"value": "Erik Satie", "tracks": 12}],
            "total": 1,
            "initials": [],
        }
    )

    profile: str
    field: str
    values: list[FacetValue] = Field(description="most frequent first, ties by name; or by name")
    total: int = Field(description="values that match")
    initials: list[FacetValue] = Field(
        description="with `sort=name`: the letters of an index, `#` for digits and signs, and how many values each has"
    )


class FacetParams(Strict):
    field: FacetField = Field(description="the field to count; tags count from a confidence of 0.5")
    where: WhereText = ""
    limit: Annotated[int, Field(ge=1, le=MAX_VALUES, description="maximum number of values")] = 50
    offset: Annotated[int, Field(ge=0, le=MAX_OFFSET, description="values to skip")] = 0
    q: Annotated[
        str, Field(max_length=200, description="only values with words that begin so, whatever case and diacritics")
    ] = ""
    sort: Annotated[
        Literal["tracks", "name"], Field(description="the most frequent first, or by name, in alphabetical order")
    ] = "tracks"
    initial: Annotated[str, Field(max_length=8, description="with `sort=name`: only values under this letter")] = ""


@router.get("/facets", responses=declared(400, 422), summary="How many tracks have each value of a field")
def facets(service: CurrentService, params: Annotated[FacetParams, Query()]) -> FacetAnswer:
    by_name = params.sort == "name"
    wanted = FacetQuery(params.field, params.q, params.initial, by_name, params.limit, params.offset)
    page = service.catalog.facet_page(wanted, parse_filter(params.where))

    def values(counts: Mapping[str, int]) -> list[FacetValue]:
        return [FacetValue(value=value, tracks=tracks) for value, tracks in counts.items()]

    return FacetAnswer(
        profile=service.profile,
        field=params.field,
        values=values(page.values),
        total=page.total,
        initials=values(page.initials),
    )
