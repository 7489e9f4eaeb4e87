"""`/v1/playlists` on a whole service."""

from typing import Any

import pytest
from fastapi.testclient import TestClient


def made(client: TestClient, name: str, **body: Any) -> dict[str, Any]:
    response = client.post("/v1/playlists", json={"name": name, **body})
    assert response.status_code == 201, response.text
    return response.json()


def entries(client: TestClient, playlist: dict[str, Any], **params: Any) -> list[dict[str, Any]]:
    response = client.get(f"/v1/playlists/{playlist['id']}/tracks", params=params)
    assert response.status_code == 200, response.text
    return response.json()["entries"]


def titles(client: TestClient, playlist: dict[str, Any]) -> list[str]:
    return [each["title"] for each in entries(client, playlist)]


def edited(client: TestClient, playlist: dict[str, Any], *changes: dict[str, Any], **more: Any) -> dict[str, Any]:
    response = client.patch(f"/v1/playlists/{playlist['id']}/tracks", json={"changes": [*changes], **more})
    assert response.status_code == 200, response.text
    return response.json()


def test_a_playlist_of_tracks_is_made_changed_and_read(client: TestClient, ids: dict[str, str]) -> None:
    playlist = made(client, " Sunday\nmorning ", tracks=[ids["Nocturne"], ids["Aria"], ids["Nocturne"]])
    assert (playlist["name"], playlist["count"], playlist["revision"]) == ("Sunday morning", 3, 1)
    assert playlist in client.get("/v1/playlists").json()["playlists"]
    first, second, third = entries(client, playlist)
    assert (first["track"]["title"], first["track"]["camelot"]) == ("Nocturne", "12A")
    page = entries(client, playlist, offset=1, limit=1)
    assert page == [second]

    changes = [
        {"op": "add", "tracks": [ids["Smoke"], ids["Salon"]], "before": second["number"]},
        {"op": "move", "entries": [third["number"]], "before": first["number"]},
        {"op": "remove", "entries": [first["number"]]},
    ]
    playlist = edited(client, playlist, *changes, revision=1)
    assert titles(client, playlist) == ["Nocturne", "Smoke", "Salon", "Aria"]
    playlist = edited(client, playlist, {"op": "put_back", "entries": [first["number"]]})
    assert titles(client, playlist) == ["Nocturne", "Nocturne", "Smoke", "Salon", "Aria"]
    added = client.post(f"/v1/playlists/{playlist['id']}/tracks", json={"tracks": [ids["Angels"]]}).json()
    assert (added["count"], added["revision"]) == (6, 4)


def test_two_windows_merge_what_does_not_touch(client: TestClient, ids: dict[str, str]) -> None:
    playlist = made(client, "Both", tracks=[ids["Nocturne"], ids["Aria"]])
    first, second = (each["number"] for each in entries(client, playlist))
    edited(client, playlist, {"op": "remove", "entries": [first]}, revision=1)
    edited(client, playlist, {"op": "add", "tracks": [ids["Smoke"]], "before": second}, revision=1)
    assert titles(client, playlist) == ["Smoke", "Aria"]
    place = f"/v1/playlists/{playlist['id']}"
    late = client.patch(f"{place}/tracks", json={"changes": [{"op": "move", "entries": [first]}], "revision": 1})
    assert (late.status_code, late.json()["type"]) == (409, "urn:poly-muse:error:playlist-changed")
    assert client.patch(place, json={"name": "One", "revision": 1}).status_code == 200
    late = client.patch(place, json={"name": "Two", "revision": 1})
    assert late.status_code == 409
    assert "renamed to One" in late.json()["detail"]


def test_all_results_of_a_search_become_a_playlist(client: TestClient) -> None:
    search = {"texts": ["piano"], "understand": False}
    playlist = made(client, "Piano", search=search, count=3)
    hits = client.post("/v1/search", json={**search, "limit": 3}).json()["hits"]
    assert titles(client, playlist) == [hit["title"] for hit in hits]
    of_filter = made(client, "Nineties", search={"where": "year:1990..1999"})
    assert titles(client, of_filter) == ["Nocturne", "Etude", "Strobe", "Warehouse"]
    grown = client.post(f"/v1/playlists/{of_filter['id']}/tracks", json={"search": {"where": "year:2005"}}).json()
    assert titles(client, grown)[4:] == ["Prelude"]


