"""`polymuse playlists push` and `polymuse players`, against a server of music."""

import json
from collections.abc import Iterator

import pytest

from polymuse.errors import UserError
from polymuse.settings import config_file
from tests.helpers.command_line import answers, invoke, run_here
from tests.helpers.music_servers import SECRET, USER, MusicServer, Song, running


@pytest.fixture
def there(library: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[MusicServer]:
    monkeypatch.setenv("POLYMUSE_PLAYER_NAVIDROME_SECRET", SECRET)
    with running("subsonic") as server:
        server.songs = [Song("p", "Piano", "A", '"piano", live'), Song("c", "Choir", "B", '"choir", live')]
        config_file().parent.mkdir(parents=True)
        config_file().write_text(
            f"players:\n  navidrome: {{kind: subsonic, url: '{server.url}', user: {USER}}}\n"
            "  lyrion: {kind: lyrion, url: 'http://127.0.0.1:9'}\n"
        )
        yield server


def test_a_playlist_is_sent_and_sent_again(there: MusicServer) -> None:
    invoke("playlists", "create", "Mine", "/music/piano.ogg", "/music/techno.ogg", "/music/choir.ogg")
    [tried] = answers("playlists", "push", "Mine", "--to", "navidrome", "--dry-run")
    assert (tried["action"], tried["done"], tried["song_ids"], there.lists) == ("create", False, ["p", "c"], {})
    result = run_here("playlists", "push", "Mine", "--to", "navidrome", "--profile", "starter")
    assert result.returncode == 1  # not all were found
    assert "Techno by A: not on the server" in result.stderr
    assert "Mine is made on navidrome: 2 songs; 1 not found." in result.stderr
    [made] = there.lists.values()
    assert (made.name, made.ids) == ("Mine", ["p", "c"])
    invoke("playlists", "remove", "Mine", "1", "2")
    before = len(there.requests)
    [done] = answers("playlists", "push", "Mine", "--to", "navidrome")
    assert (done["action"], done["not_found"], made.ids) == ("change", [], ["c"])
    assert not any("search3" in line for line in there.requests[before:])  # ids were remembered
    assert (
        "Mine is unchanged on navidrome: 1 songs, 1 before."
        in invoke("playlists", "push", "Mine", "--to", "navidrome").stderr
    )


def test_what_cannot_be_sent(there: MusicServer, monkeypatch: pytest.MonkeyPatch) -> None:
    invoke("playlists", "create", "Smart", "--smart", "--where", "artist:B")
    invoke("playlists", "create", "None of it", "/music/techno.ogg")
    there.add("Smart", ["p"], owner="bob")
    for name, server, message in (
        ("None of it", "navidrome", "has no song of None of it; nothing was sent"),
        ("Smart", "navidrome", "has a playlist Smart already"),
        ("Smart", "lyrion", "from files only"),
        ("Smart", "plex", "There is no server plex. There are: navidrome, lyrion"),
    ):
        with pytest.raises(UserError, match=message):
            invoke("playlists", "push", name, "--to", server)
    with pytest.raises(UserError, match="belongs to somebody else"):
        invoke("playlists", "push", "Smart", "--to", "navidrome", "--replace")
    monkeypatch.setenv("POLYMUSE_PLAYER_NAVIDROME_SECRET", "another")
    result = run_here("playlists", "push", "Smart", "--to", "navidrome", "--profile", "starter")
    assert (result.returncode, result.stderr.count("\n"), "another" in result.stderr) == (3, 1, False)


def test_servers_are_listed_checked_and_read(there: MusicServer) -> None:
    result = run_here("players", "list", "--check", "--json")
    first, second = map(json.loads, result.stdout.splitlines())
    assert (result.returncode, first["answer"], second["ok"]) == (3, "navidrome 0.63.2", False)
    assert SECRET not in result.stdout
    [done] = answers("players", "sync", "navidrome")
    assert (done["songs"], done["tracks"], done["learnt"]) == (2, 2, 2)
    assert "0 ids are new" in invoke("players", "sync", "navidrome").stderr
