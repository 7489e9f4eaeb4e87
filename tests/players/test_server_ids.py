"""What servers call songs."""

from catalog.catalog import Catalog
from players.jellyfin_ids import jellyfin_id, jellyfin_rule
from players.server_ids import ServerIds
from tests.catalog.conftest import SPACE, MakeEntry, entry  # noqa: F401  the fixture
from tests.helpers.ids import id_of

FOLDERS = (("/music", "/media"),)


def test_ids_are_found_and_given_as_the_server_does(entry: MakeEntry) -> None:  # noqa: F811
    with Catalog.in_memory(SPACE) as library:
        library.upsert([entry(1), entry(2), entry(3, missing_since="2026-01-01T00:00:00+00:00")])
        [track] = library.get([id_of(1)])
        theirs = jellyfin_id(jellyfin_rule(FOLDERS), track)
        jellyfin = ServerIds(library, "jellyfin", FOLDERS)
        assert jellyfin.of(track) == theirs
        asked = [theirs, id_of(2), id_of(3), "", "x" * 201, "nobody", theirs]
        assert {id_: track.title for id_, track in jellyfin.find(asked).items()} == {
            theirs: "Title 1",
            id_of(2): "Title 2",
        }
        assert ServerIds(library, "lyrion").find([theirs]) == {}
        assert ServerIds(library, "lyrion").of(track) == ""
        assert ServerIds(library, "navidrome").of(track) == track.id  # it finds the song by its name
