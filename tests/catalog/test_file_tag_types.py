"""The types of filter fields that only file tags need."""

import pytest

from catalog.catalog import Catalog
from catalog.engine import Match
from catalog.file_tag_types import YES, Artists, Flag, Ids
from catalog.filters import parse_filter
from catalog.track import Track
from polymuse.errors import UserError
from tests.catalog.conftest import MakeEntry

DUET = Track(
    "id",
    (),
    "Under Pressure",
    248.0,
    "flac",
    artist="Queen & David Bowie",
    artists=("Queen", "David Bowie", "QUEEN"),
    compilation=True,
    musicbrainz={"artist": ("A1", "a2"), "release": ("a1",)},
)
ARTIST = Artists(name="artist", track="artist", names="artists", key="artist_key", syntax="", matches="")


def test_artists_are_stored_as_shown_and_each() -> None:
    payload = ARTIST.payload(DUET)
    assert payload == {
        "artist": "Queen & David Bowie",
        "artists": ["Queen", "David Bowie"],
        "artist_key": ["david bowie", "queen", "queen & david bowie"],
    }
    assert ARTIST.restore(payload) == {"artist": "Queen & David Bowie", "artists": ("Queen", "David Bowie")}


def test_the_shown_artist_is_the_only_one_if_there_are_no_others() -> None:
    assert ARTIST.payload(Track("id", (), "Song", 1.0, "flac", artist="Can"))["artists"] == ["Can"]
    assert ARTIST.payload(Track("id", (), "Song", 1.0, "flac")) == {"artist": "", "artists": [], "artist_key": []}


def test_ids_of_every_kind_are_matched() -> None:
    ids = Ids(name="mbid", track="musicbrainz", key="mbids", syntax="", matches="")
    assert ids.payload(DUET) == {"mbids": ["a1", "a2"]}
    assert ids.conditions(["A2"]) == [Match("mbids", ("a2",))]
    assert ids.restore({"mbids": ["a1"]}) == {}


def test_a_flag_is_set_or_not() -> None:
    flag = Flag(name="compilation", track="compilation", syntax="", matches="")
    assert flag.payload(DUET) == {"flags": ["compilation"]}
    assert flag.conditions([YES]) == [Match("flags", ("compilation",))]
    with pytest.raises(UserError, match="not a value of compilation"):
        flag.check("no", "compilations")


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ('artist:"queen & david bowie"', [1]),
        ("artist:QUEEN", [1, 2]),
        ('artist:"david bowie"', [1]),
        ('albumartist:"various artists"', [3]),
        ("composer:mercury", [1]),
        ("label:emi", [1, 2]),
        ("isrc:gbum71029618", [1]),
        ("mbid:A2", [1]),
        ("original_year:..1979", [2]),
        ("disc:2", [2]),
        ("track:1..3", [2, 3]),
        ("compilation:yes", [3]),
        ("-compilation:yes -artist:queen", []),
    ],
)
def test_tracks_are_found_by_their_file_tags(
    catalog: Catalog, entry: MakeEntry, where: str, expected: list[int]
) -> None:
    shared = {"label": "EMI", "original_year": 1981}
    catalog.upsert(
        [
            entry(
                1,
                artist=DUET.artist,
                artists=DUET.artists,
                composers=("Mercury", "Deacon"),
                isrcs=("GBUM71029618",),
                musicbrainz=DUET.musicbrainz,
                track_number=11,
                **shared,
            ),
            entry(2, artist="Queen", disc_number=2, track_number=1, **shared | {"original_year": 1977}),
            entry(3, artist="Can", album_artist="Various Artists", track_number=3, compilation=True),
        ]
    )
    assert [int(track.id[-1]) for track in catalog.tracks(parse_filter(where))] == expected
