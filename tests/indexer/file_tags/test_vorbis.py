import struct
from io import BytesIO
from pathlib import Path

import pytest

from indexer.file_tags.vorbis import MAX_VALUE, read_comments, read_flac, read_ogg
from tests.helpers.tagged_files import vorbis


def block(*comments: bytes, count: int | None = None) -> bytes:
    parts = [struct.pack("<I", 3) + b"ven", struct.pack("<I", len(comments) if count is None else count)]
    return b"".join([*parts, *(struct.pack("<I", len(comment)) + comment for comment in comments)])


def test_comments_with_bytes_that_are_not_utf_8() -> None:
    data = block("title=Säätö".encode(), b"ARTIST=\xb0\xae", b"artist=B", b"no value", b"ENCODER=x")
    assert read_comments(data) == {"title": ["Säätö"], "artist": [b"\xb0\xae", "B"]}


@pytest.mark.parametrize("data", [b"", b"\xff" * 100, block(b"title=a")[:-3], struct.pack("<II", 0, 2**32 - 1)])
def test_damaged_comments(data: bytes) -> None:
    assert not read_comments(data).get("artist")


def test_pictures_are_skipped() -> None:
    data = block(b"title=" + b"x" * (MAX_VALUE + 1), b"artist=a")
    assert read_comments(data) == {"artist": ["a"]}


@pytest.mark.parametrize("name", ["a.flac", "a.ogg", "a.opus"])
def test_files(name: str, tmp_path: Path) -> None:
    path = vorbis(tmp_path / name, ("TITLE", "T"), ("comment", "x" * 90_000))  # over several pages of an Ogg file
    read = read_flac if name == "a.flac" else read_ogg
    with path.open("rb") as file:
        assert read(file) == {"title": ["T"], "comment": ["x" * 90_000]}


def test_flac_with_too_small_a_size_of_the_comments(tmp_path: Path) -> None:
    path = vorbis(tmp_path / "a.flac", ("TITLE", "T"), ("ARTIST", "A"))
    data = bytearray(path.read_bytes())
    at = data.index(b"TITLE=T") - 4 - 4 - 4
    start = data.rindex(bytes([4]), 0, at)  # the type of the block, then three bytes of its size
    data[start + 1 : start + 4] = (20).to_bytes(3)
    assert read_flac(BytesIO(data)) == {"title": ["T"], "artist": ["A"]}
