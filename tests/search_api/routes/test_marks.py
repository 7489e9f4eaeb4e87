"""`/v1/marks`, `/v1/tracks/{id}/marks` and `/played`."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from catalog.marks import MarkChange
from tests.helpers.ids import id_of

NOON = "2026-01-31T12:00:00+00:00"


@pytest.fixture(autouse=True)
def _unmarked(client: TestClient, ids: dict[str, str]) -> Iterator[None]:
    """The library is shared by all tests."""
    yield
    catalog = client.app.state.loader.service().catalog  # type: ignore[attr-defined]
    for track in catalog.get(list(ids.values())):
        catalog.mark([track.id], MarkChange(favourite=False, hidden=False, not_wrong=track.marks.wrong_tags))


def titles(client: TestClient, where: str) -> list[str]:
    answer = client.get("/v1/tracks", params={"where": where}).json()
    return [track["title"] for track in answer["tracks"]]


def test_marks_of_a_track(client: TestClient, ids: dict[str, str]) -> None:
    path = f"/v1/tracks/{ids['Nocturne']}/marks"
    marks = client.patch(path, json={"favourite": True, "wrong": ["sad"]}).json()["marks"]
    assert marks["favourite_since"].endswith("+00:00")
    assert (marks["hidden_since"], marks["wrong_tags"]) == ("", ["sad"])
    assert titles(client, "favourite:yes") == titles(client, "wrong:sad") == ["Nocturne"]
    shown = client.get(f"/v1/tracks/{ids['Nocturne']}").json()
    assert shown["marks"] == marks
    assert client.patch(path, json={}).json()["marks"] == marks
    marks = client.patch(path, json={"favourite": False, "not_wrong": ["sad"]}).json()["marks"]
    assert (marks["favourite_since"], marks["wrong_tags"]) == ("", [])


def test_several_tracks_at_once_and_all_or_none(client: TestClient, ids: dict[str, str]) -> None:
    both = [ids["Nocturne"], ids["Prelude"]]
    answer = client.post("/v1/marks", json={"ids": both, "hidden": True})
    assert list(answer.json()["marks"]) == both
    assert set(titles(client, "hidden:yes")) == {"Nocturne", "Prelude"}
    assert "Nocturne" not in titles(client, "")
    assert client.post("/v1/marks", json={"ids": both, "hidden": False}).status_code == 200
    refused = client.post("/v1/marks", json={"ids": [*both, id_of(999)], "favourite": True})
    assert (refused.status_code, titles(client, "favourite:yes")) == (404, [])


def test_a_play_counts_once(client: TestClient, ids: dict[str, str]) -> None:
    path = f"/v1/tracks/{ids['Nocturne']}/played"
    for at in (NOON, "2026-01-31T13:00:00+01:00"):
        marks = client.post(path, json={"at": at}).json()["marks"]
        assert (marks["plays"], marks["last_played"]) == (1, NOON)
    marks = client.post(path, json={}).json()["marks"]
    assert marks["plays"] == 2
    assert marks["last_played"] > NOON
    assert titles(client, "plays:2 played:1d") == ["Nocturne"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("played", {"at": "yesterday"}, 400),
        ("played", {"at": "2026-01-31T12:00:00"}, 400),
        ("played", {"at": "1969-12-31T00:00:00Z"}, 400),
        ("played", {"at": (datetime.now(UTC) + timedelta(days=1)).isoformat()}, 400),
        ("played", {"at": "0001-01-01T00:00:00+23:00"}, 400),
        ("played", {"at": 5}, 422),
        ("marks", {"wrong": ["no-such-tag"]}, 400),
        ("marks", {"wrong": ["<script>"]}, 422),
        ("marks", {"wrong": ["sad"], "not_wrong": ["sad"]}, 400),
        ("marks", {"wrong": ["sad"] * 101}, 422),
        ("marks", {"favorite": True}, 422),
    ],
)
def test_bad_input_is_refused(client: TestClient, ids: dict[str, str], path: str, body: Any, status: int) -> None:
    sent = {"patch": client.patch, "post": client.post}["patch" if path == "marks" else "post"]
    answer = sent(f"/v1/tracks/{ids['Prelude']}/{path}", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_unknown_tracks_and_too_many_of_them(client: TestClient) -> None:
    assert client.patch(f"/v1/tracks/{id_of(999)}/marks", json={"favourite": True}).status_code == 404
    assert client.post("/v1/tracks/%00/played", json={}).status_code == 404
    assert client.post("/v1/marks", json={"ids": [id_of(n) for n in range(10_000)]}).status_code == 422
