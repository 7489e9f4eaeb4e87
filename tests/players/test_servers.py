"""Every kind of server: its songs, a search, a check, and answers of other kinds."""

from collections.abc import Iterator

import pytest

from catalog.songs.reference import SongReference
from catalog.track import Track
from players.http import PlayerError
from players.lyrion import LyrionServer
from players.servers import AnyServer, open_any, open_server
from polymuse.errors import NotFoundError, UserError
from polymuse.player_settings import PlayerSettings
from tests.helpers.music_servers import SECRET, USER, MusicServer, Song, running

KINDS = ("subsonic", "jellyfin", "emby", "plex", "lyrion")
SONGS = [Song(str(n), f"Lied № {n}", "Ä & B", f"Album {n % 3}", 61.5, f"/music/{n}.flac") for n in range(1, 1203)]


@pytest.fixture(params=KINDS)
def there(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[MusicServer]:
    monkeypatch.setenv("POLYMUSE_PLAYER_NAS_SECRET", SECRET)
    with running(request.param) as server:
        server.songs = SONGS
        yield server


def settings(there: MusicServer, **others: str) -> dict[str, PlayerSettings]:
    fields = {"kind": there.kind, "url": there.url, "user": "" if there.kind == "plex" else USER} | others
    return {"nas": PlayerSettings.model_validate(fields)}


@pytest.fixture
def server(there: MusicServer) -> Iterator[AnyServer]:
    opened = open_any(settings(there), "nas")
    yield opened
    opened.close()


def test_all_songs_in_pages_and_each_once(server: AnyServer, there: MusicServer) -> None:
    found = [each for page in server.songs() for each in page]
    assert [each.id for each in found] == [song.id for song in SONGS]
    first = found[0]
    seconds = 62 if there.kind == "subsonic" else 61.5  # whole seconds
    assert first == SongReference("Lied № 1", ("Ä & B",), "Album 1", seconds, id="1", server="nas", path=first.path)
    assert first.path.endswith("/music/1.flac")


def test_a_search_and_a_check(server: AnyServer, there: MusicServer) -> None:
    name = {"subsonic": "navidrome 0.63.2", "lyrion": "Lyrion 9.0.1", "plex": "Plex 1.41.0"}
    assert server.check() == name.get(there.kind, "Jellyfin Server 10.10.3")
    assert SECRET not in repr(server)
    if not isinstance(server, LyrionServer):
        track = Track(id="x", files=(), title="Lied № 1202", duration=61.0, format="flac", artist="Ä & B")
        assert [each.id for each in server.find(track)] == ["1202"]


@pytest.mark.parametrize("kind", KINDS)
def test_another_kind_of_server_is_told_apart(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Jellyfin is not told from an Emby: it takes the same requests, but for those that change a playlist."""
    monkeypatch.setenv("POLYMUSE_PLAYER_NAS_SECRET", SECRET)
    with running(kind) as there:
        there.fail("", lambda handler: handler.answer({"hello": [1], "MediaContainer": 3, "subsonic-response": "no"}))
        opened = open_any(settings(there), "nas")
        for ask in (opened.check, lambda: list(opened.songs())):
            with pytest.raises(PlayerError, match="answers"):
                ask()
        opened.close()


def test_a_wrong_secret_is_said_without_it(there: MusicServer, monkeypatch: pytest.MonkeyPatch) -> None:
    if there.kind == "lyrion":
        pytest.skip("needs none")
    monkeypatch.setenv("POLYMUSE_PLAYER_NAS_SECRET", "wrong-secret")
    opened = open_any(settings(there), "nas")
    with pytest.raises(PlayerError, match="refuses") as caught:
        opened.check()
    assert "wrong-secret" not in str(caught.value)
    assert "\x1b" not in str(caught.value)
    opened.close()


def test_without_a_secret_or_with_an_unknown_name(there: MusicServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POLYMUSE_PLAYER_NAS_SECRET")
    with pytest.raises(NotFoundError, match=r"no server nass\. There are: nas"):
        open_any(settings(there), "nass")
    if there.kind == "lyrion":
        with pytest.raises(UserError, match="from files only"):
            open_server(settings(there), "nas")
    else:
        with pytest.raises(UserError, match="There is no secret for nas"):
            open_server(settings(there), "nas")


class TestSubsonic:
    @pytest.fixture
    def there(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[MusicServer]:
        monkeypatch.setenv("POLYMUSE_PLAYER_NAS_SECRET", SECRET)
        with running("subsonic") as server:
            server.songs = SONGS[:30]
            yield server

    def test_an_api_key_instead_of_a_user(self, there: MusicServer) -> None:
        opened = open_any(settings(there, user=""), "nas")
        assert opened.check() == "navidrome 0.63.2"
        opened.close()

    def test_servers_without_forms_and_without_an_empty_search(self, server: AnyServer, there: MusicServer) -> None:
        there.forms = there.empty_search = False
        assert sorted(int(each.id) for page in server.songs() for each in page) == [*range(1, 31)]
        assert not any(line.startswith("POST") for line in there.requests[2:])

    def test_an_error_of_the_server_is_shown_clean(self, server: AnyServer) -> None:
        assert not isinstance(server, LyrionServer)
        with pytest.raises(PlayerError, match="nas refuses: Wrong: …") as caught:
            server.entries("none")
        assert (caught.value.code, "\x1b" in str(caught.value)) == (70, False)


def test_a_user_that_jellyfin_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYMUSE_PLAYER_NAS_SECRET", SECRET)
    with running("jellyfin") as there:
        for user, message in (("eve", "has no user eve"), ("", "has many users")):
            opened = open_any(settings(there, user=user), "nas")
            with pytest.raises(PlayerError, match=message):
                opened.check()
            opened.close()
