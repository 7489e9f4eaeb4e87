"""`/v1/tracks`."""

from typing import Any

import pytest
from fastapi.testclient import TestClient


def get(client: TestClient, path: str, **params: Any) -> dict[str, Any]:
    response = client.get(path, params=params)
    assert response.status_code == 200, response.text
    return response.json()


def test_pages_list_every_track_once(client: TestClient, ids: dict[str, str]) -> None:
    seen: list[str] = []
    params: dict[str, Any] = {"limit": 9}
    while True:
        answer = get(client, "/v1/tracks", **params)
        seen += [track["id"] for track in answer["tracks"]]
        if answer["cursor"] is None:
            break
        params["cursor"] = answer["cursor"]
    assert seen == sorted(ids.values())


def test_a_filter_narrows_the_list(client: TestClient) -> None:
    answer = get(client, "/v1/tracks", where="artist:clara -year:..2000")
    assert [track["title"] for track in answer["tracks"]] == ["Prelude"]
    assert answer["profile"] == "starter"


def test_an_invalid_cursor_is_rejected(client: TestClient) -> None:
    response = client.get("/v1/tracks", params={"cursor": "next"})
    assert response.status_code == 400
    assert "next" in response.json()["detail"]


def test_everything_about_a_track(client: TestClient, ids: dict[str, str]) -> None:
    track = get(client, f"/v1/tracks/{ids['Nocturne']}")
    assert track["paths"] == ["/music/clara/nocturne.flac", "/copies/nocturne.flac"]
    assert track["stems"] == {
        "vocals": {"level_db": None, "present": False},
        "instrumental": {"level_db": -20.0, "present": True},
    }
    assert track["format"] == "vorbis"
    assert track["indexed_at"] == "2026-11-22T12:00:00+00:00"
    assert list(track["models"]) == ["embedder", "separator"]
    assert (track["artists"], track["album_artist"], track["track_number"]) == (["Clara"], "", None)


def test_a_path_that_is_not_utf8_is_readable(client: TestClient, ids: dict[str, str]) -> None:
    assert get(client, f"/v1/tracks/{ids['Unreadable']}")["paths"] == ["/music/\ufffd.ogg"]


def test_tags_are_sorted_by_confidence(client: TestClient, ids: dict[str, str]) -> None:
    assert get(client, f"/v1/tracks/{ids['Nocturne']}/tags") == {
        "profile": "starter",
        "id": ids["Nocturne"],
        "tags": [
            {"slug": "calm", "category": "mood", "confidence": pytest.approx(0.83)},
            {"slug": "solo", "category": "texture", "confidence": pytest.approx(0.55)},
        ],
    }


@pytest.mark.parametrize("path", ["", "/tags", "/similar"])
@pytest.mark.parametrize("id_", ["00000000-0000-0000-0000-000000000000", "no-uuid"])
def test_unknown_tracks_are_not_found(client: TestClient, id_: str, path: str) -> None:
    response = client.get(f"/v1/tracks/{id_}{path}")
    assert response.status_code == 404
    assert id_ in response.json()["detail"]
