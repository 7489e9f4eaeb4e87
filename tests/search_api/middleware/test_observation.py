"""A log line for each request."""

import logging

import pytest
from fastapi.testclient import TestClient


def test_a_log_line_has_the_status_but_not_the_query(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = client.get("/v1/search", params={"q": "my secret wish", "where": "artist:Clara"})
    [record] = [record for record in caplog.records if record.name == "search_api.middleware.observation"]
    assert vars(record)["route"] == "/v1/search"
    assert vars(record)["status"] == 200
    assert vars(record)["request_id"] == answer.headers["x-request-id"]
    assert vars(record)["ms"] > 0
    for private in ("secret", "Clara"):
        assert private not in " ".join(each.getMessage() for each in caplog.records if each.name != "httpx2")


@pytest.mark.parametrize(("path", "level"), [("/healthz", "DEBUG"), ("/v1/stats", "INFO"), ("/web/nothing.js", "INFO")])
def test_checks_and_parts_of_the_page_are_no_news(
    client: TestClient, caplog: pytest.LogCaptureFixture, path: str, level: str
) -> None:
    with caplog.at_level(logging.DEBUG):
        client.get(path)
    [record] = [record for record in caplog.records if record.name == "search_api.middleware.observation"]
    assert record.levelname == level
