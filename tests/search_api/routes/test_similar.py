"""`/v1/tracks/{id}/similar`."""

from typing import Any

from fastapi.testclient import TestClient


def get(client: TestClient, path: str, **params: Any) -> dict[str, Any]:
    response = client.get(path, params=params)
    assert response.status_code == 200, response.text
    return response.json()


def test_similar_tracks_do_not_include_the_track_itself(client: TestClient, ids: dict[str, str]) -> None:
    answer = get(client, f"/v1/tracks/{ids['Nocturne']}/similar")
    found = [hit["title"] for hit in answer["hits"]]
    assert set(found[:2]) == {"Prelude", "Etude"}
    assert len(found) == len(ids) - 1
    assert "Nocturne" not in found
    assert answer["query"]["tracks"] == [{"id": ids["Nocturne"], "weight": 1.0, "stem": None}]


def test_similar_by_stem(client: TestClient, ids: dict[str, str]) -> None:
    # Stadium is a rock track with the same kind of singing as the opera track Aria.
    path = f"/v1/tracks/{ids['Aria']}/similar"
    assert get(client, path, stem="vocals", limit=1)["hits"][0]["title"] == "Stadium"
    assert get(client, path, stem="vocals", limit=1, where="-title:stadium")["hits"][0]["title"] != "Stadium"


def test_a_silent_stem_cannot_be_compared(client: TestClient, ids: dict[str, str]) -> None:
    response = client.get(f"/v1/tracks/{ids['Nocturne']}/similar", params={"stem": "vocals"})
    assert response.status_code == 400
    assert "silent" in response.json()["detail"]
