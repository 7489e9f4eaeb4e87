"""Playlist files in every format and encoding; what is written is read back."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.playlists.reading import MAX_FILE, BadPlaylistFileError, FileLine, read_playlist
from catalog.playlists.writing import Format, Row, location_line, write

M3U = "#EXTM3U\n#PLAYLIST:Käse\n#EXTINF:61,Ann - Süß\nMusik/Süß.mp3\n\n#EXTVLCOPT:x\nfile:///m/a%20b.mp3\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_m3u_in_every_encoding(encoding: str, ending: str) -> None:
    read = read_playlist(M3U.replace("\n", ending).encode(encoding))
    first, second = read.lines
    assert read.name == "Käse"
    assert (first.title, first.artist, first.duration) == ("Süß", "Ann", 61)
    assert "Musik/Süß.mp3" in first.locations
    assert second.locations == ("/m/a b.mp3",)


def test_a_path_that_is_not_utf_8_is_kept_beside_its_reading() -> None:
    [line] = read_playlist(b"/m/S\xfc\xdf.mp3\n").lines
    assert line.locations == ("/m/S\udcfc\udcdf.mp3", "/m/Süß.mp3")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "[playlist]\nFile2=b.mp3\nTitle2=Bo - B\nLength2=7\nfile1=C:\\a.mp3\nNumberOfEntries=2\nVersion=2",
            "C:\\a.mp3",
        ),
        ("\ufeffTitle;Artist;Path;Duration\n=A;Bo;b.mp3;3:25\n\n'=A;Bo;b.mp3;3:25\n", "b.mp3"),
        ('{"path": "/m/a.mp3", "title": "A"}\n{"paths": ["/m/b.mp3"]}\n', "/m/a.mp3"),
        ('["/m/a.mp3", {"path": "/m/b.mp3"}]', "/m/a.mp3"),
        ('#EXTINF:10 tvg-id="x",A\n\\\\nas\\m\\a.mp3\nhttp://radio/stream\nfile://nas/m/b.mp3', "\\\\nas\\m\\a.mp3"),
    ],
)
def test_formats_are_told_apart_by_their_content(text: str, expected: str) -> None:
    lines = read_playlist(text.encode()).lines
    assert len(lines) >= 2
    assert lines[0].locations == (expected,)


def test_xspf_of_another_program() -> None:
    text = """<?xml version="1.0"?><playlist version="1" xmlns="http://xspf.org/ns/0/">
    <title>X &amp; Y</title><trackList>
    <track><location>a%20b/%23c.mp3</location><duration>1500</duration><image>x</image></track>
    <track><location>file:///C:/m/d.mp3</location><creator>Ann</creator><title>D</title></track></trackList></playlist>"""
    read = read_playlist(text.encode())
    assert read.name == "X & Y"
    assert [line.locations for line in read.lines] == [("a b/#c.mp3",), ("C:/m/d.mp3",)]
    assert (read.lines[0].duration, read.lines[1].artist) == (1.5, "Ann")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"\x00\x01\x02" * 100, "not text"),
        (b"x" * (MAX_FILE + 1), "more than 10,000,000 bytes"),
        (b"a.mp3\n" * 1_000_000, "more than 50,000"),
        (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><playlist/>', "entities"),
        (b"<playlist><track>", "not valid XSPF"),
        (b"<playlist>" + b"<a>" * 1000, "nested too deeply"),
        (b'{"entries": 3}', "not a playlist"),
        (b'[{"a":' * 100_000, "not JSON"),
        (b"{\n", "not JSON"),
    ],
)
def test_what_is_no_playlist_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(BadPlaylistFileError, match=message):
        read_playlist(data, "x.m3u")


