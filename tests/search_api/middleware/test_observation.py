"""Metrics and log lines: what happened, and nothing of what was asked."""

import json
import logging
import re
import sys
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from polymuse.settings import load_settings
from search_api.app import create_app
from search_api.logs import JsonFormatter
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


def test_a_log_line_tells_what_happened_and_not_what_was_asked(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = client.get("/v1/search", params={"q": "my secret wish", "where": "artist:Clara"})
    [record] = [record for record in caplog.records if record.name == "search_api.middleware.observation"]
    assert vars(record)["route"] == "/v1/search"
    assert vars(record)["status"] == 200
    assert vars(record)["request_id"] == answer.headers["x-request-id"]
    assert vars(record)["ms"] > 0
    for private in ("secret", "Clara"):
        assert private not in " ".join(each.getMessage() for each in caplog.records if each.name != "httpx2")


def test_log_lines_for_programs() -> None:
    record = logging.LogRecord("name", logging.INFO, __file__, 1, "caf\u00e9 \udcff %d", (7,), None)
    record.status = 200
    entry = json.loads(JsonFormatter().format(record))
    assert entry["message"] == "caf\u00e9 \\udcff 7" or entry["message"] == "caf\u00e9 \udcff 7"
    assert (entry["level"], entry["logger"], entry["status"]) == ("INFO", "name", 200)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", entry["time"])


def test_log_lines_hold_tracebacks() -> None:
    try:
        raise ZeroDivisionError("inside")
    except ZeroDivisionError:
        record = logging.LogRecord("name", logging.ERROR, __file__, 1, "failed", (), sys.exc_info())
    line = JsonFormatter().format(record)
    assert "\n" not in line
    assert "ZeroDivisionError: inside" in json.loads(line)["exception"]