def test_a_smart_playlist_renews_itself(client: TestClient, ids: dict[str, str]) -> None:
    playlist = made(client, "Calm", search={"where": "tag:calm>0.55", "limit": 1}, smart=True, count=10)
    assert playlist["smart"] == {"search": {"where": "tag:calm>0.55"}, "limit": 10}
    assert titles(client, playlist) == ["Nocturne", "Prelude"]
    place = f"/v1/playlists/{playlist['id']}"
    changed = client.patch(place, json={"search": {"where": "tag:calm>0.2"}, "count": 3, "name": "Calmer"}).json()
    assert titles(client, changed) == ["Nocturne", "Prelude", "Etude"]
    refused = client.post(f"{place}/tracks", json={"tracks": [ids["Aria"]]})
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:poly-muse:error:bad-playlist")
    upload = {"name": "x", "smart": True, "search": {"audio": [{"token": "abc"}]}}
    assert client.post("/v1/playlists", json=upload).status_code == 422
    assert client.post("/v1/playlists", json={"name": "x", "smart": True}).status_code == 400


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ({"by": "title"}, ["Aria", "Nocturne", "Strobe"]),
        ({"by": "title", "reverse": True}, ["Strobe", "Nocturne", "Aria"]),
        ({"by": "year"}, ["Strobe", "Nocturne", "Aria"]),  # no year: last
        ({"by": "bpm"}, ["Nocturne", "Strobe", "Aria"]),  # only Nocturne is measured
    ],
)
def test_order_by_a_rule(client: TestClient, ids: dict[str, str], order: dict[str, Any], expected: list[str]) -> None:
    playlist = made(client, "Order", tracks=[ids[title] for title in ("Strobe", "Aria", "Nocturne")])
    answer = client.put(f"/v1/playlists/{playlist['id']}/order", json=order)
    assert answer.status_code == 200, answer.text
    assert titles(client, playlist) == expected


def test_smooth_and_shuffled_and_given_orders(client: TestClient, ids: dict[str, str]) -> None:
    playlist = made(client, "Order", tracks=[ids[t] for t in ("Nocturne", "Strobe", "Prelude", "Warehouse")])
    place = f"/v1/playlists/{playlist['id']}/order"
    client.put(place, json={"by": "smooth"})
    assert titles(client, playlist)[:2] == ["Nocturne", "Prelude"]  # both are of the piano
    client.put(place, json={"by": "shuffle", "seed": 5})
    once = titles(client, playlist)
    numbers = [each["number"] for each in entries(client, playlist)]
    client.put(place, json={"by": "given", "entries": numbers[::-1]})
    assert titles(client, playlist) == once[::-1]


def test_a_removed_playlist_comes_back(client: TestClient, ids: dict[str, str]) -> None:
    playlist = made(client, "Gone", tracks=[ids["Aria"]])
    place = f"/v1/playlists/{playlist['id']}"
    assert client.delete(place).json()["id"] == playlist["id"]
    assert client.delete(place).status_code == 404
    assert client.get(place).status_code == 404
    removed = client.get("/v1/playlists", params={"removed": True}).json()["playlists"]
    assert playlist["id"] in {each["id"] for each in removed}
    assert client.put(f"{place}/restore", json={}).json()["name"] == "Gone"
    assert titles(client, playlist) == ["Aria"]


def test_what_cannot_be_a_playlist_is_refused(client: TestClient, ids: dict[str, str]) -> None:
    for body, status in [
        ({"name": "\u202e\0"}, 422),
        ({"name": "x" * 201}, 422),
        ({"name": "x", "tracks": [ids["Aria"]] * 20_001}, 422),
        ({"name": "x", "tracks": ["no such"]}, 404),
        ({"name": "x", "tracks": [ids["Aria"]], "search": {"where": "year:1990"}}, 400),
        ({"name": "x", "search": {"where": "nonsense:1"}}, 400),
    ]:
        assert client.post("/v1/playlists", json=body).status_code == status
    assert client.get("/v1/playlists/..%2f..%2fetc").status_code == 404
    nonsense = client.patch(
        f"/v1/playlists/{made(client, 'x')['id']}/tracks", json={"changes": [{"op": "add", "tracks": [], "before": 7}]}
    )
    assert nonsense.status_code == 409
