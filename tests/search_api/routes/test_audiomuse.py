"""What plugins for AudioMuse-AI send, and what they read of the answers; each case is named after its caller.

Requests as the sources of the plugins make them: NeptuneHub/audiomuse-ai-plugin 223cbf2 (Jellyfin),
JameZUK/lyrion-audiomuseai-plugin 69fb02a and CDrummond/lms-audiomuse-mixer b6e70eb (Lyrion),
NeptuneHub/AudioMuse-AI-NV-plugin 1f09303 (Navidrome), ampache/ampache 188fe58.
"""

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from polymuse.api_keys import Scope, stored_form
from polymuse.errors import UserError
from polymuse.settings import Settings, load_settings
from search_api.app import create_app
from tests.search_api.conftest import PIECES, await_ready

NOCTURNE, PRELUDE, ETUDE = "Nocturne", "Prelude", "Etude"
READ, ADMIN = "a-reader-" + "r" * 30, "an-owner-" + "o" * 30
FOLDERS = ("/music=/media/music",)


@pytest.fixture(scope="module")
def facade(settings: Settings, client: TestClient) -> Iterator[TestClient]:
    """A service without keys beside the one that owns the store."""
    own = settings.model_copy(update={"audiomuse": ("jellyfin", "navidrome"), "jellyfin_folders": FOLDERS})
    with TestClient(create_app(own), base_url="http://127.0.0.1") as made:
        await_ready(made)
        yield made


@pytest.fixture(scope="module")
def guarded(settings: Settings, client: TestClient) -> Iterator[TestClient]:
    """The same with keys."""
    keys = (stored_form(READ, Scope.READ), stored_form(ADMIN, Scope.ADMIN))
    own = settings.model_copy(update={"audiomuse": ("jellyfin", "ampache"), "api_keys": keys})
    with TestClient(create_app(own), base_url="http://127.0.0.1") as made:
        await_ready_with(made, READ)
        yield made


def await_ready_with(client: TestClient, key: str) -> None:
    await_ready(client)
    assert client.get("/v1/stats", headers={"X-API-Key": key}).status_code == 200


@pytest.fixture(scope="module")
def jellyfin(facade: TestClient) -> dict[str, str]:
    """{title: id in Jellyfin}."""
    return {row["title"]: row["item_id"] for piece in PIECES for row in named(facade, piece.title)}


def named(client: TestClient, title: str) -> list[dict[str, Any]]:
    return client.get("/api/search_tracks", params={"title": title}).json()


def rows(answer: Any) -> list[dict[str, Any]]:
    """As the plugins read them."""
    assert answer.status_code == 200, answer.text
    body = answer.json()
    for row in body:
        assert {*row} == {"item_id", "title", "author", "album", "distance"}
        assert 0 <= row["distance"] <= 2
    return body


