"""`/v1/jobs`: indexing and downloads of the service."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from polymuse.errors import NotFoundError
from polymuse.library_jobs import FINAL_STATES, JobList, Kind, LibraryJob, Phase, State
from search_api.indexing import CurrentIndexing, Indexing
from search_api.openapi import example
from search_api.problems import declared
from search_api.queries import Strict
from search_api.routes.folders import MAX_FOLDERS, PathText, ProblemAnswer
from search_api.security import is_still_admitted

router = APIRouter(prefix="/jobs", tags=["library"])
changes = APIRouter(prefix="/jobs", tags=["library"])

EVENT_SECONDS = 0.5  # between events
MAX_FORGET = 10**9
QUIET_SECONDS = 15.0  # after which a comment keeps proxies from closing the connection

JobId = Annotated[str, Path(min_length=1, max_length=32, examples=["3f2b9c1d"])]


class FilesAnswer(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    total: int | None = Field(description="null before the scan is complete")
    done: int
    indexed: int
    updated: int = Field(description="known files that were moved or tagged anew, and copies")
    unchanged: int
    failed: int
    skipped: int = Field(description="failed before and have not changed since")
    measured: int = Field(description="known files of which tempo, key and loudness were measured, counted above too")
    to_measure: int = Field(description="known files of which they are to be measured, with those that are done")


class DownloadAnswer(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    name: str
    bytes: int
    total: int = Field(description="0 if unknown")


class SpeedAnswer(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    files_per_minute: float | None
    times_realtime: float | None = Field(description="seconds of audio analysed per second")


JOB_EXAMPLE = {
    "id": "3f2b9c1d",
    "kind": "scan",
    "state": "running",
    "phase": "analysing",
    "started": "2026-11-22T12:00:00+00:00",
    "ended": None,
    "files": {"total": 5120, "done": 900, "indexed": 890, "updated": 0, "unchanged": 8, "failed": 2, "skipped": 0}
    | {"measured": 0, "to_measure": 0},
    "forgotten": 0,
    "download": None,
    "speed": {"files_per_minute": 31.2, "times_realtime": 118.0},
    "seconds_left": 8115.0,
    "bottleneck": None,
    "current": "/music/satie/gymnopedie-1.opus",
    "problem": None,
    "notes": [],
}


class JobAnswer(BaseModel):
    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [JOB_EXAMPLE]})

    id: str
    kind: Kind
    state: State
    phase: Phase
    started: str | None = Field(description="ISO 8601, UTC")
    ended: str | None
    files: FilesAnswer
    forgotten: int = Field(description="files that are gone and were removed from the library")
    download: DownloadAnswer | None
    speed: SpeedAnswer
    seconds_left: float | None = Field(description="null until a few files are done")
    bottleneck: str | None
    current: str | None = Field(description="the file that was finished last")
    problem: ProblemAnswer | None
    notes: list[str]


class JobsAnswer(BaseModel):
    model_config = example({"paused": False, "gone": 0, "jobs": [JOB_EXAMPLE]})

    paused: bool
    gone: int = Field(
        description="files that the last scan found gone, but has kept because they are more than a quarter of the "
        "library; `forget` of a new scan removes them"
    )
    jobs: list[JobAnswer] = Field(description="the running one, then the newest; at most 20 are kept")


class NewJob(Strict):
    kind: Kind = Field(description="scan: look for changes; retry: failed files; weights: download what is missing")
    paths: Annotated[
        list[PathText] | None,
        Field(max_length=MAX_FOLDERS, description="only these folders or files; default: all"),
    ] = None
    forget: int = Field(
        0,
        ge=0,
        le=MAX_FORGET,
        description="a scan of everything may remove so many files that are gone, as `gone` of the jobs counts them, "
        "even if they are more than a quarter of the library; if there are more by now, none is removed",
    )


class PauseChange(Strict):
    paused: bool


@router.get("", responses=declared(404), summary="The recent jobs")
def list_jobs(indexing: CurrentIndexing, response: Response) -> JobsAnswer:
    response.headers["Cache-Control"] = "no-store"
    return _answer(indexing.jobs())


@router.get("/{id}", responses=declared(404, 422), summary="A job")
def get_job(indexing: CurrentIndexing, response: Response, id: JobId) -> JobAnswer:  # noqa: A002
    response.headers["Cache-Control"] = "no-store"
    return job_answer(indexing.job(id))


@router.get(
    "/{id}/events",
    response_class=StreamingResponse,
    responses={**declared(404, 422), 200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
    summary="The progress of a job, as server-sent events",
)
async def job_events(indexing: CurrentIndexing, request: Request, id: JobId) -> StreamingResponse:  # noqa: A002
    """Events `job` with the job as data, at most two a second, until its final state or the end of the session."""
    first = indexing.job(id)
    stopping: Callable[[], bool] = getattr(request.app.state, "stopping", lambda: False)

    def ending() -> bool:
        return stopping() or not is_still_admitted(request)

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # nginx would hold events back
    return StreamingResponse(_events(indexing, first, ending), media_type="text/event-stream", headers=headers)


@changes.post("", status_code=202, responses=declared(400, 403, 404, 413, 415, 422), summary="Start a job")
def start_job(indexing: CurrentIndexing, new: NewJob) -> JobAnswer:
    """A job of the same kind that is already waiting for the same files is returned instead."""
    return job_answer(indexing.submit(new.kind, new.paths, new.forget))


@changes.patch("", responses=declared(400, 403, 404, 413, 415, 422), summary="Pause or resume analysis")
def pause_jobs(indexing: CurrentIndexing, change: PauseChange) -> JobsAnswer:
    """Tracks in progress are finished first. A pause lasts until it is ended, also across restarts."""
    return _answer(indexing.pause(change.paused))


@changes.delete("/{id}", responses=declared(403, 404, 422), summary="Stop a job")
def stop_job(indexing: CurrentIndexing, id: JobId) -> JobAnswer:  # noqa: A002
    """Tracks in progress are finished first. The next scan does what is left."""
    return job_answer(indexing.stop_job(id))


def job_answer(job: LibraryJob) -> JobAnswer:
    return JobAnswer.model_validate(job)


def _answer(found: JobList) -> JobsAnswer:
    return JobsAnswer(paused=found.paused, gone=found.gone, jobs=[job_answer(job) for job in found.jobs])


async def _events(indexing: Indexing, job: LibraryJob, ending: Callable[[], bool]) -> AsyncIterator[str]:
    sent, last = None, 0.0
    while not ending():
        now = time.monotonic()
        if job != sent:
            yield f"event: job\ndata: {job_answer(job).model_dump_json()}\n\n"
            sent, last = job, now
        elif now - last >= QUIET_SECONDS:
            yield ": still here\n\n"
            last = now
        if job.state in FINAL_STATES:
            return
        await asyncio.sleep(EVENT_SECONDS)
        try:
            job = indexing.job(job.id)
        except NotFoundError:  # it has found nothing new, and is no longer listed
            return
