"""A service that is none, or that answers anything."""

from collections.abc import Callable, Iterator

import pytest

pytest.importorskip("beets", reason="needs the package beets")

from beetsplug.polymuse import service
from beetsplug.polymuse.service import Service
from beetsplug.polymuse.tracks import PolymuseError, read_track
from tests.helpers.file_server import FileHandler, FileServer, cut_after, other_body, running, status

KEY = "pm_secret-key"


@pytest.fixture
def server() -> Iterator[FileServer]:
    with running() as server:
        yield server


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (other_body(b"<html>"), "is no Poly-Muse"),
        (other_body(b"[]"), "is no Poly-Muse"),
        (other_body(b"[" * 9_000), "is no Poly-Muse"),
        (other_body(b"\xff"), "is no Poly-Muse"),
        (other_body(b'{"tracks": [{"id": 1}]}'), "is no Poly-Muse"),
        (other_body(b'{"tracks": {}}'), "is no Poly-Muse"),
        (other_body(b"x" * (11 << 10)), "larger"),
        (status(302, Location="http://127.0.0.1:1/"), "redirects to another address"),
        (status(401), "does not take the key"),
        (status(403), "polymuse keys new --admin"),
        (status(500), "answers: status 500"),
        (cut_after(5), "broke off"),
    ],
)
def test_one_line_without_the_key(
    server: FileServer, monkeypatch: pytest.MonkeyPatch, answer: Callable[[FileHandler], None], message: str
) -> None:
    monkeypatch.setattr(service, "MAX_ANSWER", 10 << 10)
    server.files["/v1/tracks?limit=1000"] = b'{"tracks": []}'
    server.script.append(answer)
    with pytest.raises(PolymuseError, match=message) as error:
        list(Service(server.url, KEY).tracks())
    assert KEY not in str(error.value)
    assert "\n" not in str(error.value)
    assert len(server.requests) == 1


def test_what_it_says_is_made_safe_for_a_terminal(server: FileServer) -> None:
    body = b'{"detail": "no\\u001b[2J\\nroom", "advice": "' + b"x" * 1000 + b'"}'
    server.script.append(lambda handler: handler.answer(503, {}, body))
    with pytest.raises(PolymuseError, match=r"answers: no \[2J room\. x+$") as error:
        list(Service(server.url, KEY).search("calm", 5))
    assert len(str(error.value)) <= 300


def test_only_a_folder_that_the_service_keeps_is_scanned(server: FileServer) -> None:
    server.files["/v1/folders"] = b'{"folders": [{"path": "/music"}, 5]}'
    with pytest.raises(PolymuseError, match="does not keep /musical up to date; choose the folder on its page"):
        Service(server.url, KEY).index("/musical", print)
    with pytest.raises(PolymuseError, match="status 501"):  # of this server, which takes no POST
        Service(server.url, KEY).index("/music/mine", print)


def test_tracks_are_read_leniently_but_checked() -> None:
    track = read_track({"id": "a", "title": None, "paths": ["/x", 5], "bpm": "fast", "energy": True, "tags": [1, {}]})
    assert track == {
        "id": "a",
        "title": "",
        "artist": "",
        "album": "",
        "key": "",
        "paths": ["/x"],
        "tags": [{}],
        "duration": None,
        "bpm": None,
        "energy": None,
    }