def error(answer: Any, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert [*answer.json()] == ["error"]
    return answer.json()["error"]


class TestJellyfin:
    """Its setting allows no path: .NET drops it, so that requests come to /api with a bearer."""

    def test_instant_mix(self, facade: TestClient, jellyfin: dict[str, str]) -> None:
        found = rows(facade.get(f"/api/similar_tracks?n=5&item_id={jellyfin[NOCTURNE]}"))
        assert len(found) == 5
        assert {row["title"] for row in found[:2]} == {PRELUDE, ETUDE}
        assert all(UUID(row["item_id"]).hex == row["item_id"] for row in found)
        assert jellyfin[NOCTURNE] not in [row["item_id"] for row in found]

    def test_a_song_by_title_and_artist(self, facade: TestClient, jellyfin: dict[str, str]) -> None:
        by_name = facade.get("/api/similar_tracks?n=3&title=Nocturne&artist=clara&eliminate_duplicates=false")
        assert rows(by_name) == rows(facade.get(f"/api/similar_tracks?n=3&item_id={jellyfin[NOCTURNE]}"))

    def test_a_count_that_is_left_out_is_sent_as_0(self, facade: TestClient, jellyfin: dict[str, str]) -> None:
        assert len(rows(facade.get(f"/api/similar_tracks?n=0&item_id={jellyfin[NOCTURNE]}"))) == 10

    def test_a_seed_that_is_unknown_is_404(self, facade: TestClient) -> None:
        assert "known here" in error(facade.get(f"/api/similar_tracks?n=5&item_id={'0' * 32}"), 404)

    def test_paths_and_distances(self, facade: TestClient, jellyfin: dict[str, str]) -> None:
        start, end = jellyfin[NOCTURNE], jellyfin["Warehouse"]
        found = facade.get(f"/api/find_path?start_song_id={start}&end_song_id={end}&max_steps=6").json()
        ids = [row["item_id"] for row in found["path"]]
        assert (ids[0], ids[-1], len(ids)) == (start, end, 6)
        assert found["total_distance"] > found["path"][-1]["distance"] / 2
        most = facade.get(f"/api/max_distance?item_id={start}").json()
        assert most["max_distance"] >= found["path"][-1]["distance"]
        assert most["farthest_item_id"] in jellyfin.values()

    def test_similar_artists(self, facade: TestClient) -> None:
        query = "n=3&artist=Clara&ef_search=50&include_component_matches=true"
        found = facade.get(f"/api/similar_artists?{query}").json()
        assert found[0]["artist"] == "Robert"
        [match] = found[0]["component_matches"]
        assert {row["title"] for row in match["artist1_representative_songs"]} == {NOCTURNE, PRELUDE}
        assert match["artist2_representative_songs"][0] == {"item_id": match_id(facade, ETUDE), "title": ETUDE}

    def test_text_search(self, facade: TestClient) -> None:
        found = facade.post("/api/clap/search", json={"query": "piano", "limit": 3}).json()
        assert (found["query"], found["count"]) == ("piano", 3)
        assert {row["title"] for row in found["results"]} == {NOCTURNE, PRELUDE, ETUDE}
        assert all({*row} == {"item_id", "title", "author", "album", "similarity"} for row in found["results"])

    def test_health_and_the_test_button(self, facade: TestClient) -> None:
        assert facade.get("/").status_code == 200
        assert facade.get("/api/active_tasks").json() == {}

    def test_a_fingerprint_without_plays_says_why(self, facade: TestClient) -> None:
        query = "jellyfin_user_identifier=me&jellyfin_token=s3cret&n=200"
        assert "played" in error(facade.get(f"/api/sonic_fingerprint/generate?{query}"), 404)

    def test_a_playlist_is_made_here(self, facade: TestClient, jellyfin: dict[str, str]) -> None:
        body = {"playlist_name": "From\nJellyfin", "track_ids": [jellyfin[ETUDE], "0" * 32, jellyfin[NOCTURNE]]}
        answer = facade.post("/api/create_playlist", json=body)
        assert answer.status_code == 201
        assert answer.json()["tracks_added"] == 2
        place = f"/v1/playlists/{answer.json()['playlist_id']}"
        made = facade.get(f"{place}/tracks").json()
        assert made["playlist"]["name"] == "From Jellyfin"
        assert [each["track"]["title"] for each in made["entries"]] == [ETUDE, NOCTURNE]
        assert facade.delete(place).status_code in (200, 204)

    @pytest.mark.parametrize(
        "path", ["/api/playlists", "/api/config", "/api/last_task", "/api/status/1", "/chat/api/config_defaults"]
    )
    def test_what_is_not_here_says_so(self, facade: TestClient, path: str) -> None:
        assert "has no" in error(facade.get(path), 404)


def match_id(client: TestClient, title: str) -> str:
    return named(client, title)[0]["item_id"]


class TestLyrion:
    """Any path in its setting; a bearer. An answer of 200 with `error` is an error to it."""

    BASE = "/audiomuse/jellyfin"  # of a server whose ids this library has

    def test_similar_tracks(self, facade: TestClient, jellyfin: dict[str, str]) -> None:
        query = f"item_id={jellyfin[NOCTURNE]}&n=20&eliminate_duplicates=true"
        assert len(rows(facade.get(f"{self.BASE}/api/similar_tracks?{query}"))) > 10

    def test_mixer(self, facade: TestClient, jellyfin: dict[str, str]) -> None:
        query = "n=2&eliminate_duplicates=true&radius_similarity=true&mood_similarity=true"
        assert len(rows(facade.get(f"{self.BASE}/api/similar_tracks?item_id={jellyfin[ETUDE]}&{query}"))) == 2

    def test_alchemy(self, facade: TestClient, jellyfin: dict[str, str]) -> None:
        items = [
            {"id": jellyfin[NOCTURNE], "op": "ADD", "type": "song"},
            {"id": jellyfin["Partita"], "op": "ADD", "type": "song"},
            {"id": jellyfin[ETUDE], "op": "SUBTRACT", "type": "song"},
            {"id": "12345", "op": "ADD", "type": "song"},
        ]
        found = facade.post(f"{self.BASE}/api/alchemy", json={"items": items, "n": 25}).json()
        titles = [row["title"] for row in found["results"]]
        assert found["filtered_out"] == []
        assert not {NOCTURNE, "Partita", ETUDE} & {*titles}
        assert all({*row} == {"item_id", "title", "author", "album", "distance"} for row in found["results"])

    def test_an_artist_counts_as_a_song(self, facade: TestClient) -> None:
        items = [{"id": "Clara", "type": "artist"}, {"id": "Nobody", "type": "artist"}]
        found = facade.post(f"{self.BASE}/api/alchemy", json={"items": items, "n": 1}).json()["results"]
        assert found[0]["title"] == ETUDE

    def test_search_by_artist(self, facade: TestClient) -> None:
        found = facade.get(f"{self.BASE}/api/search_tracks?artist=Clara").json()
        assert {row["title"] for row in found} == {NOCTURNE, PRELUDE}
        assert facade.get(f"{self.BASE}/api/search_tracks?artist=Nobody%20at%20all").json() == []
        both = facade.get(f"{self.BASE}/api/search_tracks?search_query=Clara&start=1&end=2").json()
        assert len(both) == 1

    def test_warm_up_and_ping(self, facade: TestClient) -> None:
        assert facade.post(f"{self.BASE}/api/clap/warmup", json={}).json()["loaded"] is True
        assert facade.get(f"{self.BASE}/api/health").json() == {"status": "ok"}

    @pytest.mark.parametrize("path", ["sem_grove/search", "hyperbolic/similar", "lyrics/search/text", "radios/run"])
    def test_what_is_not_here_says_so(self, facade: TestClient, path: str) -> None:
        assert path in error(facade.post(f"{self.BASE}/api/{path}", json={"item_id": "1"}), 404)


class TestNavidrome:
    """Any path in its setting; a bearer. It finds rows without an id of its own by title, artist and album."""

    BASE = "/audiomuse/navidrome"

    def test_rows_of_unknown_ids_keep_their_names(self, facade: TestClient, ids: dict[str, str]) -> None:
        query = f"item_id={ids[NOCTURNE]}&n=2&eliminate_duplicates=true&radius_similarity=true"
        found = rows(facade.get(f"{self.BASE}/api/similar_tracks?{query}"))
        assert {(row["title"], row["author"]) for row in found} == {(PRELUDE, "Clara"), (ETUDE, "Robert")}
        assert {row["item_id"] for row in found} == {ids[PRELUDE], ids[ETUDE]}

    def test_a_path(self, facade: TestClient, ids: dict[str, str]) -> None:
        ends = f"start_song_id={ids[NOCTURNE]}&end_song_id={ids['Smoke']}"
        query = f"{ends}&count=25&max_steps=5&path_fix_size=false&mood_pct=100"
        assert len(facade.get(f"{self.BASE}/api/find_path?{query}").json()["path"]) == 5

    def test_an_artist_by_an_unknown_id(self, facade: TestClient) -> None:
        query = "artist=527qlYiblYXwKrNOoRuS7c&n=10&include_component_matches=true"
        assert "no artist" in error(facade.get(f"{self.BASE}/api/similar_artists?{query}"), 404)


class TestAmpache:
    """It sends no key, so that the key is in the path."""

    def test_the_key_in_the_path_opens_and_is_in_no_log(
        self, guarded: TestClient, ids: dict[str, str], caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.DEBUG):
            found = guarded.get(f"/audiomuse/ampache/{READ}/api/similar_tracks?item_id={ids[NOCTURNE]}&n=5")
            assert found.status_code == 200, found.text
            wrong = guarded.get("/audiomuse/ampache/no-key-of-anybody/api/similar_tracks?item_id=1&n=5")
            assert "wrong" in error(wrong, 401)
            assert "has no" in error(guarded.get(f"/audiomuse/{READ}/api/nothing"), 404)
        logged = " ".join(each.getMessage() for each in caplog.records if not each.name.startswith("httpx"))
        assert "/audiomuse/api/similar_tracks 200" in logged
        for secret in (READ, "no-key-of-anybody"):
            assert secret not in logged
            assert secret not in wrong.text


class TestKeys:
    def test_a_bearer_reads_and_an_admin_key_makes_playlists(self, guarded: TestClient, ids: dict[str, str]) -> None:
        place, body = "/api/create_playlist", {"playlist_name": "x", "track_ids": [ids[NOCTURNE]]}
        assert "key" in error(guarded.get("/api/similar_tracks?item_id=1"), 401)
        assert "key" in error(guarded.get("/audiomuse/api/health"), 401)
        reader, owner = ({"Authorization": f"Bearer {key}"} for key in (READ, ADMIN))
        assert guarded.get("/api/active_tasks", headers=reader).status_code == 200
        assert "admin" in error(guarded.post(place, json=body, headers=reader), 403)
        made = guarded.post(place, json=body, headers=owner)
        assert made.status_code == 201
        guarded.delete(f"/v1/playlists/{made.json()['playlist_id']}", headers=owner)

    def test_other_sites_cannot_ask(self, facade: TestClient) -> None:
        assert error(facade.get("/api/health", headers={"Sec-Fetch-Site": "cross-site"}), 403)
        form = facade.post("/api/create_playlist", content="{}", headers={"Content-Type": "text/plain"})
        assert error(form, 415)


class TestBadInput:
    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("similar_tracks", 400),
            ("similar_tracks?item_id=", 400),
            ("similar_tracks?title=Nocturne", 400),
            ("similar_tracks?item_id=1&n=many", 422),
            (f"similar_tracks?item_id={'x' * 1001}", 422),
            ("similar_tracks?item_id=%00%1b[31m&n=1", 404),
            ("similar_tracks?item_id=../../etc/passwd", 404),
            ("similar_tracks?title=Nobody&artist=Clara", 404),
            ("find_path?start_song_id=1", 422),
            ("find_path?start_song_id=1&end_song_id=2", 404),
            ("max_distance?item_id=1", 404),
            ("search_tracks", 400),
            ("search_tracks?artist=a&start=-1", 422),
            ("similar_artists", 404),
        ],
    )
    def test_of_addresses(self, facade: TestClient, path: str, status: int) -> None:
        text = error(facade.get(f"/api/{path}"), status)
        assert "\x1b" not in text
        assert "\0" not in text

    @pytest.mark.parametrize("n", [1001, 10**9, 10**30])
    def test_counts_beyond_the_limit_are_brought_to_it(self, facade: TestClient, ids: dict[str, str], n: int) -> None:
        assert 10 < len(rows(facade.get(f"/api/similar_tracks?item_id={ids[NOCTURNE]}&n={n}"))) < len(PIECES)

    @pytest.mark.parametrize(
        ("place", "body", "status"),
        [
            ("alchemy", {}, 422),
            ("alchemy", {"items": []}, 422),
            ("alchemy", {"items": [{"id": "1", "op": "ADD"}] * 501}, 422),
            ("alchemy", {"items": [{"id": "1", "op": "DIVIDE"}]}, 422),
            ("alchemy", {"items": [{"id": "1", "type": "playlist"}]}, 422),
            ("alchemy", {"items": [{"id": "1"}] * 500}, 404),
            ("alchemy", {"items": [{"id": "1"}], "subtract_distance": "NaN"}, 422),
            ("clap/search", {"query": ""}, 422),
            ("clap/search", {"query": "x" * 1001}, 422),
            ("create_playlist", {"playlist_name": "", "track_ids": ["1"]}, 422),
            ("create_playlist", {"playlist_name": "x", "track_ids": ["1"]}, 404),
            ("create_playlist", {"playlist_name": "\x01\u202e", "track_ids": []}, 422),
            ("create_playlist", [], 422),
        ],
    )
    def test_of_bodies(self, facade: TestClient, place: str, body: Any, status: int) -> None:
        error(
            facade.post(f"/api/{place}", content=json.dumps(body), headers={"Content-Type": "application/json"}), status
        )

    def test_hundreds_of_items_are_mixed(self, facade: TestClient, jellyfin: dict[str, str]) -> None:
        wanted = [{"id": id_} for id_ in list(jellyfin.values())[:12]] * 40
        unwanted = [{"id": id_, "op": "SUBTRACT"} for id_ in jellyfin.values()]
        answer = facade.post("/api/alchemy", json={"items": wanted + unwanted, "subtract_distance": 2})
        assert answer.status_code == 200
        assert answer.json()["results"] == []

    def test_an_empty_library(self, settings: Settings, empty_home: Path) -> None:
        own = settings.model_copy(update={"home": empty_home, "audiomuse": ("jellyfin",)})
        with TestClient(create_app(own), base_url="http://127.0.0.1") as empty:
            await_ready(empty)
            for path in (
                f"similar_tracks?item_id={'0' * 32}",
                "max_distance?item_id=1",
                "similar_artists?artist=Clara",
            ):
                error(empty.get(f"/api/{path}"), 404)
            assert empty.get("/api/search_tracks?artist=Clara").json() == []
            assert empty.post("/api/clap/search", json={"query": "piano"}).json()["results"] == []
            error(empty.post("/api/alchemy", json={"items": [{"id": "1"}]}), 404)
            assert error(empty.get("/api/sonic_fingerprint/generate"), 404)


def test_it_is_off_by_default_and_in_no_description(client: TestClient, facade: TestClient) -> None:
    for path in ("/api/health", "/audiomuse/api/health", "/audiomuse/KEY/api/health"):
        assert client.get(path).status_code == 404
    assert "audiomuse" not in json.dumps(facade.get("/openapi.json").json()["paths"])


@pytest.mark.parametrize("wrong", [{"audiomuse": "api"}, {"audiomuse": "Jelly fin"}, {"jellyfin_folders": "/music"}])
def test_settings_are_checked(wrong: dict[str, str]) -> None:
    with pytest.raises(UserError, match=re.escape(next(iter(wrong)))):
        load_settings(**wrong)
