"""`/v1/navidrome`, asked by the plugin itself as Navidrome runs it, over a service that needs a key."""

import json
import logging
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from catalog.catalog import Catalog
from catalog.store import Space
from catalog.track import Entry, FileRef, Track
from models.profiles import load_embedder
from models.weights.store import WeightStore
from polymuse.api_keys import Scope, stored_form
from polymuse.music import StemInfo
from polymuse.settings import Settings
from search_api.app import create_app
from tests.helpers.ids import id_of, number_of
from tests.helpers.navidrome_host import SETTINGS, CallFailedError, NavidromeHost, through_httpx
from tests.helpers.paths import ROOT
from tests.search_api.conftest import await_ready

WASM = (files("players.navidrome") / "plugin.wasm").read_bytes()
RECORDED = json.loads((ROOT / "tests/golden/navidrome/requests.json").read_text("utf-8"))  # of a real Navidrome
NIGHT_WALK = {
    "title": "Night Walk",
    "artist": "Kai & Ada Q",
    "artists": ("Kai", "Ada Q"),
    "album": "Two Rooms",
    "duration": 20.0,
    "isrcs": ("QZABC2600001",),
    "musicbrainz": {
        "recording": ("0a1b2c3d-1111-4222-8333-444455556666",),
        "release": ("bbbbbbbb-1111-4222-8333-444455556666",),
        "artist": ("aaaaaaaa-1111-4222-8333-444455556666", "cccccccc-1111-4222-8333-444455556666"),
    },
}
SONGS: list[dict[str, Any]] = [  # those of the recorded requests, and others around them; angles are their numbers
    NIGHT_WALK,
    {"title": "夜の歌", "artist": "林あかり", "album": "夜", "duration": 20.04},
    {"title": "Gymnopédie No. 1", "artist": "Erik Satie", "album": "Poly-Muse Demo", "duration": 38.0},
    {"title": "Gnossienne No. 3", "artist": "Erik Satie", "album": "Poly-Muse Demo", "duration": 40.0},
    {"title": "Gymnopédie No. 1 (Remastered)", "artist": "Erik Satie", "album": "Works", "duration": 38.2},
    {"title": "Warehouse", "artist": "Poly-Muse", "album": "Poly-Muse Demo", "duration": 33.0},
]
OTHERS = 230  # songs of many artists between the first ones and Warehouse
GYMNOPEDIE = {"id": "74RxajJjP86JMcRzJxgT4E", "name": "Gymnopédie No. 1", "artist": "Erik Satie", "count": 10}


def vector(dim: int, degrees: float, own: int | None = None) -> np.ndarray:
    """On a circle, or near it: with a direction of its own, no two are nearly the same."""
    made = np.zeros(dim, np.float32)
    made[0], made[1] = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    if own is not None:
        made *= 0.8
        made[2 + own] = 0.6
    return made


def songs(dim: int, fingerprint: str) -> Iterator[Entry]:
    degrees = [0.0, 7.0, 16.0, 24.0, 17.0, 89.0]
    others = [{"title": f"Song {number}", "artist": f"Artist {number}"} for number in range(OTHERS)]
    degrees += list(np.linspace(26, 88, OTHERS))
    for number, (fields, angle) in enumerate(zip([*SONGS, *others], degrees, strict=True)):
        with_voice = number in (0, 3, 5)
        vectors = {"mix": vector(dim, angle, None if number < len(SONGS) else number)}
        track = Track(
            id=id_of(number),
            files=(FileRef(f"/music/{number}.ogg", 1000, 0),),
            format="vorbis",
            stems={"vocals": StemInfo(-20.0, present=True)} if with_voice else {},
            models={"embedder": fingerprint},
            **{"duration": 100.0 + number, **fields},
        )
        yield Entry(track, vectors | ({"vocals": vector(dim, -angle)} if with_voice else {}))


