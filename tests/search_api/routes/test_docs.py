"""The files of the API documentation."""

import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from search_api.routes import docs
from search_api.routes.page import PART


@pytest.fixture(scope="module")
def site() -> TestClient:
    app = FastAPI(docs_url=None)
    app.include_router(docs.router)
    return TestClient(app)


def test_the_page_refers_only_to_existing_files(site: TestClient) -> None:
    names = re.findall(r'(?:href|src)="docs/([^"]+)"', site.get("/docs").text)
    assert set(names) == {"start.js", *docs.PACKAGED}
    for name in names:
        answer = site.get(f"/docs/{name}")
        again = site.get(f"/docs/{name}", headers={"If-None-Match": answer.headers["etag"]})
        assert (answer.status_code, again.status_code) == (200, 304)
    assert site.get("/docs/redoc.standalone.js").status_code == 404  # of the package, but not of the page


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_file_that_is_sent_in_parts_arrives_whole(site: TestClient, encoding: str) -> None:
    answer = site.get("/docs/swagger-ui-bundle.js", headers={"Accept-Encoding": encoding})
    assert answer.content == (docs.FOLDER / "swagger-ui-bundle.js").read_bytes()
    assert int(answer.headers["content-length"]) > PART
    assert answer.headers.get("content-encoding", "identity") == encoding


def test_the_policy_allows_no_external_content(site: TestClient) -> None:
    policy = dict(part.split(" ", 1) for part in site.get("/docs").headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["img-src"] == "'self' data:"
