"""Errors over HTTP: each one is an RFC 9457 problem document, or for plugins for AudioMuse-AI what they understand."""

import json
import logging
from functools import cache
from http import HTTPStatus
from typing import Any, ClassVar

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from polymuse.errors import UserError
from polymuse.validation import plain_message
from search_api.middleware.audiomuse import calling_server
from search_api.middleware.request_id import REQUEST_ID_HEADER, request_id

MEDIA_TYPE = "application/problem+json"
PROTECTION = {"Cross-Origin-Resource-Policy": "same-origin", "X-Content-Type-Options": "nosniff"}  # of every answer
MAX_ERRORS = 10  # invalid parts that a problem document lists
MAX_SHOWN = 500  # characters of their locations and messages
TYPE_PREFIX = "urn:poly-muse:error:"

logger = logging.getLogger(__name__)


class FieldError(BaseModel):
    """An invalid part of the request."""

    field: str = Field(description="location, its parts joined by dots", examples=["body.limit"])
    detail: str


class Problem(BaseModel):
    """What went wrong. `type` is stable and meant for programs, the rest for people."""

    type: str = Field(examples=[TYPE_PREFIX + "not-found"])
    title: str
    status: int
    detail: str = Field(description="what is wrong this time, and what is allowed")
    advice: str = Field(description="what to do next; may be empty")
    instance: str = Field(description="id of the request, which is also in the log of the service")
    errors: list[FieldError] = Field(default=[], description="the first invalid parts of the request, if any")


# Kinds of the statuses that do not come from a UserError.
KINDS = {
    400: "usage",
    404: "not-found",
    405: "method-not-allowed",
    408: "slow-request",
    413: "too-large",
    415: "unsupported-media-type",
    416: "range-not-satisfiable",
    422: "invalid-request",
    429: "busy",
    500: "internal",
}

# status -> (kind, detail, advice), shown in the API description
_EXAMPLES = {
    400: ("usage", "Unknown filter field 'artits'", "The fields are: artist, album, year, ..."),
    401: ("unauthorized", "This service needs an API key", "Send it as X-API-Key or as a bearer token"),
    403: ("forbidden", "This needs an admin key", "Ask whoever runs the service for one"),
    404: ("not-found", "No track '00000000-0000-0000-0000-000000000000'", "List the tracks with GET /v1/tracks"),
    408: ("slow-request", "The request body did not arrive within 120 s", ""),
    409: ("playlist-changed", "The track beside that place has been removed meanwhile", "Read the list again"),
    413: ("too-large", "The request body is larger than 1048576 bytes", ""),
    415: ("unsupported-media-type", "An upload must be multipart/form-data", "Send the audio as the part `file`"),
    416: ("range-not-satisfiable", "There are 4182034 bytes", ""),
    422: ("invalid-request", "query.limit: Input should be less than or equal to 1000", ""),
    429: ("busy", "64 requests are in progress", "Try again in a moment"),
    500: ("internal", "The service failed on this request", "Look for the instance in the log of the service"),
    507: ("no-space", "The service has no room for this upload in /tmp", "Free some space there"),
    503: ("starting", "The service is still opening the library", "Try again in a few seconds"),
}


class RetryableError(UserError):
    """An error that may not occur again a little later; the response has `Retry-After`."""

    def __init__(self, message: str, advice: str = "", retry_after: int = 1) -> None:
        super().__init__(message, advice)
        self.retry_after = retry_after  # seconds


class BusyError(RetryableError):
    """Too many concurrent requests."""

    kind: ClassVar[str] = "busy"
    http_status: ClassVar[int] = 429


