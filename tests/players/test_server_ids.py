"""What servers call songs."""

from catalog.catalog import Catalog
from catalog.songs.reference import SongReference
from catalog.songs.resolving import learn, resolve
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


def test_ids_that_were_learnt_count_more_than_computed_ones(entry: MakeEntry) -> None:  # noqa: F811
    with Catalog.in_memory(SPACE) as library:
        library.upsert([entry(1), entry(2), entry(3)])
        sent = [
            SongReference("Title 1", id="4711", server="lyrion", path="/music/1.ogg"),
            SongReference("Title 2", id="so-12", server="ampache", path="/music/2.ogg"),
            SongReference("Title 3", id="a" * 32, server="jellyfin", path="/music/3.ogg"),
            SongReference("Title 3", id="2fQ", server="navidrome", path="/music/3.ogg"),
        ]
        assert learn(resolve(sent, library), library) == 4
        one, two, three = library.get([id_of(1), id_of(2), id_of(3)])
        lyrion, ampache = ServerIds(library, "lyrion"), ServerIds(library, "ampache")
        assert (lyrion.of(one), lyrion.of(two)) == ("4711", "")
        assert {id_: track.title for id_, track in lyrion.find(["4711", "12", "so-12"]).items()} == {"4711": "Title 1"}
        assert ampache.of(two) == "so-12"
        assert {*ampache.find(["12", "so-12", "4711"])} == {"12", "so-12"}
        jellyfin = ServerIds(library, "jellyfin", FOLDERS)
        assert jellyfin.of(three) == "a" * 32
        hyphens = "AAAAAAAA-AAAA-AAAA-AAAA-AAAAAAAAAAAA"
        computed = jellyfin_id(jellyfin_rule(FOLDERS), three)
        assert {*jellyfin.find([hyphens, computed])} == {hyphens, computed}
        assert ServerIds(library, "navidrome").of(three) == "2fQ"
