"""Metrics for Prometheus."""

import re
from pathlib import Path

from fastapi.testclient import TestClient

from polymuse.settings import load_settings
from search_api.app import create_app
from tests.helpers.paths import ROOT


def figures(client: TestClient) -> dict[str, float]:
    """Series with labels -> value."""
    lines = client.get("/metrics").text.splitlines()
    return {series: float(value) for series, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


def requests(route: str, status: int, method: str = "GET") -> str:
    return f'polymuse_requests_total{{method="{method}",route="{route}",status="{status}"}}'


def test_answers_are_counted_by_route_and_status(tmp_path: Path) -> None:
    client = TestClient(create_app(load_settings(home=tmp_path)), base_url="http://127.0.0.1")
    for path in ("/healthz", "/v1/tracks/one", "/v1/tracks/two", "/nothing/here"):
        client.get(path)
    client.request("BREW", "/healthz")
    found = figures(client)
    assert found[requests("/healthz", 200)] == 1
    assert found[requests("/v1/tracks/{id}", 503)] == 2
    assert found[requests("unmatched", 404)] == 1
    assert [series for series in found if 'method="other"' in series]
    assert found['polymuse_request_seconds_count{route="/v1/tracks/{id}"}'] == 2
    assert found["polymuse_ready"] == 0


def test_the_state_of_an_open_service(client: TestClient, ids: dict[str, str]) -> None:
    before = figures(client)
    for _ in range(3):
        client.get("/v1/search", params={"q": "a text that no other test asks for"})
    after = figures(client)
    hits, misses = (f"polymuse_text_cache_{name}_total" for name in ("hits", "misses"))
    assert (after[hits] - before[hits], after[misses] - before[misses]) == (2, 1)
    assert after["polymuse_tracks"] == len(ids)
    assert after["polymuse_ready"] == 1
    assert {"polymuse_uploads_kept", "polymuse_uploads_analysed_total", "polymuse_upload_worker_losses_total"} <= set(
        after
    )


def test_every_metric_is_documented(client: TestClient) -> None:
    page = (ROOT / "docs" / "http.md").read_text()
    named = set(re.findall(r"^# TYPE (polymuse_\w+)", client.get("/metrics").text, re.M))
    documented = set(re.findall(r"`(polymuse_[a-z_]+)", page))
    assert {name for name in named if not name.endswith("_created")} <= documented
