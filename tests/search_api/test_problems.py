"""Every error is a problem document."""

from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from polymuse.errors import BadAudioError, NotFoundError, UnavailableError, UserError
from polymuse.settings import load_settings
from search_api.app import create_app
from search_api.middleware.limits import MAX_BODY
from search_api.problems import MAX_ERRORS
from search_api.security import UnauthorizedError

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    """An application that has not started: these tests need no store."""
    return create_app(load_settings(home=tmp_path))


@pytest.fixture
def bare_client(app: FastAPI) -> TestClient:
    return TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False)


def check_problem(response: httpx2.Response, status: int, kind: str) -> dict[str, Any]:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["type"] == f"urn:poly-muse:error:{kind}"
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert problem["instance"] == f"urn:uuid:{response.headers['x-request-id']}"
    return problem


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (UserError, 400, "usage"),
        (UnauthorizedError, 401, "unauthorized"),
        (NotFoundError, 404, "not-found"),
        (BadAudioError, 422, "bad-audio"),
        (UnavailableError, 503, "unavailable"),
    ],
)
def test_user_errors_keep_their_kind(
    app: FastAPI, bare_client: TestClient, error: type[UserError], status: int, kind: str
) -> None:
    def fail() -> None:
        raise error("The file \udcff is gone", "Bring it back")

    app.add_api_route("/fail", fail)
    problem = check_problem(bare_client.get("/fail"), status, kind)
    assert problem["detail"] == "The file \udcff is gone"
    assert problem["advice"] == "Bring it back"


def test_bugs_reveal_no_internals(app: FastAPI, bare_client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise ZeroDivisionError("the secret ingredient")

    app.add_api_route("/fail", fail)
    response = bare_client.get("/fail")
    check_problem(response, 500, "internal")
    assert "secret" not in response.text
    assert "Traceback" not in response.text
    assert response.headers["x-request-id"] in caplog.text
    assert "the secret ingredient" in caplog.text


def test_unknown_paths(bare_client: TestClient) -> None:
    response = bare_client.get("/v2/search")
    assert "/v2/search" in check_problem(response, 404, "not-found")["detail"]
    assert response.headers["cache-control"] == "no-store"


def test_wrong_methods(bare_client: TestClient) -> None:
    response = bare_client.delete("/v1/search")
    check_problem(response, 405, "method-not-allowed")
    assert response.headers["allow"]


@pytest.mark.parametrize("body", [b"{", b"[1]", b"\xff\xfe", b'{"texts": "\\ud800"}', b'{"texts": ["\\ud800"]}'])
def test_invalid_bodies(client: TestClient, body: bytes) -> None:
    response = client.post("/v1/search", content=body, headers=JSON)
    assert response.status_code in (400, 422)
    check_problem(response, response.status_code, "usage" if response.status_code == 400 else "invalid-request")


def test_the_first_mistakes_are_listed_and_the_others_counted(bare_client: TestClient) -> None:
    problem = check_problem(
        bare_client.post("/v1/session", json={f"k{n}": 1 for n in range(90)}), 422, "invalid-request"
    )
    assert len(problem["errors"]) == MAX_ERRORS
    assert problem["detail"].endswith(f"; and {90 - MAX_ERRORS} more")


def test_a_mistake_is_told_without_the_kind_of_exception(client: TestClient) -> None:
    answer = client.post("/v1/search", json={"texts": ["piano"], "stems": {f"s{n}": 1 for n in range(90)}})
    [error] = check_problem(answer, 422, "invalid-request")["errors"]
    assert error["detail"].startswith("a search has at most")


def test_a_long_name_is_shortened(bare_client: TestClient) -> None:
    answer = bare_client.post("/v1/session", json={"x" * 7000: 1})
    check_problem(answer, 422, "invalid-request")
    assert len(answer.content) < 2000


def test_bodies_up_to_the_limit_are_read(client: TestClient) -> None:
    def ask(size: int) -> httpx2.Response:
        return client.post("/v1/search", content=b'{"texts": ["piano"]}'.ljust(size), headers=JSON)

    assert ask(MAX_BODY).status_code == 200
    check_problem(ask(MAX_BODY + 1), 413, "too-large")


def test_streamed_bodies_are_counted(client: TestClient) -> None:
    chunks = (b" " * 100_000 for _ in range(11))  # 1.1 MB without a declared length
    check_problem(client.post("/v1/search", content=chunks, headers=JSON), 413, "too-large")


def test_every_answer_has_its_own_request_id(bare_client: TestClient) -> None:
    first, second = (bare_client.get("/healthz").headers["x-request-id"] for _ in range(2))
    assert first != second


def test_before_the_start_only_healthz_is_ok(bare_client: TestClient) -> None:
    assert bare_client.get("/healthz").json() == {"status": "ok"}
    check_problem(bare_client.get("/readyz"), 503, "starting")
    check_problem(bare_client.get("/v1/search", params={"q": "piano"}), 503, "starting")


def test_after_the_start_the_service_is_ready(client: TestClient) -> None:
    assert client.get("/readyz").json() == {"status": "ok"}
    assert client.get("/").headers["content-type"].startswith("text/html")
    assert client.get("/docs").status_code == 200
