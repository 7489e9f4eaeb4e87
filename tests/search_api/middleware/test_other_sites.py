"""Pages of other sites can neither send requests nor embed answers."""

from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient

from polymuse.settings import load_settings
from search_api.app import create_app

CROSS = {"Sec-Fetch-Site": "cross-site"}


@pytest.fixture
def asked(tmp_path: Path) -> TestClient:
    """A service on loopback without keys."""
    return TestClient(
        create_app(load_settings(home=tmp_path)), base_url="http://127.0.0.1", raise_server_exceptions=False
    )


def form(client: TestClient, headers: dict[str, str]) -> httpx2.Response:
    return client.post("/v1/search/audio", files={"file": ("a.mp3", b"x")}, headers=headers)


def test_forms_of_other_sites_are_refused(asked: TestClient) -> None:
    """Browsers send multipart forms without asking first."""
    for headers in (CROSS, {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://evil.example"}, {"Origin": "null"}):
        refused = form(asked, headers)
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:poly-muse:error:forbidden")
    for headers in ({}, {"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://127.0.0.1"}):
        assert form(asked, headers).status_code == 503  # the library is not open


def test_images_of_other_sites_tell_nothing(asked: TestClient) -> None:
    id_ = "6f0a1f0c-6f0e-5c8e-9a57-0f8a2f7f4f11"
    for path in (f"/v1/tracks/{id_}/cover", f"/v1/tracks/{id_}/waveform", "/v1/search?q=x", "/v1/session"):
        assert asked.get(path, headers=CROSS).status_code == 403


def test_links_of_other_sites_lead_to_the_page(asked: TestClient) -> None:
    for path in ("/", "/docs", "/healthz"):
        assert asked.get(path, headers=CROSS).status_code == 200
    assert asked.post("/", headers=CROSS).status_code == 403


def test_no_answer_can_be_embedded_elsewhere(asked: TestClient) -> None:
    asked.app.add_api_route("/fails", lambda: 1 / 0)  # type: ignore[attr-defined]
    paths = ("/", "/docs", "/healthz", "/metrics", "/openapi.json", "/v1/stats", "/v1/nothing", "/nothing", "/fails")
    answers = {path: asked.get(path) for path in paths}
    assert {answer.headers.get("cross-origin-resource-policy") for answer in answers.values()} == {"same-origin"}
    assert {answer.headers.get("x-content-type-options") for answer in answers.values()} == {"nosniff"}
    assert answers["/fails"].status_code == 500