@pytest.fixture(scope="module")
def service(
    settings: Settings, starter_weights: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    home = tmp_path_factory.mktemp("navidrome")
    (home / "models").symlink_to(starter_weights.parent)
    space = Space.of(load_embedder("starter", WeightStore(home / "models")))
    with Catalog.open(home / "store", space) as catalog:
        catalog.upsert(list(songs(space.dim, space.fingerprint)))
    keyed = settings.model_copy(update={"home": home, "api_keys": [stored_form(SETTINGS["key"], Scope.READ)]})
    with TestClient(create_app(keyed), base_url="http://127.0.0.1") as client:
        await_ready(client)
        yield client


@pytest.fixture
def navidrome(service: TestClient) -> NavidromeHost:
    return plugin(service)


def plugin(service: TestClient, **settings: str) -> NavidromeHost:
    return NavidromeHost(WASM, through_httpx(service), {**SETTINGS, **settings})


def asked(host: NavidromeHost, function: str, given: dict[str, Any]) -> list[dict[str, Any]]:
    """The songs, artists or matches of an answer."""
    [found] = json.loads(host.call(function, given)).values()
    return found


def write_ids(service: TestClient) -> None:
    """What is done a little after the questions."""
    state = service.app.state  # type: ignore[attr-defined]
    state.learning.write(state.loader.service().catalog)


def titles(found: list[dict[str, Any]]) -> list[str]:
    return [each.get("song", each)["name"] for each in found]


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda each: each["function"])
def test_what_a_real_navidrome_asked_is_answered(navidrome: NavidromeHost, recorded: dict[str, Any]) -> None:
    given = recorded["input"]
    found = asked(navidrome, recorded["function"], given)
    assert len(found) == (given["limit"] if "limit" in given else given["count"])
    assert len(set(titles(found))) == len(found)
    if "by_a" not in recorded["function"] and recorded["function"] != "nd_find_sonic_path":
        assert given.get("song", given)["name"] not in titles(found)
    assert b"null" not in json.dumps(found).encode()


def test_an_answer_has_all_by_which_navidrome_finds_a_song(service: TestClient, navidrome: NavidromeHost) -> None:
    given = next(each["input"] for each in RECORDED if "song" in each["input"])
    asked(navidrome, "nd_get_sonic_similar_tracks", given)  # its id is learned
    write_ids(service)
    [first, second] = asked(navidrome, "nd_get_sonic_similar_tracks", {"song": {**GYMNOPEDIE}, "count": 2})
    assert titles([first, second]) == ["Gnossienne No. 3", "夜の歌"]  # 8° and 9° away; and no remaster of itself
    by_artist = {"id": "54tkX3Zjhd9mK3b4N4QfhC", "name": "Kai", "count": 1}
    assert asked(navidrome, "nd_get_similar_songs_by_artist", by_artist) == [
        {
            "id": "0hX5uGKn3CB9caSe8AUGi4",
            "name": "Night Walk",
            "mbid": "0a1b2c3d-1111-4222-8333-444455556666",
            "isrc": "QZABC2600001",
            "artist": "Kai & Ada Q",
            "artists": [
                {"name": "Kai", "mbid": "aaaaaaaa-1111-4222-8333-444455556666"},
                {"name": "Ada Q", "mbid": "cccccccc-1111-4222-8333-444455556666"},
            ],
            "album": "Two Rooms",
            "duration": 20.0,
            "durationMs": 20000,
        }
    ]


def test_a_learned_id_is_enough(service: TestClient, navidrome: NavidromeHost) -> None:
    asked(navidrome, "nd_get_similar_songs_by_track", GYMNOPEDIE)
    write_ids(service)
    again = {"id": GYMNOPEDIE["id"], "name": "", "artist": "", "count": 1}
    assert asked(navidrome, "nd_get_similar_songs_by_track", again) != []


def test_similarities_are_honest(navidrome: NavidromeHost) -> None:
    found = asked(navidrome, "nd_get_sonic_similar_tracks", {"song": GYMNOPEDIE, "count": 200})
    similarities = [match["similarity"] for match in found]
    assert similarities == sorted(similarities, reverse=True)
    assert similarities[0] == pytest.approx(np.cos(np.radians(8)), abs=0.02)  # vectors are stored in 4 bits
    assert len(found) == 200


def test_a_path_begins_with_the_start_and_ends_with_the_end(navidrome: NavidromeHost) -> None:
    given = next(each["input"] for each in RECORDED if "startSong" in each["input"])
    found = asked(navidrome, "nd_find_sonic_path", given)
    assert [titles(found)[0], titles(found)[-1]] == ["Gymnopédie No. 1", "Warehouse"]
    assert len(found) == given["count"]
    similarities = [match["similarity"] for match in found]
    assert similarities[0] == 1
    assert similarities[-1] == pytest.approx(np.cos(np.radians(73)), abs=0.02)


