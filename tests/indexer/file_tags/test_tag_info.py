from dataclasses import replace
from typing import Any

from catalog.track import Track
from indexer.file_tags.tag_info import TAGS_VERSION, TagInfo


def test_attributes_are_those_of_a_track() -> None:
    track = Track("id", (), "a", 61.5, "flac")
    changed = replace(track, **TagInfo("b", artist="c", year=1990, genres=("d",)).attributes)
    known: dict[str, Any] = {"title": "b", "artist": "c", "artists": ("c",), "year": 1990, "genres": ("d",)}
    assert changed == replace(track, **known, tags_version=TAGS_VERSION)
