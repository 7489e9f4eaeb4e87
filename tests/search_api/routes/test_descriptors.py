"""`/v1/descriptors`."""

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from polymuse.errors import UserError
from polymuse.settings import Settings
from search_api.app import create_app


def get(client: TestClient, path: str, headers: dict[str, str] | None = None, **params: Any) -> dict[str, Any]:
    response = client.get(path, params=params, headers=headers)
    assert response.status_code == 200, response.text
    return response.json()


def names(answer: dict[str, Any]) -> dict[str, str]:
    return {each["slug"]: each["name"] for each in answer["descriptors"]}


def test_descriptors_are_named_in_the_requested_language(client: TestClient) -> None:
    german = {"Accept-Language": "de-CH, en;q=0.5"}
    assert names(get(client, "/v1/descriptors"))["calm"] == "calm"
    assert names(get(client, "/v1/descriptors", headers=german))["calm"] == "ruhig"
    assert names(get(client, "/v1/descriptors", headers=german, lang="zh-TW"))["calm"] == "平静"
    assert names(get(client, "/v1/descriptors", headers=german, lang="fi"))["calm"] == "ruhig"


def test_descriptors_show_whether_the_profile_can_assign_them(client: TestClient) -> None:
    descriptors = get(client, "/v1/descriptors")["descriptors"]
    assert len(descriptors) == 160
    assert {each["category"] for each in descriptors} == {"mood", "genre", "instruments", "texture"}
    # docs/tags.md: the starter profile can assign 60 of the 160
    assert sum(each["expressible"] for each in descriptors) == 60


def test_descriptors_may_be_cached_by_language_only(client: TestClient) -> None:
    assert "Accept-Language" in client.get("/v1/descriptors").headers["vary"]


def test_an_invalid_language_is_rejected(client: TestClient) -> None:
    assert client.get("/v1/descriptors", params={"lang": "zh_CN"}).status_code == 422


def test_an_invalid_custom_bank_stops_the_service(settings: Settings, empty_home: Path, tmp_path: Path) -> None:
    bank = tmp_path / "bank.json"
    bank.write_text(json.dumps({"descriptors": []}))
    app = create_app(settings.model_copy(update={"home": empty_home, "bank": bank}))
    with TestClient(app, base_url="http://127.0.0.1"), pytest.raises(UserError, match="must not be empty"):
        app.state.loader.opened.result()
