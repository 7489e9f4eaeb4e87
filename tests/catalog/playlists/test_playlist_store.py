"""Playlists in every engine: what is stored comes back, and nothing is lost between two writers."""

import threading
from pathlib import Path

import httpx
import pytest

from catalog.catalog import Catalog
from catalog.playlists.changes import Add, Describe, Move, Remove
from catalog.playlists.file_shelf import FileShelf
from catalog.playlists.playlist import PlaylistConflictError, PlaylistEntry, SmartQuery
from catalog.playlists.playlist_store import PlaylistStore
from catalog.playlists.server_shelf import ServerShelf
from catalog.playlists.shelf import MemoryShelf, Shelf
from catalog.server import Server
from catalog.store import Space
from polymuse.errors import NotFoundError, UnavailableError
from tests.catalog.conftest import MakeEntry
from tests.helpers.ids import id_of
from tests.helpers.qdrant_server import FakeQdrant


@pytest.fixture(params=["files", "server", "memory"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    if request.param == "files":
        return FileShelf(tmp_path / "playlists")
    if request.param == "memory":
        return MemoryShelf()
    return ServerShelf(Server("http://qdrant:6333", transport=FakeQdrant().transport))


def other_process(shelf: Shelf) -> PlaylistStore:
    """A store with the same place and nothing else in common."""
    if isinstance(shelf, FileShelf):
        return PlaylistStore(FileShelf(shelf._folder))
    return PlaylistStore(ServerShelf(shelf._server) if isinstance(shelf, ServerShelf) else shelf)


def new(*titles: str) -> list[PlaylistEntry]:
    return [PlaylistEntry(0, id_of(index), title, "Ann", "/m/\udcff.mp3", 61.5) for index, title in enumerate(titles)]


def test_a_playlist_comes_back_as_it_was_stored(shelf: Shelf) -> None:
    store = PlaylistStore(shelf)
    assert store.heads() == []
    with pytest.raises(NotFoundError):
        store.get(id_of(1))
    made = store.create("Ævening =1+1", new("a", "b"), description="two\nlines")
    smart = store.create("calm", smart=SmartQuery({"texts": [{"text": "calm"}]}, 50))
    again = other_process(shelf)
    assert again.get(made.head.id) == made
    assert again.get(smart.head.id) == smart
    assert [head.name for head in again.heads()] == ["calm", "Ævening =1+1"]
    assert again.heads()[1] == made.head
    assert (made.head.count, made.head.duration) == (2, 123.0)


def test_a_removed_playlist_can_be_had_back(shelf: Shelf) -> None:
    store = PlaylistStore(shelf)
    made = store.create("Evening", new("a", "b"))
    store.remove(made.head.id)
    assert store.heads() == []
    with pytest.raises(NotFoundError):
        store.get(made.head.id)
    with pytest.raises(NotFoundError):
        store.change(made.head.id, [Remove((1,))])
    assert [head.id for head in store.removed()] == [made.head.id]
    store.bring_back(made.head.id)
    store.bring_back(made.head.id)
    assert store.get(made.head.id).entries == made.entries
    assert store.put(made) is False
    store.remove(made.head.id)
    assert store.put(made) is True
    assert store.get(made.head.id).entries == made.entries


def test_two_processes_that_write_at_once_lose_nothing(shelf: Shelf) -> None:
    playlist_id = PlaylistStore(shelf).create("Both").head.id
    stores = [PlaylistStore(shelf), other_process(shelf)]

    def add(number: int) -> None:
        for turn in range(8):
            stores[number].change(playlist_id, [Add(tuple(new(f"{number}-{turn}")))])

    threads = [threading.Thread(target=add, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after = stores[0].get(playlist_id)
    assert sorted(entry.title for entry in after.entries) == sorted(
        f"{n}-{turn}" for n in range(2) for turn in range(8)
    )
    assert after.head.revision == 17
    with pytest.raises(PlaylistConflictError):
        stores[0].change(playlist_id, [Move((99,))], revision=17)
    assert stores[1].change(playlist_id, [Describe(name="One")], revision=3).head.name == "One"


def test_every_engine_has_playlists_and_they_outlive_tracks(catalog: Catalog, entry: MakeEntry) -> None:
    catalog.upsert([entry(1, title="One"), entry(2, title="Two")])
    made = catalog.create_playlist(
        "Mine", [PlaylistEntry.of_track(track) for track in catalog.get([id_of(1), id_of(2)])]
    )
    catalog.delete([id_of(1)])
    assert [each.title for each in catalog.playlist(made.head.id).entries] == ["One", "Two"]
    assert made.head in catalog.playlists()
    catalog.change_playlist(made.head.id, [Remove((2,))], made.head.revision)
    assert [each.path for each in catalog.playlist(made.head.id).entries] == ["/music/1.ogg"]
    catalog.remove_playlist(made.head.id)
    assert made.head.id in {head.id for head in catalog.removed_playlists()}
    assert catalog.bring_back_playlist(made.head.id).name == "Mine"


def test_playlists_are_the_same_for_another_model(tmp_path: Path, space: Space) -> None:
    other = Space("other", 8, "e" * 64, "starter")
    with Catalog.share(tmp_path, space) as first, Catalog.share(tmp_path, other) as second:
        made = first.create_playlist("Mine", new("a"))
        assert second.playlist(made.head.id) == made
    assert [each.space for each in Catalog.peek(tmp_path)] == [other, space]


def test_a_damaged_file_is_left_alone_and_hides_no_other(tmp_path: Path) -> None:
    store = PlaylistStore(FileShelf(tmp_path))
    good, bad = store.create("Good"), store.create("Bad", new("a"))
    path = tmp_path / f"{bad.head.id}.json"
    for damage in (b"", b"\0" * 100, b"[]\n{}\n", path.read_bytes().splitlines()[0], b"[" * 100_000):
        path.write_bytes(damage)
        assert good.head.id in {head.id for head in store.heads()}
        with pytest.raises(UnavailableError, match="damaged"):
            store.get(bad.head.id)
        with pytest.raises(UnavailableError, match="damaged"):
            store.change(bad.head.id, [Remove((1,))])
        assert path.read_bytes() == damage


def test_a_full_disk_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = PlaylistStore(FileShelf(tmp_path))
    made = store.create("Mine", new("a"))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(UnavailableError, match=r"No space left.*Nothing was changed"):
            store.change(made.head.id, [Remove((1,))])
    assert store.get(made.head.id) == made
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([f"{made.head.id}.json", "lock"])


def test_a_collection_of_someone_else_is_refused() -> None:
    server = Server("http://qdrant:6333", transport=FakeQdrant().transport)
    server.client.create_collection("playlists", vectors_config={})
    with pytest.raises(UnavailableError, match="not made by this version"):
        PlaylistStore(ServerShelf(server)).create("Mine")


def test_a_server_that_fails_is_said(entry: MakeEntry) -> None:
    down = httpx.MockTransport(lambda _: httpx.Response(403, json={"status": {"error": "no"}}))
    with pytest.raises(UnavailableError):
        PlaylistStore(ServerShelf(Server("http://qdrant:6333", transport=down))).heads()
