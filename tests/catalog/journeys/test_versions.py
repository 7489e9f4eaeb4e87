import pytest

from catalog.journeys.versions import album_key, artist_keys, song_key


def key(title: str, artist: str = "Queen") -> str:
    return song_key({"title": title, "artist": artist})


@pytest.mark.parametrize(
    "version",
    [
        "radio ga ga",
        "Radio Ga Ga (Live at Wembley)",
        "Radio Ga Ga - Remastered 2011",
        "Radio Ga Ga [Extended Version]",
        "Radio Ga Ga (feat. Someone) (Single Edit)",
        "Radio  Ga Ga（ライブ）",
    ],
)
def test_versions_of_a_song_are_the_same(version: str) -> None:
    assert key(version) == key("Radio Ga Ga")


@pytest.mark.parametrize("other", ["Symphony No. 5 (2nd movement)", "Symphony No. 5 - II. Andante", "Symphony No. 6"])
def test_other_pieces_are_not(other: str) -> None:
    assert key(other) != key("Symphony No. 5 (1st movement)")


def test_a_title_that_is_all_version_is_kept() -> None:
    assert key("(Live)") != key("(Demo)")


def test_songs_without_artist_or_title_are_unknown() -> None:
    assert key("Intro", "") == key("") == ""
    assert key("Intro", "A") != key("Intro", "B")


def test_each_artist_counts_but_not_various() -> None:
    assert artist_keys({"artist": "Queen & David Bowie", "artists": ["Queen", "David Bowie"]}) == (
        "queen",
        "david bowie",
    )
    assert artist_keys({"artist": "Various Artists"}) == artist_keys({}) == ()


def test_albums_of_the_same_name_are_told_apart() -> None:
    hits = {"album": "Greatest Hits"}
    assert album_key({**hits, "artist": "A"}) != album_key({**hits, "artist": "B"})
    assert album_key({**hits, "artist": "A", "album_artist": "C"}) == album_key({**hits, "album_artist": "C"})
    assert album_key({**hits, "artist": "A", "compilation": True}) == album_key({**hits, "compilation": True})
    assert album_key({"artist": "A"}) == ""
