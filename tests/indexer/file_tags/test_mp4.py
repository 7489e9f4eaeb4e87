from pathlib import Path

import pytest
from mutagen import MutagenError
from mutagen.mp4 import MP4Cover

from indexer.file_tags.mp4 import read_mp4
from tests.helpers.tagged_files import audio, mp4


def test_atoms(tmp_path: Path) -> None:
    atoms = {
        "\xa9nam": ["T"],
        "\xa9ART": ["A", "B"],
        "trkn": [(3, 12)],
        "disk": [(0, 0)],
        "cpil": True,
        "tmpo": [0],
        "covr": [MP4Cover(bytes(100_000))],
        "----:com.apple.iTunes:MusicBrainz Album Id": [b"r"],
        "----:com.apple.iTunes:LABEL": [b"\xb0\xae"],
        "----:com.apple.iTunes:iTunNORM": [b"0"],
    }
    with mp4(tmp_path / "a.m4a", atoms).open("rb") as file:
        assert read_mp4(file) == {
            "title": ["T"],
            "artist": ["A", "B"],
            "track_number": ["3"],
            "compilation": ["1"],
            "release": ["r"],
            "label": [b"\xb0\xae"],
        }


def test_the_number_of_a_genre(tmp_path: Path) -> None:
    path = mp4(tmp_path / "a.m4a", {"\xa9gen": ["xy"]})
    data = path.read_bytes()
    old = data[data.index(b"\xa9gen") - 4 :][:26]  # an atom with an atom "data" of 18 bytes
    new = old.replace(b"\xa9gen", b"gnre").replace(b"\0\0\0\1\0\0\0\0xy", b"\0\0\0\0\0\0\0\0" + (145).to_bytes(2))
    path.write_bytes(data.replace(old, new))
    with path.open("rb") as file:
        assert read_mp4(file) == {"genre": ["Thrash Metal"]}


def test_no_tags(tmp_path: Path) -> None:
    path = mp4(tmp_path / "a.m4a", {})
    path.write_bytes(path.read_bytes().replace(b"ilst", b"free"))
    with path.open("rb") as file, pytest.raises(KeyError):
        read_mp4(file)
    path.write_bytes(audio(tmp_path / "b.m4a").read_bytes()[:100])
    with path.open("rb") as file, pytest.raises((KeyError, MutagenError)):
        read_mp4(file)
