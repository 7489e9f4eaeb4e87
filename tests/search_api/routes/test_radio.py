"""`/v1/radio`."""

from typing import Any

from fastapi.testclient import TestClient


def post(client: TestClient, status: int = 200, /, **body: Any) -> dict[str, Any]:
    response = client.post("/v1/radio", json=body)
    assert response.status_code == status, response.text
    return response.json()


def test_the_whole_library_is_played_once(client: TestClient, ids: dict[str, str]) -> None:
    played = [ids["Nocturne"]]
    while True:
        answer = post(client, seeds=played[:1], exclude=played, recent=played[-5:], count=5)
        played += [track["id"] for track in answer["tracks"]]
        if answer["exhausted"]:
            break
    assert len(set(played)) == len(played) > 8


def test_invalid_requests(client: TestClient, ids: dict[str, str]) -> None:
    post(client, 404, seeds=["nothing"])
    assert "has no stem" in post(client, 400, seeds=[ids["Nocturne"]], stem="vocals")["detail"]
    for wrong in ({"seeds": []}, {"count": 0}, {"artist_gap": 101}, {"exclude": ["x"] * 10_001}, {"like": []}):
        post(client, 422, **{"seeds": [ids["Aria"]], **wrong})
