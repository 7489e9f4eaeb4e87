import pytest

from indexer.file_tags.names import meaning


@pytest.mark.parametrize("name", ["ALBUMARTIST", "Album Artist", "album_artist", "WM/AlbumArtist"])
def test_programs_write_a_name_in_different_ways(name: str) -> None:
    assert meaning(name) == ("album_artist", 0)


@pytest.mark.parametrize("name", ["", "encoder", "x" * 1_000_000, "título", "WM/"])
def test_other_names_mean_nothing(name: str) -> None:
    assert meaning(name) is None


def test_the_language_that_ffmpeg_adds_to_lyrics() -> None:
    assert meaning("lyrics-eng") == ("lyrics", 0)