@pytest.mark.parametrize(
    ("function", "given"),
    [
        ("nd_get_sonic_similar_tracks", {"song": {"id": "x" * 22, "name": "Unknown", "artist": "Nobody"}, "count": 5}),
        ("nd_get_sonic_similar_tracks", {"count": 5}),
        ("nd_find_sonic_path", {"startSong": GYMNOPEDIE, "endSong": {"name": "Unknown"}, "count": 5}),
        ("nd_find_sonic_path", {"startSong": {"name": "Unknown"}, "endSong": GYMNOPEDIE, "count": 5}),
        ("nd_get_similar_songs_by_track", {"id": "x", "name": "Unknown", "artist": "Nobody", "count": 5}),
        ("nd_get_similar_songs_by_track", {**GYMNOPEDIE, "count": 0}),
        ("nd_get_similar_songs_by_album", {"id": "x", "name": "Unknown", "artist": "Nobody", "count": 5}),
        ("nd_get_similar_songs_by_artist", {"id": "x", "name": "Nobody", "count": 5}),
        ("nd_get_similar_artists", {"id": "x", "name": "", "limit": 5}),
        ("nd_get_similar_artists", {}),
    ],
)
def test_what_is_not_known_has_a_definite_nothing(
    navidrome: NavidromeHost, function: str, given: dict[str, Any]
) -> None:
    assert asked(navidrome, function, given) == []


class TestSettings:
    def test_without_the_artist(self, service: TestClient) -> None:
        host = plugin(service, exclude_artist="true")
        assert "Gnossienne No. 3" not in titles(asked(host, "nd_get_similar_songs_by_track", GYMNOPEDIE))

    def test_without_the_album(self, service: TestClient) -> None:
        host = plugin(service, exclude_album="true")
        assert "Gnossienne No. 3" not in titles(asked(host, "nd_get_similar_songs_by_track", GYMNOPEDIE))

    def test_a_filter(self, service: TestClient) -> None:
        host = plugin(service, where='artist:"林あかり"')
        assert titles(asked(host, "nd_get_similar_songs_by_track", GYMNOPEDIE)) == ["夜の歌"]

    def test_a_stem(self, service: TestClient) -> None:
        host = plugin(service, stem="vocals")
        warehouse = {"id": "w" * 22, "name": "Warehouse", "artist": "Poly-Muse", "count": 5}
        assert titles(asked(host, "nd_get_similar_songs_by_track", warehouse)) == ["Gnossienne No. 3", "Night Walk"]
        assert asked(host, "nd_get_similar_songs_by_track", GYMNOPEDIE) == []  # it has no voice

    @pytest.mark.parametrize("chosen", [{"stem": "drums"}, {"where": "artits:x"}])
    def test_what_the_library_cannot_use_is_in_the_log(
        self, service: TestClient, chosen: dict[str, str], caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.WARNING), pytest.raises(CallFailedError, match="the stem or the filter"):
            plugin(service, **chosen).call("nd_get_similar_songs_by_track", GYMNOPEDIE)
        assert "a setting of the plugin for Navidrome" in caplog.text

    def test_a_wrong_key(self, service: TestClient) -> None:
        with pytest.raises(CallFailedError, match="does not accept the key"):
            plugin(service, key="wrong").call("nd_get_similar_songs_by_track", GYMNOPEDIE)

    def test_a_plugin_of_another_version(self, service: TestClient) -> None:
        headers = {"X-API-Key": SETTINGS["key"]}
        for path in ("nd_get_lyrics", "nd_get_similar_artists?shuffle=1", "nd_get_similar_artists?per_artist=-1"):
            assert service.post(f"/v1/navidrome/{path}", headers=headers, json={}).status_code == 422
        newer = {**GYMNOPEDIE, "libraryId": 7, "artists": None, "count": 1}
        refused = service.post("/v1/navidrome/nd_get_similar_songs_by_track", headers=headers, json=newer)
        assert refused.status_code == 200


def test_a_stranger_with_the_key_cannot_fill_the_store(service: TestClient, navidrome: NavidromeHost) -> None:
    song = {"name": "Warehouse", "artist": "Poly-Muse", "count": 1}
    for number in range(20):
        asked(navidrome, "nd_get_similar_songs_by_track", {"id": f"{number:022}", **song})
    asked(navidrome, "nd_get_similar_songs_by_track", {"id": "with spaces " * 9, **song})
    write_ids(service)
    track = service.app.state.loader.service().catalog.get([id_of(5)])[0]  # type: ignore[attr-defined]
    assert number_of(track) == 5
    assert len(track.marks.known_as) == 8