def test_hostile_lines_are_harmless() -> None:
    long = "a" * 100_000
    read = read_playlist(
        f"#EXTINF:9{'9' * 500},x\n{long}\n../../etc/passwd\0\n#EXTINF:,\u202eevil\x1b[31m\nb\n".encode()
    )
    assert [line.locations for line in read.lines] == [(), (), ("b",)]
    assert read.lines[2].title == "evil [31m"
    assert all(0 <= line.duration < 1e10 for line in read.lines)


CHARACTERS = st.characters(exclude_categories=("Cs",)) | st.sampled_from("#=-+@'\",;:/\\%&<> \n\r\t\u2028\u202eé\u0301")
TEXTS = st.text(CHARACTERS, max_size=12)
NAMES = st.text(CHARACTERS | st.sampled_from(["\udcff", "\udc80"]), min_size=1, max_size=8).map(
    lambda name: name.replace("/", "_").replace("\0", "_")
)
PATHS = st.lists(NAMES.filter(lambda name: name not in (".", "..")), min_size=1, max_size=3).map(
    lambda names: "/" + "/".join(names)
)


@st.composite
def rows(draw: st.DrawFn) -> Row:
    from polymuse.text import clean

    path = draw(PATHS)
    title, artist, album = (clean(draw(TEXTS)) for _ in range(3))
    relative = path[1:] if draw(st.booleans()) else path
    return Row(title, artist, relative, path, album, float(draw(st.integers(0, 9999))))


@given(st.lists(rows(), max_size=5), st.sampled_from(["m3u8", "xspf", "json", "csv"]), st.booleans(), TEXTS)
def test_what_is_written_is_read_back(made: list[Row], kind: Format, bom: bool, name: str) -> None:
    data = write(kind, name, made, bom=bom)
    if kind == "json" and not made:
        assert json.loads(data)["entries"] == []
    read = read_playlist(data, f"x.{kind}").lines
    assert len(read) == len(made)
    for line, row in zip(read, made, strict=True):
        if kind == "csv":
            if row.path.isprintable():
                assert line.locations in ((row.path,), (row.file,)), (line, row)
        else:
            assert {place.removeprefix("./") for place in line.locations} & {row.path, row.file}, (line, row)
        if kind != "m3u8":
            assert (line.artist, line.album) == (row.artist, row.album)
        assert line.duration == row.duration


def test_lines_cannot_be_injected() -> None:
    row = Row("a\n#EXTINF:1,x\n/etc/passwd", '=cmd|"/c calc"!A0', "/m/a\nb.mp3", "/m/a\nb.mp3", "</album>", 1.0)
    m3u = write("m3u8", "x\n/evil", [row]).decode().splitlines()
    assert m3u[0] == "#EXTM3U"
    assert [line for line in m3u if not line.startswith("#")] == ["file:///m/a%0Ab.mp3"]
    assert len(write("csv", "", [row]).decode().splitlines()) == 2
    assert "'=cmd" in write("csv", "", [row]).decode()
    assert "</album></album>" not in write("xspf", "", [row]).decode()
    assert write("m3u8", "", [replace(row, path="")]).decode() == "#EXTM3U\n"


def test_lines_of_a_file_have_numbers() -> None:
    assert read_playlist(b"#EXTM3U\n\na.mp3\nb.mp3").lines == (
        FileLine(3, ("a.mp3",)),
        FileLine(4, ("b.mp3",)),
    )


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("/music/a b.mp3", "/music/a b.mp3"),
        ("/music/caf\udce9.mp3", "/music/caf\udce9.mp3"),
        ("/music/new\nline.mp3", "file:///music/new%0Aline.mp3"),
        ("/music/a.mp3 ", "file:///music/a.mp3%20"),
        ("#1/a.mp3", "./#1/a.mp3"),
        ("a:b/c.mp3", "./a:b/c.mp3"),
        ("a/b\nc.mp3", ""),  # nobody knows where from
        ("/m/a\r\udce9", "file:///m/a%0D%E9"),
    ],
)
def test_a_location_that_would_break_a_playlist_is_a_url(path: str, line: str) -> None:
    assert location_line(path) == line
