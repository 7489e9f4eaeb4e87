import struct
from io import BytesIO
from pathlib import Path

import pytest

from indexer.file_tags.apev2 import read_apev2
from tests.helpers.tagged_files import ape, audio, id3v1


def test_before_id3v1(tmp_path: Path) -> None:
    path = ape(tmp_path / "a.mp3", Title="T", Artist="A\0B", Album_Artist="C", Track="3/12")
    path.write_bytes(path.read_bytes() + id3v1(b"v1"))
    with path.open("rb") as file:
        assert read_apev2(file) == {
            "title": ["T"],
            "artist": ["A", "B"],
            "album_artist": ["C"],
            "track_number": ["3/12"],
        }


def tag(items: bytes, count: int = 1) -> bytes:
    return items + b"APETAGEX" + struct.pack("<IIII", 2_000, len(items) + 32, count, 0) + bytes(8)


def test_bytes_that_are_not_utf_8() -> None:
    data = bytes(500) + tag(struct.pack("<II", 2, 0) + b"Title\0\xb0\xae")
    assert read_apev2(BytesIO(data)) == {"title": [b"\xb0\xae"]}


@pytest.mark.parametrize(
    "items",
    [
        struct.pack("<II", 2**32 - 1, 0) + b"Title\0ab",
        struct.pack("<II", 2, 0) + b"T" * 1_000_000,  # a key without an end
        struct.pack("<II", 2, 2) + b"Title\0ab",  # binary
        b"",
    ],
)
def test_damaged_items(items: bytes) -> None:
    assert read_apev2(BytesIO(bytes(500) + tag(items, count=2**32 - 1))) == {}


def test_no_tag(tmp_path: Path) -> None:
    with audio(tmp_path / "a.mp3").open("rb") as file:
        assert read_apev2(file) == {}
