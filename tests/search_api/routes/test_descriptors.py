"""`/v1/facets` and `/v1/descriptors`."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from fastapi.testclient import TestClient

from catalog.facets import FACETS
from polymuse.errors import UserError
from polymuse.settings import Settings
from search_api.app import create_app
from search_api.routes.facets import FacetField


def get(client: TestClient, path: str, headers: dict[str, str] | None = None, **params: Any) -> dict[str, Any]:
    response = client.get(path, params=params, headers=headers)
    assert response.status_code == 200, response.text
    return response.json()


def counts(client: TestClient, **params: Any) -> list[tuple[str, int]]:
    answer = get(client, "/v1/facets", **params)
    assert answer["field"] == params["field"]
    return [(each["value"], each["tracks"]) for each in answer["values"]]


def test_the_fields_are_those_of_the_catalog() -> None:
    assert set(get_args(FacetField)) == set(FACETS)


def test_facets_count_the_most_frequent_first(client: TestClient) -> None:
    # 20 pieces: Clara, Robert and Unit 7 have two each, Someone the other 14.
    assert counts(client, field="artist") == [("Someone", 14), ("Clara", 2), ("Robert", 2), ("Unit 7", 2)]
    assert counts(client, field="artist", limit=1) == [("Someone", 14)]
    assert counts(client, field="stem") == [("mix", 20), ("instrumental", 5), ("vocals", 4)]


def test_facets_count_within_a_filter(client: TestClient) -> None:
    assert counts(client, field="album", where="artist:clara") == [("Evening", 1), ("Morning", 1)]
    # Etude is calm with 0.3: not sure enough to be counted
    assert counts(client, field="tag", where="year:1995..2005") == [("calm", 2), ("solo", 1)]


def test_a_facet_of_another_field_is_refused(client: TestClient) -> None:
    response = client.get("/v1/facets", params={"field": "mood"})
    assert response.status_code == 422
    assert "'artist', 'album'" in response.json()["detail"]


def names(answer: dict[str, Any]) -> dict[str, str]:
    return {each["slug"]: each["name"] for each in answer["descriptors"]}


def test_descriptors_come_in_the_language_asked_for(client: TestClient) -> None:
    german = {"Accept-Language": "de-CH, en;q=0.5"}
    assert names(get(client, "/v1/descriptors"))["calm"] == "calm"
    assert names(get(client, "/v1/descriptors", headers=german))["calm"] == "ruhig"
    assert names(get(client, "/v1/descriptors", headers=german, lang="zh-TW"))["calm"] == "平静"
    assert names(get(client, "/v1/descriptors", headers=german, lang="fi"))["calm"] == "ruhig"


def test_descriptors_say_what_the_profile_can_express(client: TestClient) -> None:
    descriptors = get(client, "/v1/descriptors")["descriptors"]
    assert len(descriptors) == 160
    assert {each["category"] for each in descriptors} == {"mood", "genre", "instruments", "texture"}
    # docs/tags.md: the starter profile hears 60 of the 160
    assert sum(each["expressible"] for each in descriptors) == 60


def test_descriptors_may_be_cached_by_language_only(client: TestClient) -> None:
    assert "Accept-Language" in client.get("/v1/descriptors").headers["vary"]


def test_a_wrong_language_is_refused(client: TestClient) -> None:
    assert client.get("/v1/descriptors", params={"lang": "zh_CN"}).status_code == 422


def test_a_wrong_bank_of_the_users_own_keeps_the_service_from_opening(
    settings: Settings, empty_home: Path, tmp_path: Path
) -> None:
    bank = tmp_path / "bank.json"
    bank.write_text(json.dumps({"descriptors": []}))
    app = create_app(settings.model_copy(update={"home": empty_home, "bank": bank}))
    with TestClient(app, base_url="http://127.0.0.1"), pytest.raises(UserError, match="must not be empty"):
        app.state.loader.opened.result()
