"""Paths of playlist files, worked out by hand."""

import pytest

from catalog.playlists.places import Places, parse_mapping, parse_origins
from polymuse.errors import UserError


@pytest.mark.parametrize(
    ("places", "path", "expected"),
    [
        (Places(), "/m/a/b.mp3", "/m/a/b.mp3"),
        (Places("/m"), "/m/a/b.mp3", "a/b.mp3"),
        (Places("/m/lists/x"), "/m/a/b.mp3", "../../a/b.mp3"),
        (Places("/m/a/b.mp3"), "/m/a/b.mp3", "../b.mp3"),  # a folder of the same name
        (Places("/m"), "/M/a.mp3", "../M/a.mp3"),
        (Places("/"), "/m/\udcff.mp3", "m/\udcff.mp3"),
        (Places(mapped=(("/m", "M:/Music"),)), "/m/a/b.mp3", "M:/Music/a/b.mp3"),
        (Places(mapped=(("/m", "/x"), ("/m/a", "/y/"))), "/m/a/b.mp3", "/y/b.mp3"),
        (Places(mapped=(("/m", "/x"),)), "/music/b.mp3", "/music/b.mp3"),
        (Places(mapped=(("/m", ""),)), "/m/a/b.mp3", "a/b.mp3"),
        (Places("/x/lists", (("/m", "/x"),)), "/m/a.mp3", "../a.mp3"),
        (Places("C:\\Music\\Lists"), "c:\\music\\Ä\\b.mp3", "../Ä/b.mp3"),
        (Places("D:\\Lists"), "C:\\Music\\b.mp3", "C:/Music/b.mp3"),
        (Places("/m"), "", ""),
    ],
)
def test_how_a_file_names_a_track(places: Places, path: str, expected: str) -> None:
    assert places.place(path) == expected


def test_prefixes_are_checked() -> None:
    assert parse_mapping(["/a=b=c"]) == (("/a", "b=c"),)
    assert parse_origins(["M:\\x=/m"]) == (("M:\\x", "/m"),)
    for text in ("a", "a=b", "/a\0=b"):
        with pytest.raises(UserError, match="no prefix"):
            parse_mapping([text])
    for text in ("a", "=/m", "x=m"):
        with pytest.raises(UserError, match="no prefix"):
            parse_origins([text])
