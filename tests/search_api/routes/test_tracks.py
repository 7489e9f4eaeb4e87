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


def test_tempo_key_and_loudness_say_where_they_come_from(client: TestClient, ids: dict[str, str]) -> None:
    track = get(client, f"/v1/tracks/{ids['Nocturne']}")
    assert (track["bpm"], track["bpm_source"]) == (71.96, "measured")
    assert (track["key"], track["key_source"], track["camelot"]) == ("C#m", "measured", "12A")
    assert (track["loudness"], track["energy"]) == (-23.0, 0.2)
    assert (track["measured"]["bpm_other"], track["measured"]["first_beat"]) == (60.0, 0.25)
    [listed] = get(client, "/v1/tracks", where="camelot:12A bpm:~140..148 loudness:..-20 energy:0.1..0.3")["tracks"]
    assert (listed["title"], listed["bpm"], "measured" in listed) == ("Nocturne", 71.96, False)
    other = get(client, f"/v1/tracks/{ids['Prelude']}")
    assert (other["bpm"], other["bpm_source"], other["key"], other["measured"]) == (None, "", "", None)


@pytest.mark.parametrize("where", ["bpm:abc", "bpm:-3", "key:H#", "camelot:13Z", "loudness:loud", f"key:{'x' * 1000}"])
def test_filters_that_mean_nothing_are_rejected(client: TestClient, where: str) -> None:
    response = client.get("/v1/tracks", params={"where": where})
    assert response.status_code == 400
    assert len(response.json()["detail"]) < 400
    assert client.post("/v1/search", json={"texts": ["a"], "where": where}).status_code == 400


@pytest.mark.parametrize("terms", [{"keys": ["H#"]}, {"camelot_codes": ["13Z"]}, {"tempi": [{"low": -3}]}])
def test_objects_that_mean_nothing_are_rejected(client: TestClient, terms: dict[str, Any]) -> None:
    response = client.post("/v1/search", json={"texts": ["a"], "where": terms})
    assert response.status_code == 400
    assert len(response.json()["detail"]) < 400


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


def test_a_list_in_an_order(client: TestClient, ids: dict[str, str]) -> None:
    first = get(client, "/v1/tracks", sort="title", order="desc", limit=2)
    everything = get(client, "/v1/tracks", sort="title", order="desc", limit=1000)
    assert (first["start"], first["total"], first["seed"]) == (0, len(ids), None)
    second = get(client, "/v1/tracks", sort="title", order="desc", limit=2, cursor=first["cursor"])
    assert [*first["tracks"], *second["tracks"]] == everything["tracks"][:4]
    assert get(client, "/v1/tracks", sort="title", order="desc", limit=2, offset=2)["tracks"] == second["tracks"]
    assert get(client, "/v1/tracks", sort="bpm", limit=1)["tracks"][0]["title"] == "Nocturne"  # the only one with any


def test_a_random_list_without_a_seed_goes_on_as_it_began(client: TestClient, ids: dict[str, str]) -> None:
    first = get(client, "/v1/tracks", sort="random", limit=3)
    rest = get(client, "/v1/tracks", sort="random", limit=1000, cursor=first["cursor"])
    assert rest["seed"] == first["seed"]
    assert sorted(track["id"] for track in (*first["tracks"], *rest["tracks"])) == sorted(ids.values())
    again = get(client, "/v1/tracks", sort="random", limit=3, seed=first["seed"])
    assert again["tracks"] == first["tracks"]


@pytest.mark.parametrize(
    "params",
    [
        {"sort": "size"},
        {"order": "desc"},
        {"sort": "title", "cursor": "next"},
        {"sort": "title", "cursor": "WzFd", "offset": 1},
        {"sort": "title", "offset": -1},
        {"sort": "random", "seed": "x" * 101},
    ],
)
def test_orders_that_mean_nothing_are_rejected(client: TestClient, params: dict[str, Any]) -> None:
    response = client.get("/v1/tracks", params=params)
    assert response.status_code in (400, 422)
    assert len(response.json()["detail"]) < 600
