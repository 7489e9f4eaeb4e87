import struct
from pathlib import Path

from mutagen.id3 import TIT2

from indexer.file_tags.chunks import read_dsf, read_id3_chunk, read_info
from tests.helpers.tagged_files import audio, id3_bytes, info, riff

TAG = id3_bytes(TIT2(3, "T"))


def test_wav(tmp_path: Path) -> None:
    path = riff(tmp_path / "a.wav", (b"odd ", b"123"), info(INAM="夜".encode("gbk"), IART=b"A"), (b"id3 ", TAG))
    with path.open("rb") as file:
        assert read_id3_chunk(file) == {"title": ["T"]}
    with path.open("rb") as file:
        assert read_info(file) == {"title": ["夜".encode("gbk")], "artist": [b"A"]}


def test_rf64(tmp_path: Path) -> None:
    body = b"ds64" + struct.pack("<IQQQI", 28, 0, 8, 0, 0) + b"data" + b"\xff" * 4 + bytes(8)
    data = b"RF64" + b"\xff" * 4 + b"WAVE" + body + b"id3 " + struct.pack("<I", len(TAG)) + TAG
    (tmp_path / "a.wav").write_bytes(data)
    with (tmp_path / "a.wav").open("rb") as file:
        assert read_id3_chunk(file) == {"title": ["T"]}


def test_aiff(tmp_path: Path) -> None:
    path = audio(tmp_path / "a.aiff")
    extra = b"".join(name + struct.pack(">I", len(body)) + body + bytes(len(body) % 2) for name, body in AIFF_CHUNKS)
    path.write_bytes(path.read_bytes() + extra)
    with path.open("rb") as file:
        assert read_info(file) == {"title": [b"N"], "artist": [b"A"]}
    with path.open("rb") as file:
        assert read_id3_chunk(file) == {"title": ["T"]}


AIFF_CHUNKS = [(b"NAME", b"N"), (b"AUTH", b"A"), (b"ID3 ", TAG)]


def test_dsdiff_and_dsf(tmp_path: Path) -> None:
    path = tmp_path / "a.dff"
    path.write_bytes(b"FRM8" + bytes(8) + b"DSD " + b"ID3 " + struct.pack(">Q", len(TAG)) + TAG)
    with path.open("rb") as file:
        assert read_id3_chunk(file) == {"title": ["T"]}
    path.write_bytes(b"DSD " + struct.pack("<QQQ", 28, 0, 28) + TAG)
    with path.open("rb") as file:
        assert read_dsf(file) == {"title": ["T"]}


def test_sizes_beyond_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF\xff\xff\xff\xffWAVELIST\xff\xff\xff\xffINFOINAM\xff\xff\xff\xffname")
    with path.open("rb") as file:
        assert read_info(file) == {"title": [b"name"]}
    path.write_bytes(b"RIFF\xff\xff\xff\xffWAVE" + b"abcd\0\0\0\0" * 100_000)
    with path.open("rb") as file:
        assert read_info(file) == {}
