"""`/v1/map`."""

import time
from typing import Any

import pytest
from fastapi.testclient import TestClient


class TestHttp:
    def ready(self, client: TestClient, **headers: str) -> Any:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            response = client.get("/v1/map", headers={key.replace("_", "-"): value for key, value in headers.items()})
            if response.status_code != 200 or response.json()["state"] == "ready":
                return response
            assert response.json() == {"profile": "starter", "state": "computing", "points": []}
            assert response.headers["cache-control"] == "no-store"
            time.sleep(0.05)
        return pytest.fail("the map is never ready")

    def test_points_have_their_most_confident_tags(self, client: TestClient, ids: dict[str, str]) -> None:
        points = {point["id"]: point for point in self.ready(client).json()["points"]}
        assert set(points) == set(ids.values())
        nocturne = points[ids["Nocturne"]]
        assert (nocturne["title"], nocturne["artist"]) == ("Nocturne", "Clara")
        assert nocturne["tags"] == {"mood": "calm", "texture": "solo"}

    def test_it_is_sent_once_in_an_encoding_the_client_accepts(self, client: TestClient) -> None:
        packed = self.ready(client, Accept_Encoding="gzip")
        plain = self.ready(client, Accept_Encoding="identity")
        assert packed.headers["content-encoding"] == "gzip"
        assert "content-encoding" not in plain.headers
        assert packed.json() == plain.json()
        assert self.ready(client, If_None_Match=packed.headers["etag"]).status_code == 304
