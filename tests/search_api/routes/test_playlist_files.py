"""Playlists as files, in and out of a whole service."""

import csv
import io
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.search_api.routes.test_playlists import entries, made, titles

BYTES = {"content-type": "application/octet-stream"}


def sent(client: TestClient, data: bytes, **params: Any) -> Any:
    return client.post("/v1/playlists/import", params=params, content=data, headers=BYTES)


def imported(client: TestClient, text: str, **params: Any) -> dict[str, Any]:
    response = sent(client, text.encode(), **params)
    assert response.status_code == 201, response.text
    return response.json()


def test_export_with_places_of_another_machine(client: TestClient, ids: dict[str, str]) -> None:
    playlist = made(client, "A/B: \u201cc\u201d", tracks=[ids["Nocturne"], ids["Aria"]])
    place = f"/v1/playlists/{playlist['id']}/export"
    answer = client.get(place, params={"prefix": "/music=/srv/m", "relative_to": "/srv/m/lists"})
    assert answer.headers["content-disposition"].endswith("filename*=UTF-8''A_B_%20%E2%80%9Cc%E2%80%9D.m3u8")
    assert answer.text.splitlines()[:4] == [
        "#EXTM3U",
        "#PLAYLIST:A/B: \u201cc\u201d",
        "#EXTINF:60,Clara - Nocturne",
        "../clara/nocturne.flac",
    ]
    assert client.get(place, params={"bom": True}).content.startswith(b"\xef\xbb\xbf#EXTM3U\n")
    assert "/music/clara/nocturne.flac\n" in client.get(place).text
    table = list(csv.DictReader(io.StringIO(client.get(place, params={"format": "csv"}).text)))
    assert [row["id"] for row in table] == [ids["Nocturne"], ids["Aria"]]
    assert client.get(place, params={"relative_to": "lists"}).status_code == 400
    assert client.get(place, params={"prefix": "music"}).status_code == 400


@pytest.mark.parametrize("kind", ["m3u8", "xspf", "json", "csv"])
def test_what_is_exported_is_imported(client: TestClient, ids: dict[str, str], kind: str) -> None:
    playlist = made(client, "Round", tracks=[ids["Nocturne"], ids["Smoke"], ids["Nocturne"]])
    data = client.get(f"/v1/playlists/{playlist['id']}/export", params={"format": kind}).content
    answer = sent(client, data, file=f"C:\\x\\Trip.{kind}").json()
    assert answer["found"] == {"path" if kind == "m3u8" else "id": 3}
    assert answer["playlist"]["name"] == ("Trip" if kind == "csv" else "Round")
    assert titles(client, answer["playlist"]) == ["Nocturne", "Smoke", "Nocturne"]


def test_lines_are_found_in_many_ways(client: TestClient, ids: dict[str, str]) -> None:
    text = "\n".join(
        [
            "#EXTM3U",
            "clara/nocturne.flac",  # from the folder of the playlist
            "../music/./clara/nocturne.flac",
            "M:\\Musik\\Clara\\NOCTURNE.FLAC",  # another machine, another case
            "file:///elsewhere/clara/nocturne.flac",
            "#EXTINF:100,Robert - Partita",
            "/gone/07.mp3",
            "#EXTINF:100,Robrt - Partitaa",
            "/gone/08.mp3",
            "#EXTINF:7,Nobody - Nothing",
            "/gone/09.mp3",
        ]
    )
    answer = imported(client, text, base="/music", name="Ways")
    assert [each["how"] for each in answer["lines"]] == [
        *("path", "path", "end of path", "end of path", "name", "similar name", "")
    ]
    assert [each["id"] for each in answer["lines"]] == [*[ids["Nocturne"]] * 4, ids["Partita"], ids["Partita"], ""]
    *_, unknown = entries(client, answer["playlist"])
    assert (unknown["title"], unknown["artist"], unknown["path"], unknown["track"]) == (
        *("Nothing", "Nobody", "/gone/09.mp3", None),
    )
    exported = client.get(f"/v1/playlists/{answer['playlist']['id']}/export").text
    assert exported.splitlines()[-2:] == ["#EXTINF:7,Nobody - Nothing", "/gone/09.mp3"]
    mapped = imported(client, "M:/x/nocturne.flac\n/q.mp3", prefix="M:\\x=/music/clara", keep_unknown=False)
    assert mapped["found"] == {"path": 1, "": 1}
    assert mapped["playlist"]["count"] == 1
    before = len(client.get("/v1/playlists").json()["playlists"])
    assert imported(client, "/q.mp3", dry_run=True)["playlist"] is None
    assert len(client.get("/v1/playlists").json()["playlists"]) == before


def test_bad_files_are_refused(client: TestClient) -> None:
    for data, status in [
        (b"", 422),
        (b"#EXTM3U\n", 422),
        (b"\0" * 100, 422),
        (b"a\n" * 60_000, 422),
        (b"x" * 10_000_001, 422),
        (b"x" * 10_000_002, 413),
    ]:
        assert sent(client, data).status_code == status
    assert sent(client, b"a.mp3", base="relative").status_code == 400
    assert sent(client, b"a.mp3", prefix="a=b").status_code == 400
    assert client.post("/v1/playlists/import", content=b"a.mp3").status_code == 415
    form = client.post("/v1/playlists/import", files={"file": b"a.mp3"})
    assert form.status_code == 415
