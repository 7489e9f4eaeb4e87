"""`/v1/descriptors`."""

import json
from collections.abc import Iterator
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
    # docs/tags.md: the starter profile can assign 75 of the 160
    assert sum(each["expressible"] for each in descriptors) == 75


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


RAIN = {"category": "texture", "names": {"en": "rain", "zh": "雨"}, "prompts": ["music that sounds like rain"]}


class TestOwn:
    @pytest.fixture
    def own(self, client: TestClient) -> Iterator[dict[str, Any]]:
        response = client.put("/v1/descriptors/rain", json=RAIN)
        assert response.status_code == 200, response.text
        yield response.json()
        client.delete("/v1/descriptors/rain")

    def test_is_listed_after_the_bank_and_can_be_removed(self, client: TestClient, own: dict[str, Any]) -> None:
        assert own["descriptor"]["own"]
        assert own["retag"]
        listed = get(client, "/v1/descriptors", lang="zh")["descriptors"]
        assert len(listed) == 161
        assert listed[-1] == own["descriptor"] | {"name": "雨", "language": "zh"}
        assert client.delete("/v1/descriptors/rain").status_code == 204
        assert len(get(client, "/v1/descriptors")["descriptors"]) == 160
        assert client.delete("/v1/descriptors/rain").status_code == 404

    def test_is_near_to_its_own_words_and_a_direction_of_a_search(
        self, client: TestClient, own: dict[str, Any]
    ) -> None:
        found = get(client, "/v1/descriptors/nearest", q=RAIN["prompts"][0], limit=3)["descriptors"]
        assert found[0]["slug"] == "rain"
        assert found[0]["cosine"] == pytest.approx(1, abs=1e-5)
        answer = client.post("/v1/search", json={"descriptors": ["rain"], "limit": 3})
        assert len(answer.json()["hits"]) == 3

    def test_may_take_a_slug_that_the_profile_never_assigns(self, client: TestClient) -> None:
        """The bank has a mandolin, and the starter profile does not know it."""
        client.put("/v1/descriptors/mandolin", json=RAIN)
        try:
            listed = get(client, "/v1/descriptors")["descriptors"]
            [mandolin] = [each for each in listed if each["slug"] == "mandolin"]
            assert (mandolin["own"], mandolin["expressible"], mandolin["name"]) == (True, True, "rain")
        finally:
            client.delete("/v1/descriptors/mandolin")
        assert len(get(client, "/v1/descriptors")["descriptors"]) == 160

    def test_music_has_a_confidence_in_it(self, client: TestClient, ids: dict[str, str], own: dict[str, Any]) -> None:
        found = get(client, "/v1/descriptors/nearest", track=ids["Partita"], limit=100)["descriptors"]
        [rain] = [each for each in found if each["slug"] == "rain"]
        assert 0 < rain["confidence"] < 1

    @pytest.mark.parametrize(
        ("slug", "change", "status"),
        [
            ("calm", {}, 422),  # of the bank
            ("Rain", {}, 422),
            ("rain", {"names": {"zh": "雨"}}, 400),
            ("rain", {"category": "weather"}, 422),
            ("rain", {"prompts": []}, 422),
            ("rain", {"prompts": ["x" * 301]}, 422),
            ("rain", {"extra": 1}, 422),
        ],
    )
    def test_a_wrong_one_is_refused(self, client: TestClient, slug: str, change: dict[str, Any], status: int) -> None:
        assert client.put(f"/v1/descriptors/{slug}", json=RAIN | change).status_code == status
        assert len(get(client, "/v1/descriptors")["descriptors"]) == 160

    def test_one_of_the_bank_is_not_removed(self, client: TestClient) -> None:
        assert client.delete("/v1/descriptors/calm").status_code == 422


class TestNearest:
    def test_of_a_text_in_any_language(self, client: TestClient) -> None:
        answer = get(client, "/v1/descriptors/nearest", q="小提琴", limit=1, lang="de")
        assert answer["measure"] == "cosine"
        [near] = answer["descriptors"]
        assert (near["slug"], near["name"], near["confidence"]) == ("violin", "Geige", None)

    def test_of_a_track_they_are_its_tags(self, client: TestClient, ids: dict[str, str]) -> None:
        answer = get(client, "/v1/descriptors/nearest", track=ids["Partita"], category="instruments")
        assert answer["measure"] == "confidence"
        confidences = [each["confidence"] for each in answer["descriptors"]]
        assert confidences == sorted(confidences, reverse=True)
        assert {each["category"] for each in answer["descriptors"]} == {"instruments"}

    @pytest.mark.parametrize(
        ("params", "status"),
        [
            ({}, 400),
            ({"q": "piano", "track": "x"}, 400),
            ({"q": "piano", "stem": "mix"}, 400),
            ({"q": "piano", "at": 3}, 400),
            ({"audio_token": "x", "at": 1}, 400),
            ({"q": " "}, 422),
            ({"q": "piano", "limit": 0}, 422),
            ({"q": "piano", "category": "x"}, 422),
        ],
    )
    def test_wrong_questions(self, client: TestClient, params: dict[str, Any], status: int) -> None:
        assert client.get("/v1/descriptors/nearest", params=params).status_code == status

    def test_of_what_is_not_there(self, client: TestClient, ids: dict[str, str]) -> None:
        for params in ({"track": "x"}, {"audio_token": "x"}, {"track": ids["Partita"], "stem": "kazoo"}):
            assert client.get("/v1/descriptors/nearest", params=params).status_code == 404

    def test_a_moment_after_the_end(self, client: TestClient, ids: dict[str, str]) -> None:
        track = get(client, f"/v1/tracks/{ids['Partita']}")
        late = {"track": ids["Partita"], "at": track["duration"] + 100}
        response = client.get("/v1/descriptors/nearest", params=late)
        assert response.status_code == 400, response.text
        assert response.json()["detail"].startswith("The track ends at ")
        at_the_end = client.get("/v1/descriptors/nearest", params=late | {"at": track["duration"]})
        assert at_the_end.json().get("detail", "") in ("", "The track has no moments")
