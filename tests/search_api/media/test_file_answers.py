"""Ranges and conditional requests for files, on a real port."""

import http.client
import os
import socket
import time
from email.utils import formatdate
from pathlib import Path

import pytest

from search_api.media.file_answers import CHUNK
from tests.search_api.shelf import Shelf, ask, check_problem

OGG = b"OggS" + bytes(range(256)) * 4  # 1028 bytes that look like Ogg


@pytest.fixture(scope="module")
def ogg(shelf: Shelf) -> str:
    """The path of a track's audio."""
    return f"/v1/tracks/{shelf.add(shelf.write('some.ogg', OGG))}/audio"


def test_the_whole_file(shelf: Shelf, ogg: str) -> None:
    response = ask(shelf, ogg)
    assert response.status_code == 200
    assert response.content == OGG
    assert response.headers["content-type"] == "audio/ogg"
    assert response.headers["accept-ranges"] == "bytes"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "content-encoding" not in response.headers


def test_head_has_the_same_headers_without_a_body(shelf: Shelf, ogg: str) -> None:
    whole, head = ask(shelf, ogg), ask(shelf, ogg, "HEAD")
    assert head.status_code == 200
    assert head.content == b""
    for name in ("content-length", "content-type", "etag", "last-modified", "accept-ranges"):
        assert head.headers[name] == whole.headers[name]
    part = ask(shelf, ogg, "HEAD", Range="bytes=10-19")
    assert (part.status_code, part.headers["content-length"]) == (206, "10")


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-", 0, 1027),  # the first request of browsers; Safari requires 206
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("bytes=1000-", 1000, 1027),
        ("bytes=1000-99999999999999999999999999", 1000, 1027),
        ("bytes=-28", 1000, 1027),
        ("bytes=-99999999999999999999999999", 0, 1027),
        ("BYTES = 1 - 2", 1, 2),
    ],
)
def test_a_range(shelf: Shelf, ogg: str, asked: str, first: int, last: int) -> None:
    response = ask(shelf, ogg, Range=asked)
    assert response.status_code == 206
    assert response.content == OGG[first : last + 1]
    assert response.headers["content-range"] == f"bytes {first}-{last}/1028"


@pytest.mark.parametrize("asked", ["bytes=1028-", "bytes=1028-2000", "bytes=99999999999999999999999-", "bytes=-0"])
def test_a_range_beyond_the_end(shelf: Shelf, ogg: str, asked: str) -> None:
    response = ask(shelf, ogg, Range=asked)
    check_problem(response, 416, "range-not-satisfiable", "1028")
    assert response.headers["content-range"] == "bytes */1028"


@pytest.mark.parametrize(
    "asked",
    ["bytes=5-3", "bytes=-", "bytes=a-b", "bytes=1-2,5-6", "pages=1-2", "bytes", "bytes=--5", "bytes=1" + "0" * 9000],
)
def test_anything_but_a_single_range_returns_the_whole_file(shelf: Shelf, ogg: str, asked: str) -> None:
    response = ask(shelf, ogg, Range=asked)
    assert response.status_code == 200
    assert response.content == OGG


def test_a_range_of_another_version_returns_the_whole_file(shelf: Shelf, ogg: str) -> None:
    now = ask(shelf, ogg).headers
    for version, status in ((now["etag"], 206), (now["last-modified"], 206), ('"old"', 200), ("W/" + now["etag"], 200)):
        assert ask(shelf, ogg, Range="bytes=1-2", If_Range=version).status_code == status, version


def test_an_unchanged_file_is_not_sent_again(shelf: Shelf, ogg: str) -> None:
    now = ask(shelf, ogg).headers
    yesterday = formatdate(time.time() - 86_400, usegmt=True)
    for headers, status in (
        ({"If_None_Match": now["etag"]}, 304),
        ({"If_None_Match": f'"a", W/{now["etag"]}'}, 304),
        ({"If_None_Match": "*"}, 304),
        ({"If_None_Match": '"a"', "If_Modified_Since": now["last-modified"]}, 200),
        ({"If_Modified_Since": now["last-modified"]}, 304),
        ({"If_Modified_Since": yesterday}, 200),
        ({"If_Modified_Since": "whenever"}, 200),
        ({"If_None_Match": now["etag"], "Range": "bytes=1-2"}, 304),
    ):
        response = ask(shelf, ogg, **headers)
        assert response.status_code == status, headers
        assert response.headers["etag"] == now["etag"]
        assert bool(response.content) == (status == 200)


def test_file_names_in_any_script(shelf: Shelf) -> None:
    path = shelf.folder / os.fsdecode('夜曲 "1"\r\n'.encode() + b"\xff.ogg")
    path.write_bytes(OGG)
    response = ask(shelf, f"/v1/tracks/{shelf.add(path)}/audio")
    assert response.content == OGG
    name = "%E5%A4%9C%E6%9B%B2%20%221%22%0D%0A%EF%BF%BD.ogg"
    assert response.headers["content-disposition"] == f"inline; filename*=UTF-8''{name}"


def begin(shelf: Shelf, id_: str) -> http.client.HTTPResponse:
    """A response of which only the first byte has been read, over a connection with a small buffer."""
    connection = http.client.HTTPConnection("127.0.0.1", shelf.port, timeout=120)
    connection.sock = socket.socket()
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.sock.connect(("127.0.0.1", shelf.port))
    connection.request("GET", f"/v1/tracks/{id_}/audio")
    response = connection.getresponse()
    assert response.read(1) == b"O"
    return response


LONG = OGG + bytes(200 * CHUNK)  # 50 MB: larger than the buffers of a connection


def open_files(path: Path) -> int:
    links = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    return sum(os.path.realpath(link).startswith(str(path)) for link in links)


def test_a_replaced_file_is_sent_to_its_end(shelf: Shelf) -> None:
    path = shelf.write("replaced.ogg", LONG)
    response = begin(shelf, shelf.add(path))
    shelf.write("other", b"OggS" + b"\xff" * len(LONG)).replace(path)
    assert response.read() == LONG[1:]


def test_a_truncated_file_ends_the_connection(shelf: Shelf) -> None:
    path = shelf.write("cut.ogg", LONG)
    response = begin(shelf, shelf.add(path))
    os.truncate(path, len(LONG) // 2)
    with pytest.raises(http.client.IncompleteRead):
        response.read()
    assert shelf.client.get("/healthz").status_code == 200


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files through /proc")
def test_disconnected_clients_leave_no_file_open(shelf: Shelf) -> None:
    path = shelf.write("left.ogg", LONG)
    id_ = shelf.add(path)
    answers = [begin(shelf, id_) for _ in range(20)]
    assert open_files(path) == 20
    for response in answers:
        response.close()
    deadline = time.monotonic() + 120
    while open_files(path) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert open_files(path) == 0
