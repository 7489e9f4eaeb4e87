from dataclasses import replace

from catalog.track import Track
from indexer.file_tags.tag_info import TagInfo


def test_attributes_are_those_of_a_track() -> None:
    track = Track("id", (), "a", 61.5, "flac")
    changed = replace(track, **TagInfo("b", artist="c", year=1990, genres=("d",)).attributes)
    assert changed == replace(track, title="b", artist="c", year=1990, genres=("d",))
