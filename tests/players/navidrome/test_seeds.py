"""The tracks of albums and artists, by what Navidrome says of them."""

from typing import Any

import pytest

from catalog.catalog import Catalog
from players.navidrome.seeds import album_tracks, artist_tracks
from tests.catalog.conftest import MakeEntry
from tests.helpers.ids import number_of

RELEASE, ARTIST = "bbbbbbbb-1111-4222-8333-444455556666", "aaaaaaaa-1111-4222-8333-444455556666"


@pytest.fixture
def library(catalog: Catalog, entry: MakeEntry) -> Catalog:
    songs: list[dict[str, Any]] = [
        {"artist": "Kai", "album": "Greatest Hits", "musicbrainz": {"release": (RELEASE,), "artist": (ARTIST,)}},
        {"artist": "Kai", "album": "Greatest Hits (Deluxe)"},
        {"artist": "林あかり", "album": "Greatest Hits"},
        {"artist": "Kai feat. Ada", "artists": ("Kai", "Ada"), "album": "Duets", "album_artist": "Kai"},
        {"artist": "Ada", "album": "Hits of '95", "album_artist": "Various Artists", "compilation": True},
        {"artist": "Bo", "album": "Hits of '95", "album_artist": "Various Artists", "compilation": True},
        {"title": "untagged"},
    ]
    catalog.upsert([entry(number, **song) for number, song in enumerate(songs)])
    return catalog


@pytest.mark.parametrize(
    ("name", "artist", "mbid", "expected"),
    [
        ("Another title", "Kai", RELEASE, [0]),
        ("greatest  hits", "KAI", "", [0]),
        ("Greatest Hits", "林あかり", "", [2]),
        ("Greatest Hits", "Nobody", "", []),
        ("Greatest Hits", "Kai", ARTIST, [0]),  # an id that is not of a release is none
        ("Duets", "Kai", "", [3]),
        ("Duets", "Ada", "", [3]),
        ("Hits of '95", "Various Artists", "", [4, 5]),
        ("Hits of '95", "", "", [4, 5]),
        ("Hits of '95", "Ada", "", [4]),
        ("Unknown", "Kai", "", []),
        ("", "", "", []),
        (" ", "Kai", "not an id", []),
    ],
)
def test_albums(library: Catalog, name: str, artist: str, mbid: str, expected: list[int]) -> None:
    assert sorted(map(number_of, album_tracks(library, name, artist, mbid))) == expected


@pytest.mark.parametrize(
    ("name", "mbid", "expected"),
    [
        ("Somebody", ARTIST, [0]),
        ("kai", "", [0, 1, 3]),
        ("kai", RELEASE, [0, 1, 3]),
        ("Kai;Ada", "", [0, 1, 3, 4]),
        ("Kai feat. Ada", "", [3]),
        ("林あかり", "", [2]),
        ("Various Artists", "", []),
        ("Nobody", "", []),
        ("", "", []),
        (";", "", []),
    ],
)
def test_artists(library: Catalog, name: str, mbid: str, expected: list[int]) -> None:
    assert sorted(map(number_of, artist_tracks(library, name, mbid))) == expected
