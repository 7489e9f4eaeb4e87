"""Tracks as values."""

from dataclasses import replace

from catalog.track import Track

SONG = Track("id", (), "Under Pressure", 248.0, "flac", artist="Queen & David Bowie")


def test_the_shown_artist_is_the_only_one_unless_each_is_named() -> None:
    assert SONG.artists == ("Queen & David Bowie",)
    assert replace(SONG, artists=("Queen", "David Bowie")).artists == ("Queen", "David Bowie")
    assert replace(SONG, artist="Queen", artists=()).artists == ("Queen",)
    assert replace(SONG, artist="", artists=()).artists == ()
