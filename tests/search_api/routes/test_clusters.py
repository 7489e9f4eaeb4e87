"""`/v1/clusters`."""

import time
from typing import Any

import pytest
from fastapi.testclient import TestClient


def ready(client: TestClient, **params: str) -> Any:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        answer = client.get("/v1/clusters", params=params).json()
        if answer["state"] == "ready":
            return answer["clusters"]
        assert answer["clusters"] == []
        time.sleep(0.05)
    return pytest.fail("the clusters are never ready")


def test_the_library_is_in_clusters_with_their_tracks(client: TestClient, ids: dict[str, str]) -> None:
    [cluster] = ready(client)  # 20 tracks are one
    assert cluster["size"] == len(ids)
    answer = client.get(f"/v1/clusters/{cluster['key']}/tracks", params={"limit": 5}).json()
    assert answer["cluster"] == cluster
    assert [track["id"] for track in answer["tracks"]] == cluster["tracks"][:5]
    assert {*cluster["tracks"]} <= {*ids.values()}


def test_an_unknown_cluster_is_not_found(client: TestClient) -> None:
    ready(client)
    assert client.get("/v1/clusters/000000000000/tracks").status_code == 404
    assert client.get("/v1/clusters", params={"lang": "no language"}).status_code == 422
