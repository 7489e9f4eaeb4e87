"""The file tags of a track as they are printed."""

import json

from catalog.track import Track
from cli.file_tags import as_dict, rows
from indexer.file_tags import TagInfo

DUET = {
    "title": "Under Pressure",
    "artist": "Queen & David Bowie",
    "artists": ("Queen", "David Bowie"),
    "track_number": 11,
    "compilation": True,
    "musicbrainz": {"release_group": ("r1",), "artist": ("a1", "a2")},
    "replay_gain": {"track_gain_db": -7.5},
    "lyrics": "[00:12.00]Pressure\n[00:14.00]Pushing down",
}


def test_a_track_and_a_file_are_printed_alike() -> None:
    printed = list(rows(TagInfo(**DUET)))
    assert printed == [
        ("title", "Under Pressure"),
        ("artist", "Queen & David Bowie"),
        ("artists", "Queen; David Bowie"),
        ("track number", "11"),
        ("compilation", "yes"),
        ("musicbrainz release group", "r1"),
        ("musicbrainz artist", "a1; a2"),
        ("replay gain track gain db", "-7.5"),
        ("lyrics", "2 lines"),
    ]
    assert list(rows(Track("id", (), duration=248.0, format="flac", **DUET))) == printed


def test_programs_get_what_there_is() -> None:
    values = as_dict(TagInfo(**DUET))
    assert json.loads(json.dumps(values)) == values
    assert values.keys() == DUET.keys()
    assert values["lyrics"] == DUET["lyrics"]
