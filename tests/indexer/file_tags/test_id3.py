import zlib
from io import BytesIO

import pytest
from mutagen.id3 import COMM, RVA2, SYLT, TIT2, TPE1, TXXX, UFID, USLT, Encoding

from indexer.file_tags.id3 import MAX_FRAME, MAX_TAG, MAX_TEXTS, _small_tag, id3v2_size, read_id3v1, read_id3v2
from tests.helpers.tagged_files import frame, id3_bytes, id3v1, id3v2, synchsafe


def read(data: bytes) -> object:
    return read_id3v2(BytesIO(data + b"audio"))


def utf16(text: str) -> bytes:
    return b"\1\xff\xfe" + text.encode("utf-16-le")


def unsynchronised(data: bytes) -> bytes:
    return data.replace(b"\xff\xfe", b"\xff\0\xfe")


TITLE = {"title": ["Title"]}


@pytest.mark.parametrize(
    "data",
    [
        id3v2(frame("TIT2", utf16("Title"))),
        id3v2(unsynchronised(frame("TIT2", utf16("Title"))), flags=0x80),
        id3v2(frame("TIT2", b"\3Title"), flags=0x80),  # marked, but not unsynchronised
        id3v2(frame("TIT2", unsynchronised(utf16("Title")), version=4, flags=0x02), version=4),
        id3v2(frame("TIT2", unsynchronised(utf16("Title")), version=4), version=4, flags=0x80),
        id3v2(frame("TIT2", synchsafe(6) + zlib.compress(b"\3Title"), version=4, flags=0x09), version=4),
        id3v2(frame("TIT2", (6).to_bytes(4) + zlib.compress(b"\3Title"), flags=0x80)),
        id3v2(frame("TIT2", b"g" + b"\3Title", version=4, flags=0x40), version=4),  # in a group
        id3v2(bytes([0, 0, 0, 6]) + bytes(6), frame("TIT2", b"\3Title"), flags=0x40),  # extended header
        id3v2(frame("TIT2", b"\3Title"), flags=0x40),  # only marked as extended
        id3v2(b"TT2\0\0\6\3Title", version=2),
        id3v2(frame("APIC", bytes(3 * MAX_FRAME)), frame("TIT2", b"\3Title")),
        id3v2(frame("TXXX", b"\3x\0" + b"y" * 300, size=303), frame("TIT2", b"\3Title"), version=4),  # as in 2.3
    ],
    ids=[
        "plain",
        "unsynchronised tag",
        "marked as unsynchronised",
        "unsynchronised frame",
        "unsynchronised frames",
        "compressed in 2.4",
        "compressed in 2.3",
        "grouped",
        "extended header",
        "without extended header",
        "2.2",
        "large picture",
        "sizes of iTunes",
    ],
)
def test_forms_of_a_tag(data: bytes) -> None:
    assert read(data) == TITLE


def test_what_claims_to_be_latin_1_stays_bytes() -> None:
    gbk = "爱你".encode("gbk").decode("latin-1")
    tag = id3_bytes(TIT2(Encoding.LATIN1, gbk), TPE1(Encoding.UTF8, ["A", "B"]))
    assert read(tag) == {"title": ["爱你".encode("gbk")], "artist": ["A", "B"]}


def test_frames_with_a_description() -> None:
    tag = id3_bytes(
        TXXX(Encoding.UTF8, "MusicBrainz Album Id", ["r"]),
        TXXX(Encoding.UTF8, "replaygain_track_gain", ["-3 dB"]),
        RVA2("track", 1, -9.0, 0.5),
        UFID("http://musicbrainz.org", b"id"),
        COMM(Encoding.UTF8, "eng", "iTunNORM", ["0000"]),
        COMM(Encoding.UTF8, "eng", "mine", ["second"]),
        COMM(Encoding.UTF8, "eng", "", ["first"]),
        USLT(Encoding.UTF8, "eng", "", "plain"),
        SYLT(Encoding.UTF8, "eng", 2, 1, "", [("One", 0), ("Two", 61_500)]),
    )
    assert read(tag) == {
        "release": ["r"],
        "track_gain_db": ["-3 dB"],
        "track_peak": ["0.500000"],
        "recording": ["id"],
        "comment": ["first"],
        "lyrics": ["[00:00.00]One\n[01:01.50]Two"],
    }


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"ID3",
        b"ID3\4\0\0\xff\xff\xff\xff",
        id3v2(version=9),
        id3v2(frame("TIT2", b"\3Title", size=2**27)),
        id3v2(frame("TIT2", bytes(4) + zlib.compress(bytes(50_000_000)), flags=0x80)),  # a bomb: one MiB of it is read
        id3v2(frame("TIT2", b"\0\0\0\6no zlib", flags=0x80)),
        id3v2(frame("TIT2", b"\3Title", flags=0x40)),  # encrypted
        id3v2(*[frame("ZZZZ", b"x")] * 100_000),
    ],
)
def test_damaged_tags(data: bytes) -> None:
    assert read(data) in ({}, {"title": [b""]})


def test_a_damaged_frame_costs_only_itself() -> None:
    assert read(id3v2(frame("TALB", b"\7"), frame("TIT2", b"\3Title"))) == TITLE


def test_size() -> None:
    tag = id3v2(frame("TIT2", b"\3Title"))
    assert id3v2_size(BytesIO(tag + b"audio")) == len(tag)
    assert id3v2_size(BytesIO(b"audio" * 10)) == 0


def test_id3v1() -> None:
    data = bytes(1_000) + id3v1("Ночь".encode("cp1251"), b"A" * 40, genre=144)
    expected = {"title": ["Ночь".encode("cp1251")], "artist": [b"A" * 30], "genre": [b"144"]}
    assert read_id3v1(BytesIO(data)) == expected
    assert read_id3v1(BytesIO(bytes(1_000))) == {}


def test_what_takes_mutagen_quadratic_time_is_bounded() -> None:
    found = read_id3v2(BytesIO(id3v2(frame("TCON", b"\0" + b"1\0" * 500_000))))
    assert 1 <= len(found["genre"]) <= MAX_TEXTS
    wide = b"\1\xff\xfe" + b"a\0\0\0" * 200_000
    assert len(read_id3v2(BytesIO(id3v2(frame("TPE1", wide))))["artist"]) <= MAX_TEXTS
    lines = b"\0eng\2\1\0" + b"a\0\0\0\0\1" * 150_000
    tag = id3v2(frame("SYLT", lines), frame("TIT2", b"\3Title"))
    assert read_id3v2(BytesIO(tag)) == TITLE


def test_compressed_frames_are_bounded_together() -> None:
    bomb = frame("COMM", bytes(4) + zlib.compress(b"\0eng\0" + b"x" * (MAX_FRAME - 100)), flags=0x80)
    tag = id3v2(frame("TIT2", b"\3Title"), *[bomb] * 500)
    assert len(tag) < 2**20
    assert len(_small_tag(BytesIO(tag)) or b"") <= MAX_TAG + 10
    assert read_id3v2(BytesIO(tag))["title"] == ["Title"]
