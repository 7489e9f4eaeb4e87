"""Cue sheets beside and inside audio files."""

from pathlib import Path

import av
import pytest
from mutagen.flac import FLAC

from indexer.cue_sheets import cue_tracks, remark
from tests.helpers.audio_files import touch

SHEET = (
    b'PERFORMER "A"\nFILE "%s" WAVE\n  TRACK 01 AUDIO\n    INDEX 01 00:00:00\n  TRACK 02 AUDIO\n    INDEX 01 03:00:00\n'
)


@pytest.mark.parametrize(
    ("sheet", "name"),
    [
        ("CD.cue", b"CD.wav"),  # as it was ripped
        ("cd image.CUE", b"CD.mp3"),
        ("CD.mp3.cue", b"D:\\rips\\CD.mp3"),
    ],
)
def test_beside_the_file(sheet: str, name: bytes, tmp_path: Path) -> None:
    path = touch(tmp_path / "CD.mp3")
    assert remark(path) == ()
    touch(tmp_path / sheet, SHEET % name)
    assert remark(path) == ("has a cue sheet with 2 tracks, but stays one entry",)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030", "shift_jis"])
def test_names_in_other_encodings(encoding: str, tmp_path: Path) -> None:
    path = touch(tmp_path / "夜.mp3")
    touch(tmp_path / "x.cue", SHEET.replace(b"%s", "夜.mp3".encode()).decode().encode(encoding))
    assert cue_tracks(path) == 2


def test_a_sheet_of_one_file_for_each_track_cuts_none(tmp_path: Path) -> None:
    names = [touch(tmp_path / name) for name in ("1.mp3", "2.mp3")]
    sheet = b"".join(b'FILE "%s" MP3\n  TRACK 01 AUDIO\n' % path.name.encode() for path in names)
    touch(tmp_path / "album.cue", sheet)
    assert [remark(path) for path in names] == [(), ()]


def test_inside_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("flac", rate=44_100, layout="mono")
        frame = av.AudioFrame(format="s16", layout="mono", samples=4096)
        frame.sample_rate = 44_100
        output.mux(stream.encode(frame))  # type: ignore[attr-defined]
        output.mux(stream.encode(None))  # type: ignore[attr-defined]
    assert cue_tracks(path) == 0
    tagged = FLAC(path)
    tagged["CUESHEET"] = (SHEET % b"a.wav").decode()
    tagged.save()
    assert cue_tracks(path) == 2


def test_what_is_no_sheet_is_none(tmp_path: Path) -> None:
    path = touch(tmp_path / "a.flac", b"fLaC garbage")
    touch(tmp_path / "a.cue", bytes(300_000))
    (tmp_path / "b.cue").mkdir()
    assert cue_tracks(path) == 0
    assert cue_tracks(tmp_path / "gone" / "a.flac") == 0
