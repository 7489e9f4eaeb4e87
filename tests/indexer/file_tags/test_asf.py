from pathlib import Path

from indexer.file_tags.asf import read_asf
from tests.helpers.tagged_files import asf


def test_attributes(tmp_path: Path) -> None:
    attributes = {
        "Title": ["T"],
        "Author": ["A", "B"],
        "WM/AlbumTitle": ["C"],
        "WM/TrackNumber": [3],
        "WM/IsCompilation": [True],
        "WM/Picture": [bytes(50_000)],
        "MusicBrainz/Album Id": ["r"],
    }
    with asf(tmp_path / "a.wma", attributes).open("rb") as file:
        found = read_asf(file)
    expected = {"title": "T", "artist": "A", "album": "C", "track_number": "3", "compilation": "1", "release": "r"}
    assert {field: values[0] for field, values in found.items()} == expected
    assert sorted(found["artist"]) == ["A", "B"]
