import pytest

from models.audio.filetypes import extension, looks_like_audio


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.MP3", "mp3"),
        ("a.tar.gz", "gz"),
        ("Mr. Sandman", ""),
        ("01. Intro", ""),
        ("noext", ""),
        ("a.", ""),
        ("a.longextension", ""),
        ("a.mp+", "mp+"),
        ("曲.名", ""),
    ],
)
def test_extension(name: str, expected: str) -> None:
    assert extension(name) == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"ID3\x04\x00\x00", True),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", True),
        (b"RIFF\x24\x00\x00\x00AVI LIST", False),
        (b"FORM\x00\x00\x00\x24AIFC", True),
        (b"\x00\x00\x00\x20ftypM4A ", True),
        (b"\x1a\x45\xdf\xa3\x01\x00", True),
        (bytes.fromhex("fffb9064"), True),  # MPEG-1 layer III, 128 kbit/s, 44.1 kHz
        (bytes.fromhex("fffd8404"), True),  # MPEG-1 layer II
        (bytes.fromhex("fff15080"), True),  # ADTS
        (bytes.fromhex("fffe4100"), False),  # "A" in UTF-16 behind its byte order mark
        (bytes.fromhex("ffd8ffe0"), False),  # JPEG
        (bytes.fromhex("fffbf064"), False),  # bit rate 15 does not exist
        (bytes.fromhex("fffb9c64"), False),  # sampling rate 3 does not exist
        (bytes.fromhex("ffeb9064"), False),  # version 1 does not exist
        (b"\x89PNG\r\n\x1a\n", False),
        (b"", False),
        (b"\xff", False),
    ],
)
def test_first_bytes(head: bytes, expected: bool) -> None:
    assert looks_like_audio(head) is expected
