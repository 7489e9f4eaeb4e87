"""Tracks as values."""

import math
from dataclasses import replace

import pytest

from catalog.track import Track
from tests.helpers.measured import measured

SONG = Track("id", (), "Under Pressure", 248.0, "flac", artist="Queen & David Bowie")


def test_the_shown_artist_is_the_only_one_unless_each_is_named() -> None:
    assert SONG.artists == ("Queen & David Bowie",)
    assert replace(SONG, artists=("Queen", "David Bowie")).artists == ("Queen", "David Bowie")
    assert replace(SONG, artist="Queen", artists=()).artists == ("Queen",)
    assert replace(SONG, artist="", artists=()).artists == ()


def test_tempo_and_key_of_the_file_win_over_the_measured_ones() -> None:
    track = replace(SONG, measured=measured(bpm=120.0, key="Am"))
    assert (track.bpm, track.bpm_source, track.key, track.key_source) == (120.0, "measured", "Am", "measured")
    tagged = replace(track, tag_bpm=90.0, tag_key="H")
    assert (tagged.bpm, tagged.bpm_source, tagged.key, tagged.key_source) == (90.0, "file", "B", "file")
    assert (tagged.camelot, track.camelot, tagged.loudness, tagged.energy) == ("1B", "8A", -14.0, 0.5)


@pytest.mark.parametrize("bpm", [0.0, -120.0, 5.0, 1e6, math.nan, math.inf, None])
@pytest.mark.parametrize("key", ["", "o", "Cmaj7", "A" * 1000])
def test_tags_that_say_nothing_leave_what_is_measured(bpm: float | None, key: str) -> None:
    track = replace(SONG, tag_bpm=bpm, tag_key=key, measured=measured())
    assert (track.bpm, track.bpm_source, track.key, track.key_source) == (120.0, "measured", "Am", "measured")
    bare = replace(track, measured=None)
    assert (bare.bpm, bare.bpm_source, bare.key, bare.key_source, bare.camelot) == (None, "", "", "", "")
    assert (bare.loudness, bare.energy) == (None, None)
