"""`/v1/failures`: the files that could not be indexed."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from search_api.indexing import CurrentIndexing
from search_api.openapi import example
from search_api.problems import declared
from search_api.queries import Strict
from search_api.routes.folders import PathText
from search_api.routes.jobs import JobAnswer, job_answer

router = APIRouter(prefix="/failures", tags=["library"])
changes = APIRouter(prefix="/failures", tags=["library"])

MAX_RETRIED = 1000


class FailureAnswer(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    path: str
    name: str
    stage: str = Field(description="scan, identify, analyze, score or store")
    cause: str
    advice: str


class FailuresAnswer(BaseModel):
    model_config = example(
        {
            "failures": [
                {
                    "path": "/music/broken.mp3",
                    "name": "broken.mp3",
                    "stage": "analyze",
                    "cause": "it contains no audio",
                    "advice": "Replace the file",
                }
            ],
            "total": 1,
            "cursor": None,
        }
    )

    failures: list[FailureAnswer] = Field(description="in order of their paths")
    total: int
    cursor: str | None = Field(description="parameter for the next page; null on the last one")


class ListParams(Strict):
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    cursor: Annotated[str | None, Field(pattern=r"^[0-9]{1,9}$", description="`cursor` of the previous page")] = None


class Retry(Strict):
    paths: Annotated[
        list[PathText] | None, Field(max_length=MAX_RETRIED, description="as listed; default: all failures")
    ] = None


@router.get("", responses=declared(404, 422), summary="The files that could not be indexed, and why")
def list_failures(
    indexing: CurrentIndexing, response: Response, params: Annotated[ListParams, Query()]
) -> FailuresAnswer:
    response.headers["Cache-Control"] = "no-store"
    page = indexing.failures(int(params.cursor or 0), params.limit)
    failures = [FailureAnswer.model_validate(failure) for failure in page.failures]
    return FailuresAnswer(failures=failures, total=page.total, cursor=page.cursor)


@changes.post(
    "/retry", status_code=202, responses=declared(400, 403, 404, 413, 415, 422), summary="Try failed files again"
)
def retry_failures(indexing: CurrentIndexing, retry: Retry) -> JobAnswer:
    return job_answer(indexing.submit("retry", retry.paths))
