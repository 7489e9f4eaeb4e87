"""Which tracks the lines of a playlist file mean."""

import pytest

from catalog.catalog import Catalog
from catalog.playlists.matching import match_lines
from catalog.playlists.present import present
from catalog.playlists.reading import FileLine, ReadPlaylist
from catalog.store import Space
from tests.catalog.conftest import MakeEntry
from tests.helpers.ids import id_of, number_of

TRACKS = {  # number: (path, fields)
    1: ("/music/Björk/01 Hunter.flac", {"artist": "Björk", "title": "Hunter", "duration": 255.0}),
    2: ("/music/Other/01 Hunter.flac", {"artist": "Dido", "title": "Hunter", "duration": 237.0}),
    3: ("/music/a/Disc 1/track01.mp3", {"artist": "Ann", "title": "One", "duration": 100.0}),
    4: ("/music/b/Disc 1/track01.mp3", {"artist": "Bo", "title": "Two", "duration": 200.0}),
    5: ("/music/S\udcfc\udcdf.mp3", {"artist": "A - B", "title": "C", "duration": 50.0}),
    6: ("C:\\Musik\\Queen\\Song.mp3", {"artist": "Queen & David Bowie", "title": "Under Pressure", "duration": 60.0}),
    7: ("/music/live.mp3", {"artist": "Queen", "title": "Same", "album": "Live", "duration": 61.0}),
    8: ("/music/studio.mp3", {"artist": "Queen", "title": "Same", "album": "Studio", "duration": 61.0}),
}


@pytest.fixture(scope="module")
def library() -> Catalog:
    from tests.catalog.conftest import SPACE

    return Catalog.in_memory(Space(SPACE.name, SPACE.dim, SPACE.fingerprint, SPACE.profile))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ({"track_id": id_of(4), "locations": ("/music/live.mp3",)}, (4, "id")),
        ({"locations": ("../Björk/./01 Hunter.flac",)}, (1, "path")),
        ({"locations": ("/Users/x/Music/BJO\u0308RK/01 HUNTER.FLAC",)}, (1, "end of path")),
        ({"locations": ("D:\\x\\Other\\01 Hunter.flac",)}, (2, "end of path")),
        ({"locations": ("/x/01 Hunter.flac",), "duration": 236.0}, (2, "end of path")),
        ({"locations": ("/x/01 Hunter.flac",)}, (None, "")),  # it may be either
        ({"locations": ("/x/Disc 1/track01.mp3",)}, (None, "")),
        ({"locations": ("/x/Disc 1/track01.mp3",), "duration": 101.0}, (3, "end of path")),
        ({"locations": ("/x/b/Disc 1/track01.mp3",), "duration": 101.0}, (4, "end of path")),
        ({"locations": ("/x/live.mp3",), "title": "Another"}, (None, "")),  # only the name of the file is the same
        ({"locations": ("/music/S\udcfc\udcdf.mp3", "/music/Süß.mp3")}, (5, "path")),
        ({"locations": ("c:/Musik/Queen/Song.mp3",)}, (6, "end of path")),
        ({"artist": "A", "title": "B - C"}, (5, "name")),
        ({"artist": "david bowie", "title": "Under pressure!"}, (6, "name")),
        ({"artist": "Queen", "title": "Same", "duration": 61.0, "album": "studio"}, (8, "name")),
        ({"artist": "Queen", "title": "Same", "duration": 61.0}, (None, "")),
        ({"artist": "Bjork", "title": "Huntre"}, (1, "similar name")),
        ({"locations": ("M:\\Musik\\live.mp3",)}, (7, "path")),  # by the mapping
    ],
)
def test_what_a_line_means(
    library: Catalog, entry: MakeEntry, line: dict[str, object], expected: tuple[int | None, str]
) -> None:
    if not library.count():
        for number, (path, fields) in TRACKS.items():
            artists = ("Queen", "David Bowie") if number == 6 else ()
            library.upsert([entry(number, paths=(path,), artists=artists, **fields)])
    read = ReadPlaylist("", (FileLine(1, **line),))  # type: ignore[arg-type]
    [matched] = match_lines(read, library, base="/music/Lists", mapped=[("m:/musik", "/music")])
    assert (matched.track and number_of(matched.track), matched.how) == expected


def test_a_line_finds_its_track_when_that_is_indexed_later(entry: MakeEntry, space: Space) -> None:
    library = Catalog.in_memory(space)
    [matched] = match_lines(ReadPlaylist("", (FileLine(1, ("/music/9.ogg",), "Nine"),)), library)
    playlist = library.create_playlist("Later", [matched.entry()])
    assert present(library, playlist.entries) == {}
    library.upsert([entry(9, title="Nine!")])
    assert number_of(present(library, playlist.entries)[1]) == 9
