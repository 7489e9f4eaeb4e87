"""Which entries of a playlist have a track now."""

from catalog.catalog import Catalog
from catalog.playlists.places import Places
from catalog.playlists.playlist import PlaylistEntry
from catalog.playlists.present import present, to_rows
from tests.catalog.conftest import MakeEntry
from tests.helpers.ids import id_of, number_of


def test_entries_lose_and_find_their_tracks(catalog: Catalog, entry: MakeEntry) -> None:
    catalog.upsert([entry(1, title="One"), entry(2, title="Two"), entry(3, title="Three")])
    tracks = catalog.get([id_of(1), id_of(2), id_of(3), id_of(1)])
    entries = catalog.create_playlist("x", [PlaylistEntry.of_track(track) for track in tracks]).entries

    def there() -> dict[int, int]:
        return {number: number_of(track) for number, track in present(catalog, entries).items()}

    assert there() == {1: 1, 2: 2, 3: 3, 4: 1}
    catalog.delete([id_of(1)])
    catalog.remove_path("/music/2.ogg", "2026-11-01T00:00:00+00:00")
    assert there() == {3: 3}
    rows = to_rows(entries, present(catalog, entries), Places("/music"))
    assert [(row.title, row.path) for row in rows] == [
        (t, f"{n}.ogg") for t, n in zip(("One", "Two", "Three", "One"), (1, 2, 3, 1), strict=True)
    ]
    catalog.upsert([entry(7, title="One", paths=("/music/1.ogg",)), entry(8, title="New", paths=("/music/3.ogg",))])
    assert there() == {1: 7, 4: 7}  # encoded anew; 3 was overwritten by something else
    catalog.upsert([entry(1, title="One", paths=("/moved/1.ogg",)), entry(2, title="Two")])
    assert there() == {1: 1, 2: 2, 4: 1}
