"""`/healthz`, `/readyz` and `/v1/stats`."""

from typing import Any

import pytest
from fastapi.testclient import TestClient


def get(client: TestClient, path: str, **params: Any) -> dict[str, Any]:
    response = client.get(path, params=params)
    assert response.status_code == 200, response.text
    return response.json()


def test_stats_count_the_library(client: TestClient, ids: dict[str, str]) -> None:
    stats = get(client, "/v1/stats")
    assert stats["profile"] == "starter"
    assert stats["tracks"] == len(ids) == 20
    # 60 + 400 + 410 + 17 x 100 s
    assert stats["hours"] == pytest.approx(2570 / 3600, abs=0.001)
    assert stats["stems"] == {"mix": 20, "vocals": 4, "instrumental": 5}
    assert stats["bytes_on_disk"] > 0
