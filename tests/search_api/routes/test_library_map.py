"""`/v1/map`."""

import time
from typing import Any

import pytest
from fastapi.testclient import TestClient


class TestHttp:
    def ready(self, client: TestClient, path: str = "/v1/map", **headers: str) -> Any:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            response = client.get(path, headers={key.replace("_", "-"): value for key, value in headers.items()})
            if response.status_code != 200 or response.json()["state"] == "ready":
                return response
            assert response.json()["version"] == ""
            assert not any(response.json()[name] for name in response.json().keys() - {"profile", "state", "version"})
            assert response.headers["cache-control"] == "no-store"
            time.sleep(0.05)
        return pytest.fail("the map is never ready")

    def test_points_have_their_names_and_most_confident_tags(self, client: TestClient, ids: dict[str, str]) -> None:
        names, points = (self.ready(client, path).json() for path in ("/v1/map/names", "/v1/map"))
        assert names["version"] == points["version"]
        assert set(names["ids"]) == set(ids.values())
        nocturne = names["ids"].index(ids["Nocturne"])
        assert (names["titles"][nocturne], names["artists"][nocturne]) == ("Nocturne", "Clara")
        tags = {category: coded["of"][nocturne] for category, coded in points["tags"].items()}
        assert {name: points["tags"][name]["slugs"][code] for name, code in tags.items() if code >= 0} == {
            "mood": "calm",
            "texture": "solo",
        }

    @pytest.mark.parametrize("path", ["/v1/map", "/v1/map/names"])
    def test_it_is_sent_once_in_an_encoding_the_client_accepts(self, client: TestClient, path: str) -> None:
        packed = self.ready(client, path, Accept_Encoding="gzip")
        plain = self.ready(client, path, Accept_Encoding="identity")
        assert packed.headers["content-encoding"] == "gzip"
        assert "content-encoding" not in plain.headers
        assert packed.json() == plain.json()
        assert self.ready(client, path, If_None_Match=packed.headers["etag"]).status_code == 304
