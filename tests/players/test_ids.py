"""What a server calls our tracks: learnt, found and forgotten."""

from collections.abc import Iterator

import pytest

from catalog.catalog import Catalog
from catalog.marks import MarkChange
from catalog.songs.resolving import foreign_id
from players.http import PlayerError
from players.ids import ids_of, sync
from players.server import Server
from players.servers import open_server
from polymuse.player_settings import PlayerSettings
from tests.catalog.conftest import MakeEntry
from tests.helpers.ids import id_of
from tests.helpers.music_servers import SECRET, USER, MusicServer, Song, running


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[MusicServer]:
    monkeypatch.setenv("POLYMUSE_PLAYER_NAS_SECRET", SECRET)
    with running("subsonic") as server:
        server.songs = [
            Song("a", "Storm", "Kai", "One", 200),
            Song("b", "Calm", "Kai", "One", 100, "/data/Kai/2.flac"),
            Song("c", "Unknown", "Nobody", "None", 50),
        ]
        yield server


@pytest.fixture
def server(there: MusicServer) -> Iterator[Server]:
    opened = open_server({"nas": PlayerSettings(kind="subsonic", url=there.url, user=USER)}, "nas")
    yield opened
    opened.close()


@pytest.fixture
def library(catalog: Catalog, entry: MakeEntry) -> Catalog:
    catalog.upsert(
        [
            entry(1, title="Storm", artist="Kai", album="One", duration=200.0),
            entry(2, title="Quite other tags", duration=100.0, paths=("/music/Kai/2.flac",)),
            entry(3, title="Only here", artist="Kai", duration=100.0),
        ]
    )
    return catalog


MAPPED = (("/data", "/music"),)


def known(library: Catalog) -> list[str]:
    return [foreign_id(track, "nas") for track in library.get([id_of(1), id_of(2), id_of(3)])]


def test_a_sync_learns_and_forgets(server: Server, library: Catalog, there: MusicServer) -> None:
    library.mark([id_of(3)], MarkChange(known_as=("nas:old", "other:x")))
    *_, tried = sync(server, library, MAPPED, dry_run=True)
    assert (tried.songs, tried.known, tried.learnt, tried.forgotten) == (3, 2, 2, 1)
    assert known(library) == ["", "", "old"]
    *_, done = sync(server, library, MAPPED)
    assert (done.learnt, done.forgotten, dict(done.found)) == (2, 1, {"name": 1, "path": 1})
    assert [each.title for each in done.without] == ["Unknown"]
    assert known(library) == ["a", "b", ""]
    assert foreign_id(library.get([id_of(3)])[0], "other") == "x"
    there.fail("search3", lambda handler: handler.answer(b"", 500), after=0)
    with pytest.raises(PlayerError):
        list(sync(server, library, MAPPED))
    there.faults.clear()
    there.songs = []
    *_, done = sync(server, library, MAPPED)
    assert (done.songs, done.forgotten, known(library)) == (0, 0, ["a", "b", ""])


def test_a_push_asks_only_for_what_is_not_known(server: Server, library: Catalog, there: MusicServer) -> None:
    library.mark([id_of(2)], MarkChange(known_as=("nas:b",)))
    found = ids_of(server, library.get([id_of(1), id_of(2), id_of(3)]), library)
    assert {id_: (each.reference.id, each.how) for id_, each in found.items()} == {
        id_of(1): ("a", "name"),
        id_of(2): ("b", "id"),
    }
    assert sum("search3" in line for line in there.requests) == 3  # one finds "Storm", two do not find "Only here"