def declared(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that can return these problems, for the API description."""
    return {status: _description(status) for status in statuses}


def _description(status: int) -> dict[str, Any]:
    kind, detail, advice = _EXAMPLES[status]
    example = _document(status, kind, detail, advice, "00000000-0000-0000-0000-000000000000")
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example.model_dump()}
    return {"description": example.title, "content": {MEDIA_TYPE: content}}


def install(app: FastAPI) -> None:
    """Turn every error of `app` into a problem document, and add the schema of these to its API description."""
    app.exception_handler(UserError)(respond)
    app.exception_handler(RequestValidationError)(_invalid_request)
    app.exception_handler(HTTPException)(_http_error)
    app.exception_handler(ClientDisconnect)(_client_gone)
    app.exception_handler(Exception)(_internal_error)
    describe = app.openapi

    @cache
    def openapi() -> dict[str, Any]:
        description = describe()
        schemas = description["components"]["schemas"]
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(problem.pop("$defs"))
        schemas["Problem"] = problem
        return description

    app.openapi = openapi


def _document(status: int, kind: str, detail: str, advice: str, uuid: str) -> Problem:
    title = kind.replace("-", " ").capitalize()  # not the phrase of the status, which changes between Python versions
    instance = f"urn:uuid:{uuid}"
    return Problem(type=TYPE_PREFIX + kind, title=title, status=status, detail=detail, advice=advice, instance=instance)


def _respond(problem: Problem, request: Request, headers: dict[str, str] | None = None) -> Response:
    is_for_plugin = bool(calling_server(request.scope))
    shown = {"error": _sentence(problem)} if is_for_plugin else problem.model_dump()
    text = json.dumps(shown, ensure_ascii=False)
    # A lone surrogate, echoed from a request or a file name, becomes its JSON escape instead of an encoding error.
    body = text.encode("utf-8", "backslashreplace")
    # Set here as well as in the middleware, which an internal error bypasses.
    headers = {**(headers or {}), **PROTECTION, REQUEST_ID_HEADER: request_id(request)}
    kind = "application/json" if is_for_plugin else MEDIA_TYPE
    response = Response(body, status_code=problem.status, media_type=kind, headers=headers)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _sentence(problem: Problem) -> str:
    """What is wrong and what to do, as plugins for AudioMuse-AI show it."""
    return ". ".join(each.rstrip(". ") for each in (problem.detail, problem.advice) if each)


async def respond_to(error: UserError, scope: Scope, receive: Receive, send: Send) -> None:
    """Respond with the problem document of an error, for middleware outside the exception handlers."""
    response = await respond(Request(scope), error)
    await response(scope, receive, send)


async def respond(request: Request, error: UserError) -> Response:
    """The problem document of an error."""
    headers = {}
    if error.http_status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, RetryableError):
        headers["Retry-After"] = str(error.retry_after)
    problem = _document(error.http_status, error.kind, error.message, error.advice, request_id(request))
    return _respond(problem, request, headers)


async def _invalid_request(request: Request, error: RequestValidationError) -> Response:
    found = error.errors()
    errors = [
        FieldError(
            field=shortened(".".join(str(part) for part in entry["loc"])), detail=shortened(plain_message(entry["msg"]))
        )
        for entry in found[:MAX_ERRORS]
    ]
    detail = "; ".join(f"{entry.field}: {entry.detail}" for entry in errors)
    if len(found) > MAX_ERRORS:
        detail += f"; and {len(found) - MAX_ERRORS} more"
    problem = _document(422, KINDS[422], detail, _where_described(request), request_id(request))
    return _respond(problem.model_copy(update={"errors": errors}), request)


async def _http_error(request: Request, error: HTTPException) -> Response:
    kind = KINDS.get(error.status_code, f"http-{error.status_code}")
    detail, advice = str(error.detail), ""
    if error.status_code == HTTPStatus.NOT_FOUND:
        detail, advice = f"Nothing is served at {shortened(request.url.path)}", _where_described(request)
    problem = _document(error.status_code, kind, detail, advice, request_id(request))
    return _respond(problem, request, dict(error.headers or {}))


async def _client_gone(request: Request, error: ClientDisconnect) -> Response:  # noqa: ARG001
    """Nobody reads this; without it, each upload that breaks off is an internal error."""
    return _respond(_document(400, KINDS[400], "The request broke off", "", request_id(request)), request)


def shortened(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"


def _where_described(request: Request) -> str:
    return f"The API is described at {request.scope.get('root_path', '')}/docs"


async def _internal_error(request: Request, error: Exception) -> Response:
    uuid = request_id(request)
    logger.error("request %s (%s %s) failed: %r", uuid, request.method, shortened(request.url.path), error)
    _, detail, advice = _EXAMPLES[500]
    return _respond(_document(500, KINDS[500], detail, advice, uuid), request)
