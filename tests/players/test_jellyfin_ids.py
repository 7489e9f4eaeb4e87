"""Jellyfin's ids against those of real servers."""

import pytest

from catalog.catalog import Catalog
from catalog.path_hashes import PathHash
from catalog.store import Space
from catalog.track import FileRef, Track
from players.jellyfin_ids import SONG, _swapped, jellyfin_id, jellyfin_rule, jellyfin_tracks
from tests.catalog.conftest import SPACE, MakeEntry, entry  # noqa: F401  the fixture

# From logs in jellyfin/jellyfin, issues 10278 (Linux) and 9188 (Windows): what a server removed, and its id.
REMOVED = [
    ("Audio.MusicAlbum", "/mnt/giant/Media/music-game/dkc2", "c301a05a-551c-4d34-daa9-1876a0d125c0"),
    ("Audio.MusicAlbum", "/mnt/giant/Media/music-game/Dark Reign 2", "ca844008-dd64-3656-2b92-bc05397ddbd2"),
    ("TV.Episode", "E:\\telev\\6d50d603bcfbe3b4f2ff445745d11c0c56.ts", "7b9e6fe3-cca4-4b2f-3c5b-b3fca42a093c"),
]


@pytest.mark.parametrize(("kind", "path", "expected"), REMOVED)
def test_the_formula_gives_the_ids_of_real_servers(kind: str, path: str, expected: str) -> None:
    rule = PathHash(f"MediaBrowser.Controller.Entities.{kind}")
    assert _swapped(rule.of(path)) == expected.replace("-", "")
    assert _swapped(_swapped(rule.of(path))) == rule.of(path)


def test_songs_are_found_by_their_ids_however_they_are_written(entry: MakeEntry) -> None:  # noqa: F811
    space: Space = SPACE
    rule = jellyfin_rule((("/music", "/media/music"),))
    with Catalog.in_memory(space) as catalog:
        catalog.upsert([entry(1, paths=("/music/Ä/1.ogg", "/copies/1.ogg")), entry(2)])
        one, two = catalog.tracks()
        id_ = jellyfin_id(rule, one)
        assert id_ == _swapped(PathHash(SONG).of("/media/music/Ä/1.ogg"))
        hyphens = f"{id_[:8]}-{id_[8:12]}-{id_[12:16]}-{id_[16:20]}-{id_[20:]}"
        copy = _swapped(rule.of("/copies/1.ogg"))  # a file that Jellyfin may have as well
        asked = [id_, hyphens, id_.upper(), copy, jellyfin_id(rule, two), "0" * 32, "", "no id", id_ + "0", "g" * 32]
        found = jellyfin_tracks(rule, asked, catalog)
        assert {each: track.title for each, track in found.items()} == {
            **dict.fromkeys([id_, hyphens, id_.upper(), copy], one.title),
            jellyfin_id(rule, two): two.title,
        }


def test_a_path_that_jellyfin_cannot_read_has_no_id() -> None:
    track = Track("x", (FileRef("/music/\udcff.ogg", 1, 0),), "t", 1.0, "vorbis")
    assert jellyfin_id(jellyfin_rule(), track) == ""
    assert jellyfin_id(jellyfin_rule(), Track("x", (), "t", 1.0, "vorbis")) == ""
