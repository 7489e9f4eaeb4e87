from pathlib import Path

import pytest

from indexer.file_tags.ffmpeg import read_ffmpeg
from polymuse.errors import BadAudioError
from tests.helpers.tagged_files import audio


def test_matroska(tmp_path: Path) -> None:
    tags = {"title": "T", "artist": "A", "album": "B", "album_artist": "C", "date": "1971", "genre": "Rock"}
    expected = {**{field: [value] for field, value in tags.items()}}
    assert read_ffmpeg(audio(tmp_path / "a.mka", tags)) == expected


def test_damaged(tmp_path: Path) -> None:
    (tmp_path / "a.mka").write_bytes(b"\x1aE\xdf\xa3" + bytes(100))
    with pytest.raises(BadAudioError):
        read_ffmpeg(tmp_path / "a.mka")
