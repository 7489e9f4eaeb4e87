"""The list of files that could not be indexed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from indexer.failures import TOO_SHORT, Failure, FailureList
from polymuse.home import Home
from tests.helpers.indexing_app import indexing_app, problem


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    failures = FailureList(Home(tmp_path / "home").failures)
    for name in ("c.mp3", "a\udcff.mp3", "b.mp3"):
        failures.add(Failure(f"/music/{name}", "analyze", f"{name} has no audio", "Replace it"))
    failures.add(Failure("/music/0.mp3", TOO_SHORT, "it is too short"))
    with indexing_app(tmp_path / "home", music="/music") as client:
        yield client


def test_they_are_listed_in_pages(client: TestClient) -> None:
    first = client.get("/v1/failures", params={"limit": 2}).json()
    assert [each["name"] for each in first["failures"]] == ["a\ufffd.mp3", "b.mp3"]
    assert first["total"] == 3
    second = client.get("/v1/failures", params={"limit": 2, "cursor": first["cursor"]}).json()
    assert second == {
        "failures": [
            {
                "path": "/music/c.mp3",
                "name": "c.mp3",
                "stage": "analyze",
                "cause": "c.mp3 has no audio",
                "advice": "Replace it",
            }
        ],
        "total": 3,
        "cursor": None,
    }


def test_they_are_tried_again(client: TestClient) -> None:
    again = client.post("/v1/failures/retry", json={"paths": ["/music/b.mp3", "/etc/passwd"]})
    assert again.status_code == 202
    assert (again.json()["kind"], again.json()["state"]) == ("retry", "waiting")


def test_only_failures_are_tried_again(client: TestClient) -> None:
    assert problem(client.post("/v1/failures/retry", json={"paths": ["/etc/passwd"]})) == (404, "not-found")
