import os
from pathlib import Path

import pytest

from models.audio.trailing_tags import AudioPart

AUDIO = b"0123456789"
ID3V1 = b"TAG".ljust(128, b"\0")


def test_positions_are_those_of_the_audio_and_impossible_ones_are_no_exception(tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(AUDIO + ID3V1)
    with (tmp_path / "a.mp3").open("rb") as file:
        part = AudioPart(file)
        assert part.seek(-3, os.SEEK_END) == 7
        assert part.read() == b"789"
        assert part.seek(-4, os.SEEK_CUR) == 6
        assert part.seek(-7, os.SEEK_CUR) == -1
        assert part.seek(-11, os.SEEK_END) == -1
        assert part.seek(-1) == -1
        assert part.seek(2**63 - 1) == -1
        assert part.seek(2**64) == -1
        assert part.tell() == 6


def test_a_read_that_failed_is_remembered(tmp_path: Path) -> None:
    """FFmpeg would take it for the end of the file."""
    (tmp_path / "a").write_bytes(bytes(1000))
    with (tmp_path / "a").open("rb") as file:
        part = AudioPart(file)
        part.check()
        with (tmp_path / "b").open("wb") as unreadable:
            os.dup2(unreadable.fileno(), file.fileno())  # EBADF, as any other error of a disk
        with pytest.raises(OSError, match="Bad file descriptor"):
            part.read(100_000)
        with pytest.raises(OSError, match="Bad file descriptor"):
            part.check()
