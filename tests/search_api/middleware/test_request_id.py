"""An id for every request."""

import uuid

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from search_api.middleware.request_id import REQUEST_ID_HEADER, RequestIdMiddleware, request_id


async def answer(request: Request) -> PlainTextResponse:
    return PlainTextResponse(request_id(request), headers={REQUEST_ID_HEADER: "of the application"})


def test_the_header_has_the_id_that_the_application_sees() -> None:
    client = TestClient(RequestIdMiddleware(Starlette(routes=[Route("/", answer)])))
    first = client.get("/", headers={REQUEST_ID_HEADER: "of the client"})
    assert first.headers.get_list(REQUEST_ID_HEADER) == [first.text]
    assert uuid.UUID(first.text).version == 4
    assert client.get("/").text != first.text
    missing = client.get("/missing")  # errors have one too
    assert uuid.UUID(missing.headers[REQUEST_ID_HEADER])
