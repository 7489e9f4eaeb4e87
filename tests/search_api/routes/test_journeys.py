"""`/v1/journeys`."""

from typing import Any

import pytest
from fastapi.testclient import TestClient


def post(client: TestClient, status: int = 200, /, **body: Any) -> dict[str, Any]:
    response = client.post("/v1/journeys", json=body)
    assert response.status_code == status, response.text
    return response.json()


def test_a_journey_from_end_to_end(client: TestClient, ids: dict[str, str]) -> None:
    asked: dict[str, Any] = {"start": ids["Nocturne"], "end": ids["Warehouse"], "count": 6, "per_artist": 0}
    answer = post(client, **asked)
    found = [track["title"] for track in answer["tracks"]]
    assert (found[0], found[-1]) == ("Nocturne", "Warehouse")
    assert len(set(found)) == 6
    assert answer["relaxed"] == []
    assert answer["tracks"][0]["to_previous"] is None
    assert answer["tracks"][0]["to_start"] == pytest.approx(1.0)
    assert post(client, **asked)["tracks"] == answer["tracks"]


def test_what_had_to_be_relaxed_is_said(client: TestClient, ids: dict[str, str]) -> None:
    answer = post(client, start=ids["Nocturne"], end=ids["Warehouse"], count=200)
    assert answer["relaxed"][-1] == "count"
    assert 2 < len(answer["tracks"]) <= len(ids)


def test_invalid_requests(client: TestClient, ids: dict[str, str]) -> None:
    ends: dict[str, Any] = {"start": ids["Nocturne"], "end": ids["Warehouse"]}
    assert post(client, 404, start="nothing", end=ids["Aria"])["title"]
    assert "has no stem" in post(client, 400, **ends, stem="vocals")["detail"]
    for wrong in (
        {"count": 2},
        {"variety": 2},
        {"seed": -1},
        {"exclude": ["x"] * 10_001},
        {"length": 3},
        {"stem": "a b"},
    ):
        post(client, 422, **ends, **wrong)
